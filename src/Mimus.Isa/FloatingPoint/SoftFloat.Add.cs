namespace Mimus.Isa.FloatingPoint;

public static partial class SoftFloat<TFormat>
{
    public static ulong Add(ulong a, ulong b, ref FloatContext context) => Sum(a, b, 0, ref context);

    public static ulong Subtract(ulong a, ulong b, ref FloatContext context) => Sum(a, b, SignBit, ref context);

    /// <summary><c>a + b</c>, the sign of <c>b</c> changed by <c>flip</c> (which a NaN is not subject to).</summary>
    private static ulong Sum(ulong a, ulong b, ulong flip, ref FloatContext context)
    {
        ulong signA = a & SignBit;
        ulong signB = (b ^ flip) & SignBit;
        if (Exponent(a) == MaxExponent || Exponent(b) == MaxExponent) return SumOfSpecial(a, b, flip, ref context);

        // The larger magnitude first: its sign is the result's.
        if (Magnitude(a) < Magnitude(b)) (a, b, signA, signB) = (b, a, signB, signA);
        ulong large = Unpack(a, out int exponent);
        ulong small = Unpack(b, out int smallExponent);
        int distance = exponent - smallExponent;
        // Ten guard bits are enough for a jammed subtraction: with a distance above one at most one leading bit cancels.
        if (distance != 0) small = ShiftRightJam(small, distance);

        if (signA == signB)
        {
            ulong sum = large + small;
            return sum == 0 ? signA : NormalizeRoundPack(signA, exponent, sum, ref context);
        }

        ulong difference = large - small;
        return difference == 0
            ? ZeroOfCancellation(context.Rounding)
            : NormalizeRoundPack(signA, exponent, difference, ref context);
    }

    /// <summary>The sum of two operands of opposite signs that is exactly zero (IEEE 754-2019, 6.3).</summary>
    private static ulong ZeroOfCancellation(RoundingMode mode) => mode == RoundingMode.Down ? SignBit : 0;

    private static ulong SumOfSpecial(ulong a, ulong b, ulong flip, ref FloatContext context)
    {
        if (IsNaN(a) || IsNaN(b)) return NaNResult(a, b, ref context);
        b ^= flip;
        if (Magnitude(a) != Infinity) return b;
        return Magnitude(b) == Infinity && a != b ? InvalidResult(ref context) : a;
    }
}
