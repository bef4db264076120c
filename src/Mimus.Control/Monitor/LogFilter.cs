using System.Globalization;
using Mimus.Boards;
using Mimus.Core.Diagnostics;

namespace Mimus.Control.Monitor;

/// <summary>Reads which addresses a log is limited to: <c>START..END</c>, <c>START+SIZE</c> or <c>LAST-SIZE</c>, with commas between several.</summary>
public static class LogFilter
{
    public static AddressFilter Parse(string where, string text) => new([.. text.Split(',').Select(r => ParseRange(where, r))]);

    private static (ulong First, ulong Last) ParseRange(string where, string text)
    {
        var at = text.AsSpan().IndexOfAny('.', '+', '-');
        var isTwoDots = at >= 0 && text.AsSpan(at).StartsWith("..");
        if (at < 0 || (text[at] == '.' && !isTwoDots) || !TryParse(text.AsSpan(0, at), out var start) || !TryParse(text.AsSpan(at + (isTwoDots ? 2 : 1)), out var other))
            throw new ConfigurationException($"{where}: '{text}' is no range of addresses; write START..END, START+SIZE or LAST-SIZE");
        if (isTwoDots) return start <= other ? (start, other) : throw new ConfigurationException($"{where}: '{text}' ends before it begins");
        if (other == 0) throw new ConfigurationException($"{where}: '{text}' has no size");
        // What would reach beyond the first or last address ends there.
        return text[at] == '+'
            ? (start, start > ulong.MaxValue - (other - 1) ? ulong.MaxValue : start + (other - 1))
            : (start < other - 1 ? 0 : start - (other - 1), start);
    }

    private static bool TryParse(ReadOnlySpan<char> text, out ulong value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
