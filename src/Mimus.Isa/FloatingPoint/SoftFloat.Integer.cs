using System.Runtime.CompilerServices;

namespace Mimus.Isa.FloatingPoint;

public static partial class SoftFloat<TFormat>
{
    /// <summary>A magnitude of 2^64 or more. No value rounds to this number itself: that takes 64 significant bits.</summary>
    private const ulong TooLarge = ulong.MaxValue;

    private const ulong Int32Limit = int.MaxValue;
    private const ulong Int64Limit = long.MaxValue;

    // convertToInteger, signalling Inexact (IEEE 754-2019, 5.4.1 and 5.8), with RISC-V's results for what does not fit
    // (F extension, "Domains of float-to-integer conversions and behavior for invalid inputs").
    public static int ToInt32(ulong a, ref FloatContext context) => (int)ToInteger(a, Int32Limit, Int32Limit + 1, ref context);

    public static uint ToUInt32(ulong a, ref FloatContext context) => (uint)ToInteger(a, uint.MaxValue, 0, ref context);

    public static long ToInt64(ulong a, ref FloatContext context) => (long)ToInteger(a, Int64Limit, Int64Limit + 1, ref context);

    public static ulong ToUInt64(ulong a, ref FloatContext context) => ToInteger(a, ulong.MaxValue, 0, ref context);

    /// <summary>
    /// The value truncated, modulo 2^32 (RISC-V Zfa <c>fcvtmod.w.d</c>); infinities and NaNs give 0. Flags are those of a
    /// truncating <see cref="ToInt32"/>.
    /// </summary>
    public static int ToInt32Modular(ulong a, ref FloatContext context)
    {
        var truncating = new FloatContext(RoundingMode.TowardZero);
        int result = ToInt32(a, ref truncating);
        context.Raise(truncating.Flags);
        if ((truncating.Flags & FloatFlags.Invalid) == 0) return result;
        if (Exponent(a) == MaxExponent) return 0;

        // Out of range means an exponent of 31 or more, so the significand is an integer after one shift either way.
        ulong significand = Unpack(a, out int exponent);
        int shift = exponent - Bias - LeadingPosition;
        if (shift >= 64) return 0;
        uint low = (uint)(shift >= 0 ? significand << shift : significand >> -shift);
        return (int)(IsNegative(a) ? 0U - low : low);
    }

    private static ulong ToInteger(ulong a, ulong positiveLimit, ulong negativeLimit, ref FloatContext context)
    {
        bool negative = IsNegative(a);
        if (IsNaN(a))
        {
            context.Raise(FloatFlags.Invalid);
            return positiveLimit;
        }

        ulong magnitude = RoundedMagnitude(a, context.Rounding, out bool inexact);
        ulong limit = negative ? negativeLimit : positiveLimit;
        if (magnitude > limit || magnitude == TooLarge)
        {
            // Invalid alone: IEEE 754-2019, 7.1, lets no Inexact come with it.
            context.Raise(FloatFlags.Invalid);
            magnitude = limit;
        }
        else if (inexact)
        {
            context.Raise(FloatFlags.Inexact);
        }

        return negative ? 0UL - magnitude : magnitude;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong RoundedMagnitude(ulong a, RoundingMode mode, out bool inexact)
    {
        ulong significand = Unpack(a, out int exponent);
        inexact = false;
        // Infinity by name: a half-precision one is encoded as 2^16 would be.
        if (exponent == MaxExponent) return TooLarge;
        exponent -= Bias;
        if (exponent >= LeadingPosition)
        {
            return exponent > LeadingPosition + 1 ? TooLarge : significand << (exponent - LeadingPosition);
        }

        ulong kept;
        ulong fraction;
        if (exponent >= -1)
        {
            kept = exponent < 0 ? 0 : significand >> (LeadingPosition - exponent);
            fraction = significand << (exponent + 2);
        }
        else
        {
            kept = 0;
            fraction = significand != 0 ? 1UL : 0UL;
        }

        inexact = fraction != 0;
        return kept + Rounding.Increment(mode, IsNegative(a), kept & 1, fraction);
    }
}
