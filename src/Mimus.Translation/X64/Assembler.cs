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
    private static int W(bool wide) => Unsafe.BitCast<bool, byte>(wide) << 3;

    /// <summary>A REX prefix where a byte register needs one to be named at all, from spl on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ByteRex(Gpr r) => (((int)r + 12) << 2) & ByteRegister;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Scalar(bool isDouble) => (byte)(Pf3 - Unsafe.BitCast<bool, byte>(isDouble));

    /// <summary>Prefixes. That of REX is written over where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Prefixes(byte* p, byte prefix, int rex)
    {
        if (prefix != NoPrefix) *p++ = prefix;
        *p = (byte)(0x40 | rex);
        return p + (rex != 0 ? 1 : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte* Registers(byte prefix, Map map, int opcode, int rex, int reg, int rm)
    {
        var p = Prefixes(Position, prefix, rex | ((reg >> 3) << 2) | (rm >> 3));
        var modRm = 0xc0 | ((reg & 7) << 3) | (rm & 7);
        return map switch
        {
            Map.Primary => Immediate16(p, opcode | (modRm << 8)),
            Map.M0f => Immediate8(Immediate16(p, 0x0f | (opcode << 8)), modRm),
            _ => Immediate32(p, 0x0f | ((map == Map.M0f38 ? 0x38 : 0x3a) << 8) | (opcode << 16) | (modRm << 24)),
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte* Memory(byte prefix, Map map, int opcode, int rex, int reg, Address a)
    {
        Debug.Assert(map is Map.Primary or Map.M0f, "the other maps have no instruction with memory here");
        var p = Prefixes(Position, prefix, rex | ((reg >> 3) << 2) | a.Rex);
        return Operand(map == Map.Primary ? Immediate8(p, opcode) : Immediate16(p, 0x0f | (opcode << 8)), reg, a);
    }

    /// <summary>ModRM, SIB and displacement. The displacement is written over a SIB byte that is none.</summary>
    private static byte* Operand(byte* p, int reg, Address a)
    {
        const int Displacement8 = 0x40, Displacement32 = 0x80;
        var modRmAndSib = a.RmAndSib | ((reg & 7) << 3);
        var displacement = a.Displacement;
        if (displacement != (sbyte)displacement)
            return Immediate32(Immediate16(p, modRmAndSib | Displacement32) - 1 + a.SibLength, displacement);
        if (displacement != 0 || a.NeedsDisplacement)
            return Immediate8(Immediate16(p, modRmAndSib | Displacement8) - 1 + a.SibLength, displacement);
        return a.SibLength == 0 ? Immediate8(p, modRmAndSib) : Immediate16(p, modRmAndSib);
    }

    /// <summary>A VEX instruction of registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte* Vex(byte prefix, Map map, int opcode, bool wide, int reg, int second, int rm, bool is256 = false)
    {
        var p = Position;
        var last = ((~second & 15) << 3) | (is256 ? 4 : 0) | (prefix switch { NoPrefix => 0, P66 => 1, _ => Pf3 + 2 - prefix });
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
    private readonly byte* Short(int opcode, int rex, Gpr r) =>
        Immediate8(Prefixes(Position, NoPrefix, rex | ((int)r >> 3)), opcode | ((int)r & 7));

    /// <summary>An opcode that names its operands itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly byte* Implied(int opcode, bool wide) => Immediate8(Prefixes(Position, NoPrefix, W(wide)), opcode);

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
