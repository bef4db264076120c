using System.Runtime.CompilerServices;

namespace Mimus.Isa.FloatingPoint;

public static partial class SoftFloat<TFormat>
{
    /// <summary>compareQuietEqual (IEEE 754-2019, 5.11).</summary>
    public static bool CompareEqual(ulong a, ulong b, ref FloatContext context)
    {
        if (IsUnordered(a, b, signaling: false, ref context)) return false;
        return a == b || Magnitude(a | b) == 0;
    }

    /// <summary>compareSignalingLess.</summary>
    public static bool CompareLess(ulong a, ulong b, ref FloatContext context) =>
        !IsUnordered(a, b, signaling: true, ref context) && IsLess(a, b);

    /// <summary>compareSignalingLessEqual.</summary>
    public static bool CompareLessOrEqual(ulong a, ulong b, ref FloatContext context) =>
        !IsUnordered(a, b, signaling: true, ref context) && !IsLess(b, a);

    /// <summary>compareQuietLess.</summary>
    public static bool CompareLessQuiet(ulong a, ulong b, ref FloatContext context) =>
        !IsUnordered(a, b, signaling: false, ref context) && IsLess(a, b);

    /// <summary>compareQuietLessEqual.</summary>
    public static bool CompareLessOrEqualQuiet(ulong a, ulong b, ref FloatContext context) =>
        !IsUnordered(a, b, signaling: false, ref context) && !IsLess(b, a);

    /// <summary>minimumNumber (IEEE 754-2019, 9.6): a number wins over a NaN, and -0 is less than +0.</summary>
    public static ulong Minimum(ulong a, ulong b, ref FloatContext context) =>
        IsUnordered(a, b, signaling: false, ref context) ? TheNumber(a, b) : Order(a) < Order(b) ? a : b;

    /// <summary>maximumNumber.</summary>
    public static ulong Maximum(ulong a, ulong b, ref FloatContext context) =>
        IsUnordered(a, b, signaling: false, ref context) ? TheNumber(a, b) : Order(a) < Order(b) ? b : a;

    /// <summary>minimum (IEEE 754-2019, 9.6; RISC-V Zfa <c>fminm</c>): a NaN wins over a number.</summary>
    public static ulong MinimumM(ulong a, ulong b, ref FloatContext context)
    {
        if (IsNaN(a) || IsNaN(b)) return NaNResult(a, b, ref context);
        return Order(a) < Order(b) ? a : b;
    }

    /// <summary>maximum (RISC-V Zfa <c>fmaxm</c>).</summary>
    public static ulong MaximumM(ulong a, ulong b, ref FloatContext context)
    {
        if (IsNaN(a) || IsNaN(b)) return NaNResult(a, b, ref context);
        return Order(a) < Order(b) ? b : a;
    }

    public static FloatClass Classify(ulong a)
    {
        ulong magnitude = Magnitude(a);
        if (magnitude > Infinity) return (a & QuietBit) != 0 ? FloatClass.QuietNaN : FloatClass.SignalingNaN;
        bool negative = IsNegative(a);
        if (magnitude == Infinity) return negative ? FloatClass.NegativeInfinity : FloatClass.PositiveInfinity;
        if (magnitude > FractionMask) return negative ? FloatClass.NegativeNormal : FloatClass.PositiveNormal;
        if (magnitude != 0) return negative ? FloatClass.NegativeSubnormal : FloatClass.PositiveSubnormal;
        return negative ? FloatClass.NegativeZero : FloatClass.PositiveZero;
    }

    private static bool IsUnordered(ulong a, ulong b, bool signaling, ref FloatContext context)
    {
        if (!IsNaN(a) && !IsNaN(b)) return false;
        if (signaling || IsSignalingNaN(a) || IsSignalingNaN(b)) context.Raise(FloatFlags.Invalid);
        return true;
    }

    private static ulong TheNumber(ulong a, ulong b)
    {
        if (!IsNaN(a)) return a;
        return IsNaN(b) ? CanonicalNaN : b;
    }

    /// <summary>Numbers as integers of the same order, -0 below +0; without a branch, since signs of data are not predictable.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long Order(ulong a)
    {
        long aligned = (long)(a << (63 - TFormat.ExponentBits - TFormat.FractionBits));
        return aligned ^ ((aligned >> 63) & long.MaxValue);
    }

    private static bool IsLess(ulong a, ulong b) => Order(a) < Order(b) && Magnitude(a | b) != 0;
}
