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

    private const int RmShift = 32, SibShift = 40, SibLengthShift = 48, RexShift = 56;
    private const uint SibFollows = 4;

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Address(Gpr @base, Gpr index, uint scaleBits, int displacement, uint rm, uint sibLength)
    {
        var sib = (scaleBits << 6) | (((uint)index & 7) << 3) | ((uint)@base & 7);
        var rex = (((uint)index >> 3) << 1) | ((uint)@base >> 3);
        _bits = (uint)displacement | ((ulong)(rm | (sib << 8) | (sibLength << 16) | (rex << 24)) << RmShift);
    }

    public int Displacement => (int)_bits;

    public Gpr Base => (Gpr)((Sib & 7) | ((Rex & 1) << 3));

    public Gpr Index => (Gpr)(((Sib >> 3) & 7) | ((Rex & 2) << 2));

    public int Scale => 1 << (Sib >> 6);

    public bool HasIndex => Index != NoIndex;

    /// <summary>The bits X and B.</summary>
    public int Rex => (int)(_bits >> RexShift);

    /// <summary>The lowest field of ModRM, and above that byte SIB, of which there may be none.</summary>
    public int RmAndSib => (ushort)(_bits >> RmShift);

    /// <summary>0 or 1: rsp and r12 as a base need a SIB byte as an index does.</summary>
    public int SibLength => (byte)(_bits >> SibLengthShift);

    /// <summary>rbp and r13 as a base need a displacement.</summary>
    public bool NeedsDisplacement => (Sib & 7) == 5;

    private byte Sib => (byte)(_bits >> SibShift);

    /// <summary>The same place, some bytes further on.</summary>
    public Address Offset(int bytes) => HasIndex ? new(Base, Index, Scale, Displacement + bytes) : new(Base, Displacement + bytes);
}
