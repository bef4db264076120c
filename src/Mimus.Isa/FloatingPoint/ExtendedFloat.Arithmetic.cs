using System.Numerics;

namespace Mimus.Isa.FloatingPoint;

/// <content>Arithmetic and comparison.</content>
public readonly partial record struct ExtendedFloat
{
    /// <summary>What a comparison found.</summary>
    public enum Order
    {
        Less,
        Equal,
        Greater,
        Unordered,
    }

    public static ExtendedFloat Add(ExtendedFloat a, ExtendedFloat b, ref ExtendedContext c)
    {
        if (TrySpecial(a, b, ref c, out var result)) return result;
        if (a.IsInfinity) return b.IsInfinity && a.IsNegative != b.IsNegative ? Invalid(ref c) : a;
        if (b.IsInfinity) return b;
        if (a.IsZero && b.IsZero) return a.IsNegative == b.IsNegative ? a : SignedZero(c.Rounding == RoundingMode.Down);
        if (a.IsZero || b.IsZero)
        {
            var other = a.IsZero ? b : a;
            var (exponent, high) = other.Normalized();
            return Pack(other.IsNegative, exponent, high, 0, ref c);
        }
        return AddMagnitudes(a, b, ref c);
    }

    public static ExtendedFloat Subtract(ExtendedFloat a, ExtendedFloat b, ref ExtendedContext c) =>
        b.IsNaN || b.IsUnsupported ? Add(a, b, ref c) : Add(a, b.Negate(), ref c);

    public static ExtendedFloat Multiply(ExtendedFloat a, ExtendedFloat b, ref ExtendedContext c)
    {
        if (TrySpecial(a, b, ref c, out var result)) return result;
        var negative = a.IsNegative != b.IsNegative;
        if (a.IsInfinity || b.IsInfinity) return a.IsZero || b.IsZero ? Invalid(ref c) : SignedInfinity(negative);
        if (a.IsZero || b.IsZero) return SignedZero(negative);
        var (exponentA, x) = a.Normalized();
        var (exponentB, y) = b.Normalized();
        var high = Math.BigMul(x, y, out var low);
        var exponent = exponentA + exponentB - Bias + 1;
        if ((high & LeadingBit) == 0)
        {
            high = (high << 1) | (low >> 63);
            low <<= 1;
            exponent--;
        }
        return Pack(negative, exponent, high, low, ref c);
    }

    public static ExtendedFloat Divide(ExtendedFloat a, ExtendedFloat b, ref ExtendedContext c)
    {
        if (TrySpecial(a, b, ref c, out var result)) return result;
        var negative = a.IsNegative != b.IsNegative;
        if (a.IsInfinity) return b.IsInfinity ? Invalid(ref c) : SignedInfinity(negative);
        if (b.IsInfinity) return SignedZero(negative);
        if (b.IsZero)
        {
            if (a.IsZero) return Invalid(ref c);
            c.Raise(FloatFlags.DivideByZero);
            return SignedInfinity(negative);
        }
        if (a.IsZero) return SignedZero(negative);
        var (exponentA, x) = a.Normalized();
        var (exponentB, y) = b.Normalized();
        var exponent = exponentA - exponentB + Bias - (x < y ? 1 : 0);
        var (quotient, remainder) = UInt128.DivRem((UInt128)x << (x < y ? 64 : 63), y);
        var (further, rest) = UInt128.DivRem(remainder << 64, y);
        return Pack(negative, exponent, (ulong)quotient, (ulong)further | (rest != 0 ? 1u : 0), ref c);
    }

    public static ExtendedFloat SquareRoot(ExtendedFloat a, ref ExtendedContext c)
    {
        if (TrySpecial(a, a, ref c, out var result)) return result;
        if (a.IsZero) return a;
        if (a.IsNegative) return Invalid(ref c);
        if (a.IsInfinity) return a;
        var (exponent, significand) = a.Normalized();
        var unbiased = exponent - Bias;
        var radicand = (UInt128)significand << ((unbiased & 1) != 0 ? 64 : 63);
        ulong root = 0;
        for (var bit = LeadingBit; bit != 0; bit >>= 1)
        {
            var wider = root | bit;
            if ((UInt128)wider * wider <= radicand) root = wider;
        }
        // The remainder says on which side of the middle to the next root the value is; it is never in the middle.
        var remainder = radicand - ((UInt128)root * root);
        return Pack(negative: false, (unbiased >> 1) + Bias, root, remainder == 0 ? 0 : remainder > root ? Half | 1 : 1, ref c);
    }

    /// <summary>Compares; a NaN is invalid if it signals, or in any case when <paramref name="signals"/>.</summary>
    public static Order Compare(ExtendedFloat a, ExtendedFloat b, bool signals, ref ExtendedContext c)
    {
        if (a.IsUnsupported || b.IsUnsupported || a.IsNaN || b.IsNaN)
        {
            c.ForgetDenormal();
            if (signals || a.IsUnsupported || b.IsUnsupported || a.IsSignalingNaN || b.IsSignalingNaN) c.Raise(FloatFlags.Invalid);
            return Order.Unordered;
        }
        if (a.IsDenormal || b.IsDenormal) c.NoteDenormal();
        if (a.IsZero && b.IsZero) return Order.Equal;
        if (a.IsNegative != b.IsNegative) return a.IsNegative ? Order.Less : Order.Greater;
        var (exponentA, exponentB) = (Math.Max(a.Exponent, 1), Math.Max(b.Exponent, 1));
        var magnitudes = exponentA != exponentB ? exponentA.CompareTo(exponentB) : a.Significand.CompareTo(b.Significand);
        return magnitudes == 0 ? Order.Equal : (magnitudes < 0) != a.IsNegative ? Order.Less : Order.Greater;
    }

    /// <summary>
    /// The remainder of a division whose quotient is truncated, or to nearest; the quotient's low bits. Where exponents are too far apart it is a step on the
    /// way, and <paramref name="isPartial"/>.
    /// </summary>
    public static ExtendedFloat Remainder(ExtendedFloat a, ExtendedFloat b, bool toNearest, ref ExtendedContext c, out ulong quotient, out bool isPartial)
    {
        const int Step = 62;
        quotient = 0;
        isPartial = false;
        if (TrySpecial(a, b, ref c, out var result)) return result;
        if (a.IsInfinity || b.IsZero) return Invalid(ref c);
        if (a.IsZero) return a;
        var (exponentA, x) = a.Normalized();
        if (b.IsInfinity) return PackExactly(a.IsNegative, exponentA, x, ref c);
        var (exponentB, y) = b.Normalized();
        var distance = exponentA - exponentB;
        if (distance < -1) return PackExactly(a.IsNegative, exponentA, x, ref c);
        isPartial = distance > 63;
        var steps = isPartial ? Step - 1 : distance;
        var rest = (UInt128)x;
        if (distance < 0) exponentB = exponentA;
        var divisor = distance < 0 ? (UInt128)y << 1 : y;
        for (var i = 0; i <= Math.Max(steps, 0); i++)
        {
            if (i > 0)
            {
                rest <<= 1;
                quotient <<= 1;
            }
            if (rest < divisor) continue;
            rest -= divisor;
            quotient |= 1;
        }
        var exponent = distance < 0 ? exponentA : exponentA - steps;
        var negative = a.IsNegative;
        if (toNearest && !isPartial && (rest << 1 > divisor || (rest << 1 == divisor && (quotient & 1) != 0)))
        {
            rest = divisor - rest;
            negative = !negative;
            quotient++;
        }
        if (rest == 0) return SignedZero(a.IsNegative);
        var shift = (int)UInt128.LeadingZeroCount(rest) - 64;
        return PackExactly(negative, exponent - shift, shift >= 0 ? (ulong)(rest << shift) : (ulong)(rest >> -shift), ref c);
    }

    /// <summary>Multiplies by a power of two.</summary>
    public static ExtendedFloat Scale(ExtendedFloat a, int power, ref ExtendedContext c)
    {
        if (a.IsZero || a.Exponent == MaxExponent) return a;
        var (exponent, significand) = a.Normalized();
        return PackExactly(a.IsNegative, exponent + Math.Clamp(power, -70000, 70000), significand, ref c);
    }

    /// <summary>The precision that results are rounded to does not concern operations that change the exponent alone.</summary>
    private static ExtendedFloat PackExactly(bool negative, int exponent, ulong significand, ref ExtendedContext c)
    {
        var full = new ExtendedContext(c.Rounding, 64);
        var result = Pack(negative, exponent, significand, 0, ref full);
        c.Raise(full.Flags);
        if (full.RoundedUp) c.NoteRounding(up: true);
        return result;
    }

    private static ExtendedFloat AddMagnitudes(ExtendedFloat a, ExtendedFloat b, ref ExtendedContext c)
    {
        var (exponentA, x) = a.Normalized();
        var (exponentB, y) = b.Normalized();
        if (exponentA < exponentB || (exponentA == exponentB && x < y))
        {
            (exponentA, exponentB, x, y) = (exponentB, exponentA, y, x);
            (a, b) = (b, a);
        }
        Shift(y, 0, Math.Min(exponentA - exponentB, 200), out var high, out var low);
        if (a.IsNegative == b.IsNegative)
        {
            var sum = x + high;
            if (sum >= x) return Pack(a.IsNegative, exponentA, sum, low, ref c);
            Shift(sum, low, 1, out high, out low);
            return Pack(a.IsNegative, exponentA + 1, high | LeadingBit, low, ref c);
        }
        var difference = ((UInt128)x << 64) - (((UInt128)high << 64) | low);
        if (difference == 0) return SignedZero(c.Rounding == RoundingMode.Down);
        var shift = (int)UInt128.LeadingZeroCount(difference);
        difference <<= shift;
        return Pack(a.IsNegative, exponentA - shift, (ulong)(difference >> 64), (ulong)difference, ref c);
    }

    private static ExtendedFloat SignedZero(bool negative) => new(0, (ushort)(negative ? 0x8000 : 0));

    private static ExtendedFloat SignedInfinity(bool negative) => new(LeadingBit, (ushort)((negative ? 0x8000 : 0) | MaxExponent));

    private static ExtendedFloat Invalid(ref ExtendedContext c)
    {
        c.Raise(FloatFlags.Invalid);
        return Indefinite;
    }

    /// <summary>Answers for operands that are no numbers: of two NaNs the one with the larger significand, made quiet (SDM volume 1, table 4-7).</summary>
    private static bool TrySpecial(ExtendedFloat a, ExtendedFloat b, ref ExtendedContext c, out ExtendedFloat result)
    {
        result = default;
        if (a.IsUnsupported || b.IsUnsupported)
        {
            result = Invalid(ref c);
            return true;
        }
        if (!a.IsNaN && !b.IsNaN)
        {
            if (a.IsDenormal || b.IsDenormal) c.NoteDenormal();
            return false;
        }
        c.ForgetDenormal();
        if (a.IsSignalingNaN || b.IsSignalingNaN) c.Raise(FloatFlags.Invalid);
        var chosen = !b.IsNaN ? a : !a.IsNaN ? b : Larger(a, b);
        result = new ExtendedFloat(chosen.Significand | QuietBit, chosen.SignExponent);
        return true;
    }

    private static ExtendedFloat Larger(ExtendedFloat a, ExtendedFloat b)
    {
        // A quiet one wins over a signalling one.
        if (a.IsSignalingNaN != b.IsSignalingNaN) return a.IsSignalingNaN ? b : a;
        if (a.Significand != b.Significand) return a.Significand > b.Significand ? a : b;
        return a.IsNegative ? b : a;
    }
}
