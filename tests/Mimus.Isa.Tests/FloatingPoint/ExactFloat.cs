using System.Numerics;
using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>
/// The standard taken literally: operations on exact rational numbers of any size, rounded once. Slow, and as different from
/// the code under test as can be; it covers what the host does not have: round-to-nearest with ties away, and half precision.
/// </summary>
internal sealed class ExactFloat<TFormat>(RoundingMode mode)
    where TFormat : struct, IFloatFormat
{
    private static readonly int s_precision = TFormat.FractionBits + 1;
    private static readonly int s_maxExponent = (1 << (TFormat.ExponentBits - 1)) - 1;
    private static readonly int s_minExponent = 1 - s_maxExponent;
    private static readonly ulong s_infinity = ((1UL << TFormat.ExponentBits) - 1) << TFormat.FractionBits;
    private static readonly ulong s_signBit = 1UL << (TFormat.ExponentBits + TFormat.FractionBits);
    private static readonly ulong s_quietBit = 1UL << (TFormat.FractionBits - 1);

    public FloatFlags Flags { get; private set; }

    public ulong Add(ulong a, ulong b)
    {
        if (TryNonFinite(out ulong special, static v => v[0] + v[1], a, b)) return special;
        return RoundSum(Value(a) + Value(b), a, b);
    }

    public ulong Subtract(ulong a, ulong b)
    {
        if (TryNonFinite(out ulong special, static v => v[0] - v[1], a, b)) return special;
        return RoundSum(Value(a) - Value(b), a, b ^ s_signBit);
    }

    public ulong Multiply(ulong a, ulong b)
    {
        if (TryNonFinite(out ulong special, static v => v[0] * v[1], a, b)) return special;
        return Round((a ^ b) & s_signBit, Value(a) * Value(b));
    }

    public ulong Divide(ulong a, ulong b)
    {
        if (TryNonFinite(out ulong special, static v => v[0] / v[1], a, b)) return special;
        ulong sign = (a ^ b) & s_signBit;
        if (!Value(b).IsZero) return Round(sign, Value(a) / Value(b));
        bool invalid = Value(a).IsZero;
        Flags |= invalid ? FloatFlags.Invalid : FloatFlags.DivideByZero;
        return invalid ? s_infinity | s_quietBit : sign | s_infinity;
    }

    public ulong MultiplyAdd(ulong a, ulong b, ulong c)
    {
        // Infinity times zero first: RISC-V has it invalid even beside a quiet NaN.
        if (!IsNaN(a) && !IsNaN(b) && double.IsNaN(Representative(a) * Representative(b))) Flags |= FloatFlags.Invalid;
        if (TryNonFinite(out ulong special, static v => (v[0] * v[1]) + v[2], a, b, c)) return special;
        return RoundSum((Value(a) * Value(b)) + Value(c), a ^ b, c);
    }

    public ulong SquareRoot(ulong a)
    {
        if (TryNonFinite(out ulong special, static v => Math.Sqrt(v[0]), a)) return special;
        Rational value = Value(a);
        if (value.IsZero) return a;
        if (value.Numerator.Sign < 0)
        {
            Flags |= FloatFlags.Invalid;
            return s_infinity | s_quietBit;
        }

        // The root with more bits than any format has, and one more bit that says whether it goes on.
        const int Extra = 1200;
        BigInteger scaled = (value.Numerator << (2 * Extra)) / value.Denominator;
        BigInteger root = Root(scaled);
        bool exact = root * root == scaled && scaled * value.Denominator == value.Numerator << (2 * Extra);
        return Round(0, new Rational((root << 1) + (exact ? 0 : 1), BigInteger.One << (Extra + 1)));
    }

    public ulong ConvertFrom<TSource>(ulong a)
        where TSource : struct, IFloatFormat
    {
        var source = new ExactFloat<TSource>(mode);
        if (source.TryNonFinite(out ulong special, static v => v[0], a))
        {
            Flags |= source.Flags;
            if (ExactFloat<TSource>.IsNaN(special)) return s_infinity | s_quietBit;
            return s_infinity | (special == ExactFloat<TSource>.s_infinity ? 0 : s_signBit);
        }

        return Round((a & ExactFloat<TSource>.s_signBit) != 0 ? s_signBit : 0, ExactFloat<TSource>.Value(a));
    }

    public ulong FromInteger(BigInteger value) => Round(value.Sign < 0 ? s_signBit : 0, new Rational(value, 1));

    /// <summary>The integer nearest in the rounding direction, within limits as RISC-V wants it.</summary>
    public BigInteger ToInteger(ulong a, BigInteger minimum, BigInteger maximum)
    {
        bool negative = (a & s_signBit) != 0;
        if ((a & s_infinity) != s_infinity)
        {
            BigInteger rounded = RoundToUnit(Value(a).Abs(), 0, negative, out bool inexact);
            if (negative) rounded = -rounded;
            if (rounded >= minimum && rounded <= maximum)
            {
                if (inexact) Flags |= FloatFlags.Inexact;
                return rounded;
            }
        }

        Flags |= FloatFlags.Invalid;
        return negative && !IsNaN(a) ? minimum : maximum;
    }

    public ulong RoundToIntegral(ulong a)
    {
        if (TryNonFinite(out ulong special, static v => v[0], a)) return special;
        ulong sign = a & s_signBit;
        BigInteger rounded = RoundToUnit(Value(a).Abs(), 0, sign != 0, out bool inexact);
        ulong result = Round(sign, new Rational(rounded, 1));
        if (inexact) Flags |= FloatFlags.Inexact;
        return result;
    }

    private static bool IsNaN(ulong a) => (a & (s_signBit - 1)) > s_infinity;

    /// <summary>A number of the host's that behaves alike among infinities and zeros.</summary>
    private static double Representative(ulong a)
    {
        ulong magnitude = a & (s_signBit - 1);
        double absolute = magnitude == 0 ? 0 : magnitude < s_infinity ? 1 : magnitude == s_infinity ? double.PositiveInfinity : double.NaN;
        return (a & s_signBit) != 0 ? -absolute : absolute;
    }

    private static Rational Value(ulong a)
    {
        int exponent = (int)((a & s_infinity) >> TFormat.FractionBits);
        BigInteger significand = a & ((1UL << TFormat.FractionBits) - 1);
        if (exponent != 0) significand += 1UL << TFormat.FractionBits;
        if ((a & s_signBit) != 0) significand = -significand;
        int scale = Math.Max(exponent, 1) - s_maxExponent - TFormat.FractionBits;
        return scale >= 0 ? new Rational(significand << scale, 1) : new Rational(significand, BigInteger.One << -scale);
    }

    private static BigInteger Root(BigInteger value)
    {
        // Newton's iteration from above descends to the floor.
        BigInteger root = BigInteger.One << (int)((value.GetBitLength() + 1) / 2);
        while (true)
        {
            BigInteger next = (root + (value / root)) >> 1;
            if (next >= root) return root;
            root = next;
        }
    }

    private bool TryNonFinite(out ulong result, Func<double[], double> operation, params ulong[] operands)
    {
        result = 0;
        if (operands.All(o => (o & s_infinity) != s_infinity)) return false;
        bool nan = operands.Any(IsNaN);
        if (operands.Any(o => IsNaN(o) && (o & s_quietBit) == 0)) Flags |= FloatFlags.Invalid;
        double outcome = operation([.. operands.Select(Representative)]);
        if (double.IsNaN(outcome))
        {
            if (!nan) Flags |= FloatFlags.Invalid;
            result = s_infinity | s_quietBit;
            return true;
        }

        result = (double.IsNegative(outcome) ? s_signBit : 0) | (double.IsInfinity(outcome) ? s_infinity : 0);
        return true;
    }

    /// <summary>A sum of terms with the given signs (IEEE 754-2019, 6.3, for the sign of zero).</summary>
    private ulong RoundSum(Rational sum, ulong signOfFirst, ulong signOfSecond)
    {
        if (!sum.IsZero) return Round(sum.Numerator.Sign < 0 ? s_signBit : 0, sum);
        bool same = ((signOfFirst ^ signOfSecond) & s_signBit) == 0;
        if (same) return signOfFirst & s_signBit;
        return mode == RoundingMode.Down ? s_signBit : 0;
    }

    private ulong Round(ulong sign, Rational value)
    {
        if (value.IsZero) return sign;
        value = value.Abs();
        bool negative = sign != 0;
        int exponent = value.FloorLog2();
        BigInteger unbounded = RoundToUnit(value, exponent - s_precision + 1, negative, out _);
        bool tiny = exponent + (unbounded.GetBitLength() > s_precision ? 1 : 0) < s_minExponent;

        int unit = Math.Max(exponent, s_minExponent) - s_precision + 1;
        BigInteger significand = RoundToUnit(value, unit, negative, out bool inexact);
        if (significand.GetBitLength() > s_precision)
        {
            significand >>= 1;
            unit++;
        }

        if (unit + s_precision - 1 > s_maxExponent)
        {
            Flags |= FloatFlags.Overflow | FloatFlags.Inexact;
            bool infinite = mode is RoundingMode.NearestEven or RoundingMode.NearestMaxMagnitude
                || mode == (negative ? RoundingMode.Down : RoundingMode.Up);
            return sign | (infinite ? s_infinity : s_infinity - 1);
        }

        if (inexact) Flags |= tiny ? FloatFlags.Underflow | FloatFlags.Inexact : FloatFlags.Inexact;
        if (significand.GetBitLength() < s_precision) return sign | (ulong)significand;
        ulong biased = (ulong)(unit + s_precision - 1 + s_maxExponent);
        return sign | (biased << TFormat.FractionBits) | ((ulong)significand & ((1UL << TFormat.FractionBits) - 1));
    }

    /// <summary>A magnitude in units of a power of two, rounded to an integer.</summary>
    private BigInteger RoundToUnit(Rational magnitude, int unit, bool negative, out bool inexact)
    {
        BigInteger numerator = unit < 0 ? magnitude.Numerator << -unit : magnitude.Numerator;
        BigInteger denominator = unit > 0 ? magnitude.Denominator << unit : magnitude.Denominator;
        BigInteger floor = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        inexact = !rest.IsZero;
        int toHalf = (rest << 1).CompareTo(denominator);
        bool up = mode switch
        {
            RoundingMode.NearestEven => toHalf > 0 || (toHalf == 0 && !floor.IsEven),
            RoundingMode.NearestMaxMagnitude => toHalf >= 0,
            RoundingMode.Up => inexact && !negative,
            RoundingMode.Down => inexact && negative,
            _ => false,
        };
        return up ? floor + 1 : floor;
    }
}
