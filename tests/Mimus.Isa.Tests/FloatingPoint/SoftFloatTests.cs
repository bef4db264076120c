using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>Cases that the manuals spell out, written down by hand, so that they hold on any host.</summary>
public sealed class SoftFloatTests
{
    private const ulong Infinity = 0x7FF0000000000000;
    private const ulong QuietNaN = 0x7FF8000000000000;
    private const ulong SignalingNaN = 0x7FF0000000000001;
    private const ulong One = 0x3FF0000000000000;
    private const ulong MinusZero = 0x8000000000000000;

    [Fact]
    public void Canonical_NaNs_are_those_of_the_RISC_V_manual()
    {
        Assert.Equal(0x7E00UL, SoftFloat<Binary16>.CanonicalNaN);
        Assert.Equal(0x7FC00000UL, SoftFloat<Binary32>.CanonicalNaN);
        Assert.Equal(QuietNaN, SoftFloat<Binary64>.CanonicalNaN);
    }

    [Fact]
    public void Infinity_times_zero_is_invalid_even_with_a_quiet_NaN_to_add()
    {
        FloatContext context = default;
        Assert.Equal(QuietNaN, SoftFloat<Binary64>.MultiplyAdd(Infinity, MinusZero, QuietNaN | 5, ref context));
        Assert.Equal(FloatFlags.Invalid, context.Flags);
    }

    [Fact]
    public void Flags_are_sticky()
    {
        var context = new FloatContext(RoundingMode.NearestEven, FloatFlags.Overflow);
        SoftFloat<Binary64>.Divide(One, 0, ref context);
        SoftFloat<Binary64>.Add(One, One, ref context);
        Assert.Equal(FloatFlags.Overflow | FloatFlags.DivideByZero, context.Flags);
    }

    /// <summary>
    /// Products just below the least normal number that round to it: by 2^-104 of it, which rounds to it at full precision
    /// already and so was never tiny; by 2^-53, which at full precision is exact and tiny; and the number itself.
    /// </summary>
    [Theory]
    [InlineData(0x3FF0000000000001UL, 0x000FFFFFFFFFFFFFUL, FloatFlags.Inexact)]
    [InlineData(0x3FEFFFFFFFFFFFFFUL, 0x0010000000000000UL, FloatFlags.Inexact | FloatFlags.Underflow)]
    [InlineData(0x3FF0000000000000UL, 0x0010000000000000UL, FloatFlags.None)]
    public void Tininess_is_detected_after_rounding(ulong a, ulong b, FloatFlags flags)
    {
        FloatContext context = default;
        Assert.Equal(0x0010000000000000UL, SoftFloat<Binary64>.Multiply(a, b, ref context));
        Assert.Equal(flags, context.Flags);

        FloatContext fast = default;
        Assert.Equal(0x0010000000000000UL, FloatArithmetic<Binary64>.Multiply(a, b, ref fast));
        Assert.Equal(flags, fast.Flags);
    }

    /// <summary>RISC-V, "Domains of float-to-integer conversions and behavior for invalid inputs".</summary>
    [Theory]
    [InlineData(Infinity, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue)]
    [InlineData(MinusZero | Infinity, int.MinValue, 0U, long.MinValue, 0UL)]
    [InlineData(QuietNaN, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue)]
    [InlineData(MinusZero | QuietNaN, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue)]
    [InlineData(SignalingNaN, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue)]
    [InlineData(0xC3F0000000000000UL, int.MinValue, 0U, long.MinValue, 0UL)]
    [InlineData(0x43F0000000000000UL, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue)]
    public void Integers_saturate(ulong a, int int32, uint uint32, long int64, ulong uint64)
    {
        FloatContext context = default;
        Assert.Equal(int32, SoftFloat<Binary64>.ToInt32(a, ref context));
        Assert.Equal(FloatFlags.Invalid, context.Flags);
        Assert.Equal(uint32, SoftFloat<Binary64>.ToUInt32(a, ref context));
        Assert.Equal(int64, SoftFloat<Binary64>.ToInt64(a, ref context));
        Assert.Equal(uint64, SoftFloat<Binary64>.ToUInt64(a, ref context));
        Assert.Equal(FloatFlags.Invalid, context.Flags);
    }

    [Theory]
    [InlineData(0xBFE0000000000000UL, RoundingMode.NearestEven, 0U, FloatFlags.Inexact)]
    [InlineData(0xBFE0000000000000UL, RoundingMode.NearestMaxMagnitude, 0U, FloatFlags.Invalid)]
    [InlineData(0xBFEFFFFFFFFFFFFFUL, RoundingMode.TowardZero, 0U, FloatFlags.Inexact)]
    [InlineData(0xBFF0000000000000UL, RoundingMode.TowardZero, 0U, FloatFlags.Invalid)]
    [InlineData(0x41EFFFFFFFF00000UL, RoundingMode.NearestEven, uint.MaxValue, FloatFlags.Invalid)]
    [InlineData(0x41EFFFFFFFEFFFFFUL, RoundingMode.NearestEven, uint.MaxValue, FloatFlags.Inexact)]
    public void Unsigned_range_is_judged_after_rounding(ulong a, RoundingMode mode, uint result, FloatFlags flags)
    {
        var context = new FloatContext(mode);
        Assert.Equal(result, SoftFloat<Binary64>.ToUInt32(a, ref context));
        Assert.Equal(flags, context.Flags);
    }

    [Theory]
    [InlineData(0x41E0000000000000UL, int.MinValue, FloatFlags.Invalid)]            // 2^31
    [InlineData(0x41F0000000300000UL, 3, FloatFlags.Invalid)]                       // 2^32 + 3
    [InlineData(0xC1F0000000300000UL, -3, FloatFlags.Invalid)]
    [InlineData(0x4530000000000001UL, 0, FloatFlags.Invalid)]                       // 2^84 + 2^32
    [InlineData(0x4520000000000001UL, int.MinValue, FloatFlags.Invalid)]            // 2^83 + 2^31
    [InlineData(0xBFF8000000000000UL, -1, FloatFlags.Inexact)]                      // -1.5
    [InlineData(Infinity, 0, FloatFlags.Invalid)]
    [InlineData(QuietNaN, 0, FloatFlags.Invalid)]
    public void Modular_conversion_keeps_the_low_word(ulong a, int result, FloatFlags flags)
    {
        FloatContext context = default;
        Assert.Equal(result, SoftFloat<Binary64>.ToInt32Modular(a, ref context));
        Assert.Equal(flags, context.Flags);
    }

    [Theory]
    [InlineData(0xFFF0000000000000UL, 0)]
    [InlineData(0xBFF0000000000000UL, 1)]
    [InlineData(0x800FFFFFFFFFFFFFUL, 2)]
    [InlineData(0x8000000000000000UL, 3)]
    [InlineData(0x0000000000000000UL, 4)]
    [InlineData(0x0000000000000001UL, 5)]
    [InlineData(0x0010000000000000UL, 6)]
    [InlineData(0x7FF0000000000000UL, 7)]
    [InlineData(0x7FF0000000000001UL, 8)]
    [InlineData(0xFFF4000000000000UL, 8)]
    [InlineData(0xFFF8000000000000UL, 9)]
    public void Classes_have_the_bits_of_fclass(ulong a, int bit) => Assert.Equal((FloatClass)(1 << bit), SoftFloat<Binary64>.Classify(a));

    [Fact]
    public void Minimum_and_maximum_order_zeros_and_treat_NaNs_as_told()
    {
        FloatContext context = default;
        Assert.Equal(MinusZero, SoftFloat<Binary64>.Minimum(0, MinusZero, ref context));
        Assert.Equal(0UL, SoftFloat<Binary64>.Maximum(MinusZero, 0, ref context));
        Assert.Equal(One, SoftFloat<Binary64>.Minimum(QuietNaN | 1, One, ref context));
        Assert.Equal(QuietNaN, SoftFloat<Binary64>.MaximumM(QuietNaN | 1, One, ref context));
        Assert.Equal(FloatFlags.None, context.Flags);
        Assert.Equal(One, SoftFloat<Binary64>.Maximum(One, SignalingNaN, ref context));
        Assert.Equal(FloatFlags.Invalid, context.Flags);
    }
}
