using System.Numerics;

namespace Mimus.Isa.FloatingPoint;

public static partial class SoftFloat<TFormat>
{
    public static ulong Multiply(ulong a, ulong b, ref FloatContext context)
    {
        ulong sign = (a ^ b) & SignBit;
        if (Exponent(a) == MaxExponent || Exponent(b) == MaxExponent)
        {
            if (IsNaN(a) || IsNaN(b)) return NaNResult(a, b, ref context);
            return Magnitude(a) == 0 || Magnitude(b) == 0 ? InvalidResult(ref context) : sign | Infinity;
        }

        if (Magnitude(a) == 0 || Magnitude(b) == 0) return sign;

        ulong significandA = Normalize(a, out int exponentA);
        ulong significandB = Normalize(b, out int exponentB);
        // Leading ones at bit 63 put the product's at bit 126 or 127, so that its high half is as NormalizeRoundPack wants it.
        ulong high = Math.BigMul(significandA << 1, significandB << 1, out ulong low);
        return NormalizeRoundPack(sign, exponentA + exponentB - Bias, high | (low != 0 ? 1UL : 0UL), ref context);
    }

    /// <summary><c>a * b + c</c>, rounded once (IEEE 754-2019, 5.4.1). The negated forms negate operands.</summary>
    public static ulong MultiplyAdd(ulong a, ulong b, ulong c, ref FloatContext context)
    {
        ulong sign = (a ^ b) & SignBit;
        if (Exponent(a) == MaxExponent || Exponent(b) == MaxExponent || Exponent(c) == MaxExponent)
        {
            return MultiplyAddOfSpecial(a, b, c, ref context);
        }

        ulong signC = c & SignBit;
        if (Magnitude(a) == 0 || Magnitude(b) == 0)
        {
            if (Magnitude(c) != 0) return c;
            return sign == signC ? sign : ZeroOfCancellation(context.Rounding);
        }

        // The product is a 128-bit significand with its leading one at bit 126, the addend is brought to the same form.
        ulong significandA = Normalize(a, out int exponentA);
        ulong significandB = Normalize(b, out int exponentB);
        ulong high = Math.BigMul(significandA << 1, significandB, out ulong low);
        int exponent = exponentA + exponentB - Bias + 1;
        if (high < LeadingBit)
        {
            high = (high << 1) | (low >> 63);
            low <<= 1;
            exponent--;
        }

        if (Magnitude(c) == 0) return RoundPack(sign, exponent, high | (low != 0 ? 1UL : 0UL), ref context);

        ulong highC = Normalize(c, out int exponentC);
        ulong lowC = 0;
        int distance = exponent - exponentC;
        // At least 20 bits below either operand are zero, so a distance of one loses nothing, and with a larger one, where
        // at most one leading bit cancels, the jammed bit stays far below the place of rounding.
        if (distance > 0)
        {
            ShiftRightJam(ref highC, ref lowC, distance);
        }
        else if (distance < 0)
        {
            ShiftRightJam(ref high, ref low, -distance);
            exponent = exponentC;
        }

        if (sign == signC)
        {
            low += lowC;
            high += highC + (low < lowC ? 1UL : 0UL);
        }
        else
        {
            // Equal high halves mean that both lead at bit 62 there, so the addend was not shifted and its low half is zero.
            if (high < highC)
            {
                (high, low, highC, lowC) = (highC, lowC, high, low);
                sign = signC;
            }

            high -= highC + (low < lowC ? 1UL : 0UL);
            low -= lowC;
            if ((high | low) == 0) return ZeroOfCancellation(context.Rounding);
            if (high == 0)
            {
                (high, low) = (low, 0);
                exponent -= 64;
            }

            int shift = BitOperations.LeadingZeroCount(high);
            if (shift != 0)
            {
                high = (high << shift) | (low >> (64 - shift));
                low <<= shift;
                exponent -= shift;
            }
        }

        return NormalizeRoundPack(sign, exponent, high | (low != 0 ? 1UL : 0UL), ref context);
    }

    private static void ShiftRightJam(ref ulong high, ref ulong low, int count)
    {
        if (count >= 64)
        {
            low = count == 64 ? high | (low != 0 ? 1UL : 0UL) : ShiftRightJam(high, count - 64) | (low != 0 ? 1UL : 0UL);
            high = 0;
            return;
        }

        low = (high << (64 - count)) | ShiftRightJam(low, count);
        high >>= count;
    }

    private static ulong MultiplyAddOfSpecial(ulong a, ulong b, ulong c, ref FloatContext context)
    {
        bool nan = IsNaN(a) || IsNaN(b);
        // Infinity times zero is invalid even with a quiet NaN to add: IEEE 754-2019, 7.2 c, leaves it open, RISC-V demands it.
        if (!nan && (Exponent(a) == MaxExponent || Exponent(b) == MaxExponent) && (Magnitude(a) == 0 || Magnitude(b) == 0))
        {
            return InvalidResult(ref context);
        }

        if (nan || IsNaN(c))
        {
            if (IsSignalingNaN(c)) context.Raise(FloatFlags.Invalid);
            return NaNResult(a, b, ref context);
        }

        if (Exponent(a) != MaxExponent && Exponent(b) != MaxExponent) return c;
        ulong product = ((a ^ b) & SignBit) | Infinity;
        return Magnitude(c) == Infinity && c != product ? InvalidResult(ref context) : product;
    }
}
