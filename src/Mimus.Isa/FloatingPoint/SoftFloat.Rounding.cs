using System.Numerics;
using System.Runtime.CompilerServices;

namespace Mimus.Isa.FloatingPoint;

public static partial class SoftFloat<TFormat>
{
    /// <summary>Shifts right by 1 or more; what falls out sets bit 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ShiftRightJam(ulong value, int count)
    {
        if (count >= 64) return value != 0 ? 1UL : 0UL;
        return (value >> count) | ((value << (64 - count)) != 0 ? 1UL : 0UL);
    }

    /// <summary>Rounds and encodes a significand whose leading one may be anywhere, bit 63 included; not zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong NormalizeRoundPack(ulong sign, int exponent, ulong significand, ref FloatContext context)
    {
        int shift = BitOperations.LeadingZeroCount(significand) - 1;
        significand = shift < 0 ? (significand >> 1) | (significand & 1) : significand << shift;
        return RoundPack(sign, exponent - shift, significand, ref context);
    }

    /// <summary>Rounds and encodes a normalised significand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong RoundPack(ulong sign, int exponent, ulong significand, ref FloatContext context)
    {
        // Exponents from 1 to two below the largest neither underflow nor, by a carry out of rounding, overflow.
        if ((uint)(exponent - 1) >= (uint)(MaxExponent - 2)) return RoundPackEdge(sign, exponent, significand, ref context);
        ulong rounded = Round(sign, significand, context.Rounding, out bool inexact);
        context.RaiseInexactIf(inexact);
        return sign | Assemble(exponent, rounded);
    }

    /// <summary>The encoding; the significand's leading one adds the last 1 to the exponent, a carry out of rounding another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Assemble(int exponent, ulong rounded) => ((ulong)(exponent - 1) << TFormat.FractionBits) + rounded;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Round(ulong sign, ulong significand, RoundingMode mode, out bool inexact)
    {
        ulong kept = significand >> RoundShift;
        ulong fraction = significand << (64 - RoundShift);
        inexact = fraction != 0;
        return kept + Rounding.Increment(mode, sign != 0, kept & 1, fraction);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong RoundPackEdge(ulong sign, int exponent, ulong significand, ref FloatContext context)
    {
        ulong rounded = Round(sign, significand, context.Rounding, out bool inexact);
        bool carried = rounded > FractionMask + FractionMask + 1;
        if (exponent > 0)
        {
            if (exponent + (carried ? 1 : 0) >= MaxExponent)
            {
                context.Raise(FloatFlags.Overflow | FloatFlags.Inexact);
                return sign | (Rounding.OverflowsToInfinity(context.Rounding, sign != 0) ? Infinity : Infinity - 1);
            }

            context.RaiseInexactIf(inexact);
            return sign | Assemble(exponent, rounded);
        }

        // Tininess after rounding (IEEE 754-2019, 7.5 a): as though the exponent were unbounded, hence `rounded` above, at
        // full precision. The result itself is rounded once, from the unrounded significand, at a subnormal's precision.
        bool tiny = exponent < 0 || !carried;
        rounded = Round(sign, ShiftRightJam(significand, 1 - exponent), context.Rounding, out inexact);
        if (inexact) context.Raise(tiny ? FloatFlags.Underflow | FloatFlags.Inexact : FloatFlags.Inexact);
        return sign | rounded;
    }
}
