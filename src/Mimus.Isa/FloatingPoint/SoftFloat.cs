using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mimus.Isa.FloatingPoint;

/// <summary>
/// IEEE 754-2019 arithmetic in integers, for every rounding direction and with exact exception flags. Values are raw bits,
/// zero-extended to 64; the boxing of narrow values in wide registers is the caller's business.
/// </summary>
/// <remarks>
/// Inside an operation a finite number other than zero is <c>significand * 2^(exponent - Bias - 62)</c> with bit 62 of the
/// significand the leading one: bit 63 is room for a carry, and at least ten bits stay below the precision of any format
/// here. A bit that is shifted out at the bottom is "jammed": it sets bit 0, which is all that rounding needs to know of it.
/// The <c>exponent</c> is the biased one of the encoding, continued below 1 and above the encoding's range.
/// </remarks>
public static partial class SoftFloat<TFormat>
    where TFormat : struct, IFloatFormat
{
    private const int LeadingPosition = 62;
    private const ulong LeadingBit = 1UL << LeadingPosition;

    /// <summary>The NaN that operations return (RISC-V, F extension, "NaN Generation and Propagation").</summary>
    public static ulong CanonicalNaN => Infinity | QuietBit;

    internal static ulong Infinity => (ulong)MaxExponent << TFormat.FractionBits;

    internal static ulong SignBit => 1UL << (TFormat.ExponentBits + TFormat.FractionBits);

    private static int MaxExponent => (1 << TFormat.ExponentBits) - 1;

    private static int Bias => MaxExponent >> 1;

    private static ulong FractionMask => (1UL << TFormat.FractionBits) - 1;

    private static ulong QuietBit => 1UL << (TFormat.FractionBits - 1);

    private static ulong One => (ulong)Bias << TFormat.FractionBits;

    /// <summary>How far the working significand stands above the encoding's.</summary>
    private static int RoundShift => LeadingPosition - TFormat.FractionBits;

    internal static bool IsNaN(ulong a) => Magnitude(a) > Infinity;

    internal static bool IsSignalingNaN(ulong a) => IsNaN(a) && (a & QuietBit) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Magnitude(ulong a) => a & (SignBit - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Exponent(ulong a) => (int)(a >> TFormat.FractionBits) & MaxExponent;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNegative(ulong a) => (a & SignBit) != 0;

    /// <summary>The working form of a finite number, but the leading one of a subnormal stays below its place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Unpack(ulong a, out int exponent)
    {
        exponent = Exponent(a);
        ulong significand = (a & FractionMask) << RoundShift;
        if (exponent != 0) return significand | LeadingBit;
        exponent = 1;
        return significand;
    }

    /// <summary>The working form of a finite number other than zero, subnormals normalised.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Normalize(ulong a, out int exponent)
    {
        ulong significand = Unpack(a, out exponent);
        if (significand >= LeadingBit) return significand;
        int shift = BitOperations.LeadingZeroCount(significand) - 1;
        exponent -= shift;
        return significand << shift;
    }

    /// <summary>The result of an operation with a NaN among its operands (IEEE 754-2019, 6.2): a signalling one is invalid.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong NaNResult(ulong a, ulong b, ref FloatContext context)
    {
        if (IsSignalingNaN(a) || IsSignalingNaN(b)) context.Raise(FloatFlags.Invalid);
        return CanonicalNaN;
    }

    private static ulong InvalidResult(ref FloatContext context)
    {
        context.Raise(FloatFlags.Invalid);
        return CanonicalNaN;
    }
}
