using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.Tests.FloatingPoint;

/// <summary>Comparisons against the host's <c>ucomis</c> and <c>comis</c>, and what follows from them for minimum and maximum.</summary>
public sealed class HostComparisonTests
{
    private const int Cases = 200_000;

    // RFLAGS after (u)comis (Intel SDM volume 2): unordered sets all three, less sets CF, equal sets ZF.
    private const ulong Carry = 1;
    private const ulong Parity = 1 << 2;
    private const ulong Zero = 1 << 6;

    [HostTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Comparisons_equal_the_host(bool single)
    {
        if (single) Compare<Binary32>(HostOperation.CompareSingleQuiet, HostOperation.CompareSingleSignaling);
        else Compare<Binary64>(HostOperation.CompareDoubleQuiet, HostOperation.CompareDoubleSignaling);
    }

    private static void Compare<TFormat>(HostOperation quiet, HostOperation signaling)
        where TFormat : struct, IFloatFormat
    {
        var generator = new OperandGenerator<TFormat>(Check.SeedFor((int)quiet));
        for (int i = 0; i < Cases; i++)
        {
            generator.Next(out ulong a, out ulong b);
            ulong relation = HostFpu.Run(quiet, RoundingMode.NearestEven, a, b, 0, out FloatFlags quietFlags) & (Carry | Parity | Zero);
            _ = HostFpu.Run(signaling, RoundingMode.NearestEven, a, b, 0, out FloatFlags signalingFlags);
            bool unordered = (relation & Parity) != 0;
            bool less = !unordered && (relation & Carry) != 0;
            bool equal = !unordered && (relation & Zero) != 0;

            One("equal", SoftFloat<TFormat>.CompareEqual, equal, quietFlags);
            One("less", SoftFloat<TFormat>.CompareLess, less, signalingFlags);
            One("less or equal", SoftFloat<TFormat>.CompareLessOrEqual, less || equal, signalingFlags);
            One("less, quiet", SoftFloat<TFormat>.CompareLessQuiet, less, quietFlags);
            One("less or equal, quiet", SoftFloat<TFormat>.CompareLessOrEqualQuiet, less || equal, quietFlags);

            ulong nan = SoftFloat<TFormat>.CanonicalNaN;
            // Among zeros the order is that of the signs.
            bool first = less || (equal && (a & SoftFloat<TFormat>.SignBit) != 0);
            (ulong minimum, ulong maximum) = first ? (a, b) : (b, a);
            (ulong minimumNumber, ulong maximumNumber) = (minimum, maximum);
            if (unordered)
            {
                ulong number = !SoftFloat<TFormat>.IsNaN(a) ? a : !SoftFloat<TFormat>.IsNaN(b) ? b : nan;
                (minimumNumber, maximumNumber, minimum, maximum) = (number, number, nan, nan);
            }

            Two("minimumNumber", SoftFloat<TFormat>.Minimum, minimumNumber);
            Two("maximumNumber", SoftFloat<TFormat>.Maximum, maximumNumber);
            Two("minimum", SoftFloat<TFormat>.MinimumM, minimum);
            Two("maximum", SoftFloat<TFormat>.MaximumM, maximum);

            void One(string what, Predicate predicate, bool expected, FloatFlags flags)
            {
                FloatContext context = default;
                ulong actual = predicate(a, b, ref context) ? 1UL : 0UL;
                Check.Same(what, RoundingMode.NearestEven, a, b, 0, actual, context.Flags, expected ? 1UL : 0UL, flags);
            }

            // The flag of a quiet comparison: invalid for a signalling NaN only.
            void Two(string what, Selection selection, ulong expected)
            {
                FloatContext context = default;
                ulong actual = selection(a, b, ref context);
                Check.Same(what, RoundingMode.NearestEven, a, b, 0, actual, context.Flags, expected, quietFlags);
            }
        }
    }

    private delegate bool Predicate(ulong a, ulong b, ref FloatContext context);

    private delegate ulong Selection(ulong a, ulong b, ref FloatContext context);
}
