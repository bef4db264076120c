using System.Globalization;

namespace Mimus.Cli;

/// <summary>Numbers as people write them: decimal or hexadecimal, and sizes with K, M, G or T.</summary>
internal static class Quantity
{
    private const string Units = "BKMGTPE";

    public static bool TryNumber(string text, out ulong value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <summary>Parses <c>128M</c>, <c>1.5G</c>, <c>4096</c>; a number without a unit counts in <paramref name="standardUnit"/>.</summary>
    public static bool TrySize(string text, char standardUnit, out ulong bytes)
    {
        bytes = 0;
        if (text.Length == 0) return false;
        var digits = text.AsSpan();
        var shift = 10 * Units.IndexOf(standardUnit, StringComparison.Ordinal);
        var unit = Units.IndexOf(char.ToUpperInvariant(digits[^1]), StringComparison.Ordinal);
        if (unit >= 0)
        {
            shift = 10 * unit;
            digits = digits[..^1];
        }
        // Whole numbers are the rule, and reading fractions costs more at start-up than it seems.
        if (ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
        {
            bytes = whole << shift;
            return bytes >> shift == whole;
        }
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
        decimal factor = 1ul << shift;
        if (number > ulong.MaxValue / factor) return false;
        bytes = (ulong)(number * factor);
        return true;
    }
}
