using System.Numerics;

namespace Mimus.Isa.FloatingPoint;

public static partial class SoftFloat<TFormat>
{
    /// <summary>convertFormat (IEEE 754-2019, 5.4.2): a value of another format in this one.</summary>
    public static ulong ConvertFrom<TSource>(ulong value, ref FloatContext context)
        where TSource : struct, IFloatFormat
    {
        ulong sign = SoftFloat<TSource>.IsNegative(value) ? SignBit : 0;
        ulong magnitude = SoftFloat<TSource>.Magnitude(value);
        if (magnitude > SoftFloat<TSource>.Infinity)
        {
            if (SoftFloat<TSource>.IsSignalingNaN(value)) context.Raise(FloatFlags.Invalid);
            return CanonicalNaN;
        }

        if (magnitude == SoftFloat<TSource>.Infinity) return sign | Infinity;
        if (magnitude == 0) return sign;
        ulong significand = SoftFloat<TSource>.Normalize(value, out int exponent);
        return RoundPack(sign, exponent - SoftFloat<TSource>.Bias + Bias, significand, ref context);
    }

    public static ulong FromInt32(int value, ref FloatContext context) => FromInt64(value, ref context);

    public static ulong FromUInt32(uint value, ref FloatContext context) => FromMagnitude(0, value, ref context);

    public static ulong FromInt64(long value, ref FloatContext context) => value < 0
        ? FromMagnitude(SignBit, 0UL - (ulong)value, ref context)
        : FromMagnitude(0, (ulong)value, ref context);

    public static ulong FromUInt64(ulong value, ref FloatContext context) => FromMagnitude(0, value, ref context);

    private static ulong FromMagnitude(ulong sign, ulong magnitude, ref FloatContext context) =>
        magnitude == 0 ? 0 : NormalizeRoundPack(sign, Bias + LeadingPosition, magnitude, ref context);

    /// <summary>roundToIntegral (IEEE 754-2019, 5.3.1) in the context's direction, silent about inexactness: Zfa's <c>fround</c>.</summary>
    public static ulong RoundToIntegral(ulong a, ref FloatContext context) => RoundToIntegral(a, FloatFlags.None, ref context);

    /// <summary>roundToIntegralExact, which raises Inexact: Zfa's <c>froundnx</c>.</summary>
    public static ulong RoundToIntegralExact(ulong a, ref FloatContext context) => RoundToIntegral(a, FloatFlags.Inexact, ref context);

    private static ulong RoundToIntegral(ulong a, FloatFlags ifInexact, ref FloatContext context)
    {
        int exponent = Exponent(a) - Bias;
        if (exponent >= TFormat.FractionBits) return IsNaN(a) ? NaNResult(a, a, ref context) : a;
        if (Magnitude(a) == 0) return a;

        ulong sign = a & SignBit;
        if (exponent < 0)
        {
            // Below one half only the fact matters that something was cut off.
            ulong cut = exponent == -1 ? (1UL << 63) | (a & FractionMask) : 1UL;
            context.Raise(ifInexact);
            return Rounding.Increment(context.Rounding, sign != 0, 0, cut) != 0 ? sign | One : sign;
        }

        int fractionBits = TFormat.FractionBits - exponent;
        ulong fraction = a << (64 - fractionBits);
        if (fraction == 0) return a;
        context.Raise(ifInexact);
        ulong unit = 1UL << fractionBits;
        ulong truncated = a & ~(unit - 1);
        // With an exponent of 0 the unit is the hidden one and this bit is the encoded exponent's lowest: 1 too, Bias being odd.
        ulong lowBit = (a >> fractionBits) & 1;
        return truncated + (Rounding.Increment(context.Rounding, sign != 0, lowBit, fraction) << fractionBits);
    }
}
