using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>The constants of fli (Zfa, table of immediate values), as doubles; entry 1 is each format's smallest normal number.</summary>
internal static class FloatConstants
{
    private const int SmallestNormal = 1;

    private static ReadOnlySpan<double> Values =>
    [
        -1, 0, 1.0 / 65536, 1.0 / 32768, 1.0 / 256, 1.0 / 128, 0.0625, 0.125, 0.25, 0.3125, 0.375, 0.4375, 0.5, 0.625, 0.75, 0.875,
        1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 8, 16, 128, 256, 32768, 65536, double.PositiveInfinity, double.NaN,
    ];

    public static ulong Bits<TFormat>(int index) where TFormat : struct, IFloatFormat
    {
        if (index == SmallestNormal) return 1ul << TFormat.FractionBits;
        var value = Values[index];
        if (double.IsNaN(value)) return SoftFloat<TFormat>.CanonicalNaN;
        // All are exact in every format but 65536 in half precision, which the manual makes infinity.
        var context = new FloatContext(RoundingMode.NearestEven);
        return SoftFloat<TFormat>.ConvertFrom<Binary64>(BitConverter.DoubleToUInt64Bits(value), ref context);
    }
}
