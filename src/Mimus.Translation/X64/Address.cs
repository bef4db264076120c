using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mimus.Translation.X64;

/// <summary>
/// A memory operand: base + index * scale + displacement. It is kept as it will be encoded, in eight bytes, so that it
/// travels in a register and an address of constants costs nothing to make.
/// </summary>
internal readonly struct Address
{
    /// <summary>In a SIB byte the number of rsp in the index field means that there is no index.</summary>
    private const Gpr NoIndex = Gpr.Rsp;

    private const int ModRmShift = 32, SibShift = 40, RexShift = 48, SibLengthShift = 56;
    private const uint Displacement8 = 0x40, Displacement32 = 0x80, SibFollows = 4;

    private readonly ulong _bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Address(Gpr @base, int displacement = 0)
        : this(@base, NoIndex, 0, displacement, (uint)@base & 7, ((uint)@base & 7) == SibFollows ? 1u : 0)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Address(Gpr @base, Gpr index, int scale, int displacement = 0)
        : this(@base, index, (uint)BitOperations.TrailingZeroCount(scale), displacement, SibFollows, 1)
    {
        Debug.Assert(index != NoIndex, "rsp cannot be an index");
        Debug.Assert(scale is 1 or 2 or 4 or 8, "the scale is 1, 2, 4 or 8");
    }

    /// <summary>
    /// rsp and r12 as a base need a SIB byte; rbp and r13 need a displacement. Comparisons become numbers, because registers
    /// are as good as random and a branch on them would be.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Address(Gpr @base, Gpr index, uint scaleBits, int displacement, uint rm, uint sibLength)
    {
        var low = (uint)@base & 7;
        var mode = displacement == 0 ? (low == 5 ? 1u : 0) << 6 : Displacement32 >> (displacement == (sbyte)displacement ? 1 : 0);
        var sib = (scaleBits << 6) | (((uint)index & 7) << 3) | low;
        var rex = (((uint)index >> 3) << 1) | ((uint)@base >> 3);
        _bits = (uint)displacement | ((ulong)(mode | rm | (sib << 8) | (rex << 16) | (sibLength << 24)) << ModRmShift);
    }

    public int Displacement => (int)_bits;

    public Gpr Base => (Gpr)((Sib & 7) | ((Rex & 1) << 3));

    public Gpr Index => (Gpr)(((Sib >> 3) & 7) | ((Rex & 2) << 2));

    public int Scale => 1 << (Sib >> 6);

    public bool HasIndex => Index != NoIndex;

    /// <summary>The bits X and B.</summary>
    public int Rex => (byte)(_bits >> RexShift);

    /// <summary>ModRM with no register in its middle field, and above it SIB, of which there may be none.</summary>
    public int ModRmAndSib => (ushort)(_bits >> ModRmShift);

    /// <summary>0 or 1.</summary>
    public int SibLength => (int)(_bits >> SibLengthShift);

    public bool HasDisplacement => (ModRmAndSib & (Displacement8 | Displacement32)) != 0;

    public bool HasShortDisplacement => (ModRmAndSib & Displacement8) != 0;

    private byte Sib => (byte)(_bits >> SibShift);

    /// <summary>The same place, some bytes further on.</summary>
    public Address Offset(int bytes) => HasIndex ? new(Base, Index, Scale, Displacement + bytes) : new(Base, Displacement + bytes);
}
