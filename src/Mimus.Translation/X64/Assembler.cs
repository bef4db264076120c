using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Mimus.Translation.X64;

/// <summary>
/// Writes x86-64 instructions, each method one of them, straight to memory and never a byte further than they reach.
/// The caller guarantees room; where it tells the end, debug builds check that.
/// </summary>
/// <remarks>
/// <c>wide</c> asks for 64 bits, else an instruction works on 32 and clears the upper half. Instructions of SDM volume 2 by
/// these prefixes, maps and opcodes; what they do to flags is read there.
/// </remarks>
internal unsafe partial struct Assembler
{
    /// <summary>Where the next byte goes.</summary>
    public byte* Position;

    private const byte NoPrefix = 0, P66 = 0x66, Pf2 = 0xf2, Pf3 = 0xf3, LockPrefix = 0xf0;

    /// <summary>REX.W, and REX with no bit set, which makes 4..7 the byte registers spl, bpl, sil, dil.</summary>
    private const int Wide = 8, ByteRegister = 0x40;

    private readonly byte* _end;

    public Assembler(byte* start)
        : this(start, null)
    {
    }

    public Assembler(byte* start, byte* end)
    {
        Position = start;
        _end = end;
    }

    /// <summary>The opcode maps, by their numbers in VEX.</summary>
    private enum Map
    {
        Primary,
        M0f,
        M0f38,
        M0f3a,
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int W(bool wide) => wide ? Wide : 0;

    /// <summary>A REX prefix where a byte register needs one to be named at all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ByteRex(Gpr r) => r >= Gpr.Rsp ? ByteRegister : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Scalar(bool isDouble) => isDouble ? Pf2 : Pf3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Head(byte* p, byte prefix, Map map, int opcode, int rex)
    {
        if (prefix != NoPrefix) *p++ = prefix;
        *p = (byte)(0x40 | rex);
        p += rex != 0 ? 1 : 0;
        if (map != Map.Primary) *p++ = 0x0f;
        if (map == Map.M0f38) *p++ = 0x38;
        if (map == Map.M0f3a) *p++ = 0x3a;
        *p++ = (byte)opcode;
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte* Registers(byte prefix, Map map, int opcode, int rex, int reg, int rm)
    {
        var p = Head(Position, prefix, map, opcode, rex | ((reg >> 3) << 2) | (rm >> 3));
        *p++ = (byte)(0xc0 | ((reg & 7) << 3) | (rm & 7));
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte* Memory(byte prefix, Map map, int opcode, int rex, int reg, Address a)
    {
        var p = Head(Position, prefix, map, opcode, rex | ((reg >> 3) << 2) | (((int)a.Index >> 3) << 1) | ((int)a.Base >> 3));
        return Operand(p, reg, a);
    }

    /// <summary>ModRM, SIB and displacement. rsp and r12 as a base need a SIB byte; rbp and r13 a displacement.</summary>
    private static byte* Operand(byte* p, int reg, Address a)
    {
        const int Displacement8 = 0x40, Displacement32 = 0x80, Sib = 4;
        var low = (int)a.Base & 7;
        var displacement = a.Displacement;
        var mode = displacement == 0 && low != 5 ? 0 : displacement == (sbyte)displacement ? Displacement8 : Displacement32;
        var modRm = mode | ((reg & 7) << 3);
        if (a.HasIndex || low == Sib)
        {
            *p++ = (byte)(modRm | Sib);
            *p++ = (byte)((a.ScaleBits << 6) | (((int)a.Index & 7) << 3) | low);
        }
        else
        {
            *p++ = (byte)(modRm | low);
        }
        if (mode == Displacement8) *p++ = (byte)displacement;
        else if (mode == Displacement32) p = Immediate32(p, displacement);
        return p;
    }

    /// <summary>A VEX instruction of registers, 128 bits long or scalar.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte* Vex(byte prefix, Map map, int opcode, bool wide, int reg, int second, int rm)
    {
        var p = Position;
        var last = ((~second & 15) << 3) | (prefix switch { P66 => 1, Pf3 => 2, Pf2 => 3, _ => 0 });
        var notR = (~reg & 8) << 4;
        if (map == Map.M0f && !wide && rm < 8)
        {
            *p++ = 0xc5;
            *p++ = (byte)(notR | last);
        }
        else
        {
            *p++ = 0xc4;
            *p++ = (byte)(notR | 0x40 | ((~rm & 8) << 2) | (int)map);
            *p++ = (byte)((wide ? 0x80 : 0) | last);
        }
        *p++ = (byte)opcode;
        *p++ = (byte)(0xc0 | ((reg & 7) << 3) | (rm & 7));
        return p;
    }

    /// <summary>An opcode that names its register in its lowest three bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte* Short(Map map, int opcode, int rex, Gpr r) => Head(Position, NoPrefix, map, opcode | ((int)r & 7), rex | ((int)r >> 3));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Immediate8(byte* p, int value)
    {
        *p = (byte)value;
        return p + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Immediate16(byte* p, int value)
    {
        *(ushort*)p = (ushort)value;
        return p + 2;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Immediate32(byte* p, int value)
    {
        *(int*)p = value;
        return p + 4;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void End(byte* p)
    {
        Debug.Assert(_end == null || p <= _end, "no room for this instruction");
        Position = p;
    }
}
