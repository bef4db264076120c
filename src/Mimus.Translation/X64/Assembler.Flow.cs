using System.Diagnostics;

namespace Mimus.Translation.X64;

/// <summary>Jumps, calls, the stack, and padding.</summary>
internal unsafe partial struct Assembler
{
    /// <summary>The longest nop that has no more than one prefix, which every decoder takes at full speed.</summary>
    private const int LongestNop = 9;

    /// <summary>The recommended nops of 1 to 9 bytes, one after the other (SDM volume 2, NOP).</summary>
    private static ReadOnlySpan<byte> Nops =>
    [
        0x90,
        0x66, 0x90,
        0x0f, 0x1f, 0x00,
        0x0f, 0x1f, 0x40, 0x00,
        0x0f, 0x1f, 0x44, 0x00, 0x00,
        0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00,
        0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00,
        0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00,
    ];

    /// <summary>Two bytes when the target is near enough, else five.</summary>
    public void Jump(byte* target)
    {
        var distance = target - (Position + 2);
        if (distance == (sbyte)distance) ShortJump(0xeb, (int)distance);
        else LongJump(target);
    }

    /// <summary>Two bytes when the target is near enough, else six.</summary>
    public void JumpIf(Condition c, byte* target)
    {
        var distance = target - (Position + 2);
        if (distance == (sbyte)distance) ShortJump(0x70 | (int)c, (int)distance);
        else LongJumpIf(c, target);
    }

    /// <summary>A jump to a place not known yet; the result is for <see cref="Bind(byte*)"/>.</summary>
    public byte* JumpForward() => LongJump(Position);

    /// <inheritdoc cref="JumpForward"/>
    public byte* JumpIfForward(Condition c) => LongJumpIf(c, Position);

    /// <summary>The address of a place not known yet; the result is for <see cref="Bind(byte*)"/>.</summary>
    public byte* LoadAddressForward(Gpr d) =>
        Relative(Immediate16(Immediate8(Position, 0x48 | (((int)d >> 3) << 2)), 0x058d | (((int)d & 7) << 11)), Position);

    /// <summary>Four bytes that are no instruction.</summary>
    public void Data(int value) => End(Immediate32(Position, value));

    /// <summary>A jump to a place not known yet but near; the result is for <see cref="BindShort"/>.</summary>
    public byte* ShortJumpForward() => ShortJump(0xeb, 0);

    /// <inheritdoc cref="ShortJumpForward"/>
    public byte* ShortJumpIfForward(Condition c) => ShortJump(0x70 | (int)c, 0);

    /// <summary>Makes a jump lead here.</summary>
    public readonly void Bind(byte* field) => *(int*)field = Distance(field, Position);

    /// <summary>Makes a jump that nobody runs yet lead to a place.</summary>
    public static void Bind(byte* field, byte* target) => *(int*)field = Distance(field, target);

    /// <inheritdoc cref="Bind(byte*)"/>
    public readonly void BindShort(byte* field)
    {
        var distance = Position - (field + 1);
        if (distance != (sbyte)distance) ThrowOutOfReach();
        *field = (byte)distance;
    }

    /// <summary>A jump that can be led elsewhere while other processors run it; the result is for <see cref="Patch"/>.</summary>
    public byte* PatchableJump(byte* target)
    {
        AlignFieldAfter(1);
        return LongJump(target);
    }

    /// <inheritdoc cref="PatchableJump"/>
    public byte* PatchableJumpIf(Condition c, byte* target)
    {
        AlignFieldAfter(2);
        return LongJumpIf(c, target);
    }

    /// <summary>Leads a patchable jump elsewhere, by one aligned store: a processor sees the old target or the new.</summary>
    public static void Patch(byte* field, byte* target)
    {
        Debug.Assert(((nuint)field & 3) == 0, "not the field of a patchable jump");
        Volatile.Write(ref *(int*)field, Distance(field, target));
    }

    public void Jump(Gpr target) => End(Registers(NoPrefix, Map.Primary, 0xff, 0, 4, (int)target));

    public void Jump(Address target) => End(Memory(NoPrefix, Map.Primary, 0xff, 0, 4, target));

    public void Call(byte* target) => Relative(Immediate8(Position, 0xe8), target);

    public void Call(Gpr target) => End(Registers(NoPrefix, Map.Primary, 0xff, 0, 2, (int)target));

    public void Call(Address target) => End(Memory(NoPrefix, Map.Primary, 0xff, 0, 2, target));

    public void Return() => End(Immediate8(Position, 0xc3));

    public void Push(Gpr r) => End(Short(0x50, 0, r));

    public void Pop(Gpr r) => End(Short(0x58, 0, r));

    /// <summary>Pushes 64 bits, the sign-extended value.</summary>
    public void PushImmediate(int value)
    {
        if (value == (sbyte)value) End(Immediate8(Immediate8(Position, 0x6a), value));
        else End(Immediate32(Immediate8(Position, 0x68), value));
    }

    /// <summary>So many bytes that do nothing, in as few instructions as may be.</summary>
    public void Nop(int bytes)
    {
        for (; bytes > 0; bytes -= LongestNop)
        {
            var length = Math.Min(bytes, LongestNop);
            var p = Position;
            Nops.Slice(length * (length - 1) / 2, length).CopyTo(new Span<byte>(p, length));
            End(p + length);
        }
    }

    /// <summary>Nops up to a multiple of a power of two.</summary>
    public void Align(int boundary)
    {
        Debug.Assert(int.IsPow2(boundary), "the boundary is a power of two");
        Nop((int)(-(nint)Position & (boundary - 1)));
    }

    /// <summary>int3.</summary>
    public void Break() => End(Immediate8(Position, 0xcc));

    /// <summary>mfence.</summary>
    public void Fence() => End(Immediate8(Immediate16(Position, 0xae0f), 0xf0));

    /// <summary>lfence: what follows begins when all before is done.</summary>
    public void LoadFence() => End(Immediate8(Immediate16(Position, 0xae0f), 0xe8));

    /// <summary>rdtsc: edx:eax = the host's cycles.</summary>
    public void ReadCycles() => End(Immediate16(Position, 0x310f));

    private static void ThrowOutOfReach() => throw new InvalidOperationException("a short jump is bound out of its reach");

    /// <summary>What a jump's last four bytes must be.</summary>
    private static int Distance(byte* field, byte* target)
    {
        var distance = target - (field + 4);
        Debug.Assert(distance == (int)distance, "the target is out of reach");
        return (int)distance;
    }

    private byte* ShortJump(int opcode, int distance)
    {
        var field = Immediate8(Position, opcode);
        End(Immediate8(field, distance));
        return field;
    }

    private byte* LongJump(byte* target) => Relative(Immediate8(Position, 0xe9), target);

    private byte* LongJumpIf(Condition c, byte* target) => Relative(Immediate16(Position, 0x800f | ((int)c << 8)), target);

    private byte* Relative(byte* field, byte* target)
    {
        End(Immediate32(field, Distance(field, target)));
        return field;
    }

    private void AlignFieldAfter(int opcodeBytes) => Nop((int)(-((nint)Position + opcodeBytes) & 3));
}
