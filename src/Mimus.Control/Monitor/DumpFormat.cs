using System.Globalization;

namespace Mimus.Control.Monitor;

/// <summary>How values are shown: <c>/COUNT FORMAT SIZE</c>, such as <c>/4xg</c>.</summary>
/// <param name="Count">How many.</param>
/// <param name="Format">x, d, u, o or c.</param>
/// <param name="Size">Bytes in each.</param>
internal readonly record struct DumpFormat(int Count, char Format, int Size)
{
    private const int MaximumCount = 4096;

    /// <summary>Takes a format from the start of a command's arguments.</summary>
    public static DumpFormat TakeFrom(ref string arguments, DumpFormat standard)
    {
        if (!arguments.StartsWith('/')) return standard;
        var end = arguments.IndexOf(' ', StringComparison.Ordinal);
        var text = end < 0 ? arguments[1..] : arguments[1..end];
        arguments = end < 0 ? "" : arguments[end..].Trim();
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var result = standard;
        if (digits > 0)
        {
            if (!int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is 0 or > MaximumCount)
                throw new FormatException($"the count must be from 1 to {MaximumCount}");
            result = result with { Count = count };
        }
        foreach (var letter in text.AsSpan(digits))
        {
            result = letter switch
            {
                'x' or 'd' or 'u' or 'o' or 'c' => result with { Format = letter },
                'b' => result with { Size = 1 },
                'h' => result with { Size = 2 },
                'w' => result with { Size = 4 },
                'g' => result with { Size = 8 },
                _ => throw new FormatException($"'{letter}' is neither a format (x d u o c) nor a size (b h w g)"),
            };
        }
        return result;
    }

    public string Show(ulong value) => Format switch
    {
        'd' => SignExtend(value).ToString(CultureInfo.InvariantCulture),
        'u' => value.ToString(CultureInfo.InvariantCulture),
        'o' => "0" + Octal(value),
        'c' => value is >= 0x20 and < 0x7f ? $"'{(char)value}'" : $"'\\x{value & 0xff:x2}'",
        _ => "0x" + value.ToString($"x{Size * 2}", CultureInfo.InvariantCulture),
    };

    private long SignExtend(ulong value)
    {
        var shift = 64 - (Size * 8);
        return (long)(value << shift) >> shift;
    }

    private static string Octal(ulong value)
    {
        var digits = "";
        for (; value != 0; value >>= 3) digits = (char)('0' + (value & 7)) + digits;
        return digits;
    }
}
