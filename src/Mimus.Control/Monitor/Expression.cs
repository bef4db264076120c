using System.Globalization;
using Mimus.Core.Cpus;

namespace Mimus.Control.Monitor;

/// <summary>Numbers and registers with plus and minus between them: <c>$sp + 0x10</c>.</summary>
internal static class Expression
{
    public static ulong Evaluate(string text, ICpuDebug cpu)
    {
        var rest = text.AsSpan().Trim();
        if (rest.IsEmpty) throw new FormatException("an address or expression is missing");
        var sum = 0ul;
        for (var negative = false; ;)
        {
            var end = rest.IndexOfAny('+', '-');
            var value = Term((end < 0 ? rest : rest[..end]).Trim(), cpu);
            sum += negative ? 0 - value : value;
            if (end < 0) return sum;
            negative = rest[end] == '-';
            rest = rest[(end + 1)..];
        }
    }

    private static ulong Term(ReadOnlySpan<char> term, ICpuDebug cpu)
    {
        if (term.StartsWith("$")) return Register(term[1..], cpu);
        var isHex = term.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (isHex ? ulong.TryParse(term[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            : ulong.TryParse(term, NumberStyles.None, CultureInfo.InvariantCulture, out value)) return value;
        throw new FormatException($"'{term}' is neither a number nor a $register");
    }

    private static ulong Register(ReadOnlySpan<char> name, ICpuDebug cpu)
    {
        foreach (var feature in cpu.Features)
        {
            foreach (var register in feature.Registers)
            {
                if (name.SequenceEqual(register.Name) && cpu.TryReadRegister(register.Number, out var value)) return value;
            }
        }
        throw new FormatException($"there is no register '{name}'; 'info registers' shows all");
    }
}
