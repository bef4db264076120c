namespace Mimus.Isa.FloatingPoint;

public static partial class SoftFloat<TFormat>
{
    public static ulong Divide(ulong a, ulong b, ref FloatContext context)
    {
        ulong sign = (a ^ b) & SignBit;
        if (Exponent(a) == MaxExponent || Exponent(b) == MaxExponent)
        {
            if (IsNaN(a) || IsNaN(b)) return NaNResult(a, b, ref context);
            if (Magnitude(a) != Infinity) return sign;
            return Magnitude(b) == Infinity ? InvalidResult(ref context) : sign | Infinity;
        }

        if (Magnitude(b) == 0)
        {
            if (Magnitude(a) == 0) return InvalidResult(ref context);
            context.Raise(FloatFlags.DivideByZero);
            return sign | Infinity;
        }

        if (Magnitude(a) == 0) return sign;

        ulong dividend = Normalize(a, out int exponentA);
        ulong divisor = Normalize(b, out int exponentB);
        int exponent = exponentA - exponentB + Bias - 1;
        if (TFormat.FractionBits <= 23)
        {
            // 24 significant bits each: a quotient with its leading one at bit 38 or 39 comes from one division.
            ulong numerator = dividend;
            ulong denominator = divisor >> 39;
            ulong narrow = numerator / denominator;
            ulong sticky = narrow * denominator != numerator ? 1UL : 0UL;
            return NormalizeRoundPack(sign, exponent, (narrow << 24) | sticky, ref context);
        }

        // A dividend of half the divisor's scale makes the quotient less than 2^64; its leading one is at bit 62 or 63.
        ulong quotient = DivideWide(dividend, divisor << 1, out bool exact);
        return NormalizeRoundPack(sign, exponent, quotient | (exact ? 0UL : 1UL), ref context);
    }

    /// <summary><c>floor(high * 2^64 / divisor)</c> for a divisor with bit 63 set and above <c>high</c>.</summary>
    /// <remarks>
    /// Long division with two digits of 32 bits. A digit estimated by the divisor's upper half is too large by two at most,
    /// since the divisor is normalised (Knuth, The Art of Computer Programming 2, 4.3.1, theorem B).
    /// </remarks>
    private static ulong DivideWide(ulong high, ulong divisor, out bool exact)
    {
        ulong upper = DivideDigit(ref high, divisor);
        ulong lower = DivideDigit(ref high, divisor);
        exact = high == 0;
        return (upper << 32) + lower;
    }

    /// <summary><c>floor(remainder * 2^32 / divisor)</c>, leaving the new remainder.</summary>
    private static ulong DivideDigit(ref ulong remainder, ulong divisor)
    {
        ulong divisorHigh = divisor >> 32;
        ulong divisorLow = (uint)divisor;
        ulong digit = remainder / divisorHigh;
        ulong rest = remainder - (digit * divisorHigh);
        // A remainder below the divisor makes the estimate 2^32 + 1 at most, so that this product does not wrap.
        while (digit * divisorLow > rest << 32)
        {
            digit--;
            rest += divisorHigh;
            if (rest > uint.MaxValue) break;
        }

        // The true difference is below the divisor, so the wrapped arithmetic gives it.
        remainder = (remainder << 32) - (digit * divisor);
        return digit;
    }

    public static ulong SquareRoot(ulong a, ref FloatContext context)
    {
        if (IsNaN(a)) return NaNResult(a, a, ref context);
        if (Magnitude(a) == 0) return a;
        if (IsNegative(a)) return InvalidResult(ref context);
        if (a == Infinity) return a;

        ulong radicand = Normalize(a, out int exponent);
        exponent -= Bias;
        // The radicand times an even power of two: an odd exponent lends its 1. The leading one is then at bit 62 or 63.
        radicand <<= exponent & 1;
        exponent = (exponent >> 1) + Bias;

        ulong root = IntegerSquareRoot(radicand);
        ulong remainder = radicand - (root * root);
        // 2^64 is a square, so no extension of the root by further bits can be exact unless this one is.
        ulong sticky = remainder != 0 ? 1UL : 0UL;
        if (TFormat.FractionBits <= 28) return RoundPack(0, exponent, (root << 31) | sticky, ref context);

        // Twenty-four more bits by one division (P. Zimmermann, Karatsuba Square Root, INRIA RR-3805, algorithm SqrtRem with
        // low digits of zero): the quotient is right or one too large, which the sign of the new remainder tells.
        ulong numerator = remainder << 23;
        ulong digits = numerator / root;
        ulong rest = (numerator - (digits * root)) << 1;
        root = (root << 24) + digits;
        if (rest << 24 < digits * digits) root--;
        return RoundPack(0, exponent, (root << 7) | sticky, ref context);
    }

    /// <summary>The floor of the square root of a number with bit 62 or 63 set and 54 significant bits at most.</summary>
    /// <remarks>
    /// The host's square root serves as an estimate. A quarter of the number converts to a double exactly, and the floor of the
    /// root is a double too; rounding being monotonic in every direction, the estimate is that floor or one more, whatever the
    /// host's rounding direction is, and integers decide.
    /// </remarks>
    private static ulong IntegerSquareRoot(ulong value)
    {
        ulong root = Math.Min((ulong)(long)(Math.Sqrt((long)(value >> 2)) * 2.0), uint.MaxValue);
        return root * root > value ? root - 1 : root;
    }
}
