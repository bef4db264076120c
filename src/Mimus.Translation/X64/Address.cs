using System.Diagnostics;
using System.Numerics;

namespace Mimus.Translation.X64;

/// <summary>A memory operand: base + index * scale + displacement. Eight bytes, so that it travels in a register.</summary>
internal readonly struct Address
{
    /// <summary>In a SIB byte the number of rsp in the index field means that there is no index.</summary>
    private const Gpr NoIndex = Gpr.Rsp;

    public Address(Gpr @base, int displacement = 0)
    {
        Displacement = displacement;
        Base = @base;
        Index = NoIndex;
    }

    public Address(Gpr @base, Gpr index, int scale, int displacement = 0)
    {
        Debug.Assert(index != NoIndex, "rsp cannot be an index");
        Debug.Assert(scale is 1 or 2 or 4 or 8, "the scale is 1, 2, 4 or 8");
        Displacement = displacement;
        Base = @base;
        Index = index;
        ScaleBits = (byte)BitOperations.TrailingZeroCount(scale);
    }

    public int Displacement { get; }

    public Gpr Base { get; }

    public Gpr Index { get; }

    /// <summary>The scale's logarithm.</summary>
    public byte ScaleBits { get; }

    public bool HasIndex => Index != NoIndex;

    /// <summary>The same place, some bytes further on.</summary>
    public Address Offset(int bytes) => HasIndex ? new(Base, Index, 1 << ScaleBits, Displacement + bytes) : new(Base, Displacement + bytes);
}
