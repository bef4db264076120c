using System.Numerics;

namespace Mimus.Isa.FloatingPoint;

/// <summary>
/// The 80-bit format of x87 (SDM volume 1, 4.2.2), with an explicit leading bit: arithmetic in integers, for all rounding directions and precisions.
/// </summary>
/// <remarks>
/// Inside an operation a number is <c>high.low * 2^(exponent - Bias - 63)</c> with bit 63 of <c>high</c> the leading one; the last bit of <c>low</c> is sticky.
/// Results too large or small are always the masked ones.
/// </remarks>
/// <param name="Significand">The significand with its leading bit.</param>
/// <param name="SignExponent">The sign in bit 15, and the biased exponent.</param>
public readonly partial record struct ExtendedFloat(ulong Significand, ushort SignExponent)
{
    private const int Bias = 16383, MaxExponent = 0x7fff;
    private const ulong LeadingBit = 1ul << 63, QuietBit = 1ul << 62, Half = 1ul << 63;

    /// <summary>The NaN that invalid operations give.</summary>
    public static ExtendedFloat Indefinite => new(LeadingBit | QuietBit, 0xffff);

    public static ExtendedFloat Zero => default;

    public static ExtendedFloat One => new(LeadingBit, Bias);

    public bool IsNegative => (SignExponent & 0x8000) != 0;

    public int Exponent => SignExponent & MaxExponent;

    public bool IsZero => Exponent == 0 && Significand == 0;

    public bool IsInfinity => Exponent == MaxExponent && Significand == LeadingBit;

    public bool IsNaN => Exponent == MaxExponent && (Significand & LeadingBit) != 0 && Significand != LeadingBit;

    public bool IsSignalingNaN => IsNaN && (Significand & QuietBit) == 0;

    public bool IsDenormal => Exponent == 0 && Significand != 0;

    /// <summary>Encodings without the leading bit, which the 80387 and later do not take for numbers.</summary>
    public bool IsUnsupported => Exponent != 0 && (Significand & LeadingBit) == 0;

    public ExtendedFloat Negate() => new(Significand, (ushort)(SignExponent ^ 0x8000));

    public ExtendedFloat Absolute() => new(Significand, (ushort)(SignExponent & MaxExponent));

    public static ExtendedFloat FromInteger(long value)
    {
        if (value == 0) return Zero;
        var magnitude = value < 0 ? 0 - (ulong)value : (ulong)value;
        var shift = BitOperations.LeadingZeroCount(magnitude);
        return new ExtendedFloat(magnitude << shift, (ushort)((value < 0 ? 0x8000 : 0) | (Bias + 63 - shift)));
    }

    /// <summary>A NaN made quiet.</summary>
    public ExtendedFloat Quiet() => new(Significand | QuietBit, SignExponent);

    /// <summary>From a narrower format: exact, and a signalling NaN stays one.</summary>
    public static ExtendedFloat FromFormat<TFormat>(ulong bits, ref ExtendedContext c) where TFormat : struct, IFloatFormat
    {
        var sign = (ushort)(((bits >> (TFormat.ExponentBits + TFormat.FractionBits)) & 1) << 15);
        var exponent = (int)(bits >> TFormat.FractionBits) & ((1 << TFormat.ExponentBits) - 1);
        var fraction = (bits & ((1ul << TFormat.FractionBits) - 1)) << (63 - TFormat.FractionBits);
        var bias = (1 << (TFormat.ExponentBits - 1)) - 1;
        if (exponent == (1 << TFormat.ExponentBits) - 1)
        {
            if (fraction == 0) return new ExtendedFloat(LeadingBit, (ushort)(sign | MaxExponent));
            return new ExtendedFloat(LeadingBit | fraction, (ushort)(sign | MaxExponent));
        }
        if (exponent != 0) return new ExtendedFloat(LeadingBit | fraction, (ushort)(sign | (exponent - bias + Bias)));
        if (fraction == 0) return new ExtendedFloat(0, sign);
        c.NoteDenormal();
        var shift = BitOperations.LeadingZeroCount(fraction);
        return new ExtendedFloat(fraction << shift, (ushort)(sign | (1 - bias + Bias - shift)));
    }

    /// <summary>To a narrower format, rounded.</summary>
    public ulong ToFormat<TFormat>(ref ExtendedContext c) where TFormat : struct, IFloatFormat
    {
        var sign = (IsNegative ? 1ul : 0) << (TFormat.ExponentBits + TFormat.FractionBits);
        var maxExponent = (1 << TFormat.ExponentBits) - 1;
        var infinity = (ulong)maxExponent << TFormat.FractionBits;
        if (IsUnsupported)
        {
            c.Raise(FloatFlags.Invalid);
            return (1ul << (TFormat.ExponentBits + TFormat.FractionBits)) | infinity | (1ul << (TFormat.FractionBits - 1));
        }
        if (IsNaN)
        {
            if (IsSignalingNaN) c.Raise(FloatFlags.Invalid);
            return sign | infinity | (1ul << (TFormat.FractionBits - 1)) | ((Significand & (LeadingBit - 1)) >> (63 - TFormat.FractionBits));
        }
        if (IsInfinity) return sign | infinity;
        if (IsZero) return sign;
        var (exponent, high) = Normalized();
        RoundTo(IsNegative, ref exponent, ref high, 0, TFormat.FractionBits + 1, Bias - ((1 << (TFormat.ExponentBits - 1)) - 1), maxExponent, ref c);
        if (exponent >= maxExponent) return sign | infinity;
        return sign | ((ulong)exponent << TFormat.FractionBits) | ((high & (LeadingBit - 1)) >> (63 - TFormat.FractionBits));
    }

    /// <summary>To an integer of 16, 32 or 64 bits; what does not fit is invalid and the most negative one.</summary>
    public long ToInteger(int bits, RoundingMode mode, ref ExtendedContext c)
    {
        var indefinite = long.MinValue >> (64 - bits);
        if (Exponent == MaxExponent || IsUnsupported)
        {
            c.Raise(FloatFlags.Invalid);
            return indefinite;
        }
        var places = Bias + 63 - Exponent;
        if (places < 0)
        {
            c.Raise(FloatFlags.Invalid);
            return indefinite;
        }
        Shift(Significand, 0, places, out var whole, out var fraction);
        var increment = Rounding.Increment(mode, IsNegative, whole & 1, fraction);
        var limit = (1ul << (bits - 1)) - (IsNegative ? 0u : 1u);
        if (whole > limit || (whole == limit && increment != 0))
        {
            c.Raise(FloatFlags.Invalid);
            return indefinite;
        }
        whole += increment;
        if (fraction != 0)
        {
            c.Raise(FloatFlags.Inexact);
            c.NoteRounding(increment != 0);
        }
        return IsNegative ? (long)(0 - whole) : (long)whole;
    }

    /// <summary>To an integral value.</summary>
    public ExtendedFloat ToIntegral(ref ExtendedContext c)
    {
        var places = Bias + 63 - Exponent;
        if (places <= 0 || IsZero) return this;
        Shift(Significand, 0, Math.Min(places, 200), out var whole, out var fraction);
        var increment = Rounding.Increment(c.Rounding, IsNegative, whole & 1, fraction);
        if (fraction != 0)
        {
            c.Raise(FloatFlags.Inexact);
            c.NoteRounding(increment != 0);
        }
        whole += increment;
        if (whole == 0) return new ExtendedFloat(0, (ushort)(SignExponent & 0x8000));
        var shift = BitOperations.LeadingZeroCount(whole);
        return new ExtendedFloat(whole << shift, (ushort)((SignExponent & 0x8000) | (Bias + 63 - shift)));
    }

    /// <summary>The nearest number of double precision.</summary>
    public double ToDouble()
    {
        var c = new ExtendedContext(RoundingMode.NearestEven, 64);
        return BitConverter.UInt64BitsToDouble(ToFormat<Binary64>(ref c));
    }

    public static ExtendedFloat FromDouble(double value)
    {
        var c = new ExtendedContext(RoundingMode.NearestEven, 64);
        return FromFormat<Binary64>(BitConverter.DoubleToUInt64Bits(value), ref c);
    }

    /// <summary>The exponent as if there were no least one, and a significand with its leading bit.</summary>
    private (int Exponent, ulong Significand) Normalized()
    {
        var shift = BitOperations.LeadingZeroCount(Significand);
        return (Math.Max(Exponent, 1) - shift, Significand << shift);
    }

    /// <summary>Shifts right; what falls out at the bottom stays as a sticky bit.</summary>
    private static void Shift(ulong high, ulong low, int places, out ulong newHigh, out ulong newLow)
    {
        if (places == 0) (newHigh, newLow) = (high, low);
        else if (places < 64) (newHigh, newLow) = (high >> places, (high << (64 - places)) | (low >> places) | (low << (64 - places) != 0 ? 1u : 0));
        else if (places == 64) (newHigh, newLow) = (0, high | (low != 0 ? 1u : 0));
        else if (places < 128) (newHigh, newLow) = (0, (high >> (places - 64)) | ((high << (128 - places)) != 0 || low != 0 ? 1u : 0));
        else (newHigh, newLow) = (0, (high | low) != 0 ? 1u : 0);
    }

    /// <summary>Rounds to the context's precision and makes a number of it.</summary>
    private static ExtendedFloat Pack(bool negative, int exponent, ulong high, ulong low, ref ExtendedContext c)
    {
        RoundTo(negative, ref exponent, ref high, low, c.Precision, 0, MaxExponent, ref c);
        var sign = negative ? 0x8000 : 0;
        return exponent >= MaxExponent ? new ExtendedFloat(LeadingBit, (ushort)(sign | MaxExponent)) : new ExtendedFloat(high, (ushort)(sign | exponent));
    }

    /// <summary>
    /// Rounds to so many bits, and to the exponents of a format whose bias is less by <paramref name="rebias"/>. The exponent that comes out is the
    /// format's: 0 for denormal numbers, <paramref name="maxExponent"/> for infinity.
    /// </summary>
    private static void RoundTo(bool negative, ref int exponent, ref ulong high, ulong low, int precision, int rebias, int maxExponent, ref ExtendedContext c)
    {
        exponent -= rebias;
        var isTiny = false;
        if (exponent < 1)
        {
            // Tininess is judged after rounding as if there were no least exponent.
            ulong probe = high;
            isTiny = exponent < 0 || !Round(negative, ref probe, low, precision, c.Rounding, out _, out _);
            Shift(high, low, Math.Min(1 - exponent, 200), out high, out low);
            exponent = 0;
        }
        var carried = Round(negative, ref high, low, precision, c.Rounding, out var inexact, out var up);
        if (carried)
        {
            high = LeadingBit;
            exponent++;
        }
        else if (exponent == 0 && (high & LeadingBit) != 0) exponent = 1;
        if (inexact)
        {
            c.Raise(FloatFlags.Inexact | (isTiny ? FloatFlags.Underflow : 0));
            c.NoteRounding(up);
        }
        if (exponent < maxExponent) return;
        c.Raise(FloatFlags.Overflow | FloatFlags.Inexact);
        var toInfinity = Rounding.OverflowsToInfinity(c.Rounding, negative);
        c.NoteRounding(toInfinity);
        exponent = toInfinity ? maxExponent : maxExponent - 1;
        high = toInfinity ? LeadingBit : ulong.MaxValue << (64 - precision);
    }

    /// <summary>Rounds a significand in place; true when it carried out of the top and is to be a leading bit.</summary>
    private static bool Round(bool negative, ref ulong high, ulong low, int precision, RoundingMode mode, out bool inexact, out bool up)
    {
        var below = 64 - precision;
        var fraction = below == 0 ? low : (high << precision) | (low >> below) | (low << precision != 0 ? 1u : 0);
        inexact = fraction != 0;
        var unit = 1ul << below;
        var increment = Rounding.Increment(mode, negative, (high >> below) & 1, fraction);
        up = increment != 0;
        high &= ~(unit - 1);
        if (!up) return false;
        high += unit;
        return high == 0;
    }
}
