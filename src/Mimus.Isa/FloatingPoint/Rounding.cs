using System.Runtime.CompilerServices;

namespace Mimus.Isa.FloatingPoint;

/// <summary>The decision of IEEE 754-2019, 4.3, which every operation that rounds comes to.</summary>
internal static class Rounding
{
    private const ulong Half = 1UL << 63;

    /// <summary>1 if a magnitude rounds away from zero, else 0.</summary>
    /// <param name="mode">The rounding direction.</param>
    /// <param name="negative">The sign of the value.</param>
    /// <param name="lowBit">The last bit that is kept: 0 or 1.</param>
    /// <param name="fraction">
    /// What is cut off, in units of 2^-64 of the last kept bit; its lowest bit stands for everything below it.
    /// </param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Increment(RoundingMode mode, bool negative, ulong lowBit, ulong fraction)
    {
        // The low bit joined in makes an exact half of an odd number more than half, and changes no other comparison.
        bool away = mode == RoundingMode.NearestEven
            ? (fraction | lowBit) > Half
            : IncrementDirected(mode, negative, fraction);
        return away ? 1UL : 0UL;
    }

    private static bool IncrementDirected(RoundingMode mode, bool negative, ulong fraction) => mode switch
    {
        RoundingMode.Down => negative && fraction != 0,
        RoundingMode.Up => !negative && fraction != 0,
        RoundingMode.NearestMaxMagnitude => fraction >= Half,
        _ => false,
    };

    /// <summary>Whether a magnitude too large becomes infinity rather than the largest finite number (IEEE 754-2019, 7.4).</summary>
    public static bool OverflowsToInfinity(RoundingMode mode, bool negative) =>
        Increment(mode, negative, lowBit: 1, fraction: ulong.MaxValue) != 0;
}
