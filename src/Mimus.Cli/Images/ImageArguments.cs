using System.Globalization;
using Mimus.Boards;

namespace Mimus.Cli.Images;

/// <summary>
/// The options and operands of a verb, as <c>qemu-img</c> takes them: short options may be run together and have their value behind
/// them, operands may stand anywhere, <c>--</c> ends the options.
/// </summary>
internal sealed class ImageArguments
{
    private readonly List<Option> _options = [];

    /// <param name="verb">Whose they are, for errors.</param>
    /// <param name="arguments">What stands behind the verb.</param>
    /// <param name="known">The options: a letter, or a word of several, with <c>:</c> behind it where a value belongs to it.</param>
    public ImageArguments(string verb, ReadOnlySpan<string> arguments, string known)
    {
        Verb = verb;
        var takesValue = new Dictionary<string, bool>();
        foreach (var option in known.Split(' ', StringSplitOptions.RemoveEmptyEntries)) takesValue.Add(option.TrimEnd(':'), option.EndsWith(':'));
        for (var i = 0; i < arguments.Length; i++)
        {
            var text = arguments[i];
            if (text == "--")
            {
                Operands.AddRange(arguments[(i + 1)..]);
                break;
            }
            if (text.Length < 2 || text[0] != '-')
            {
                Operands.Add(text);
                continue;
            }
            if (text[1] == '-')
            {
                var equals = text.IndexOf('=', StringComparison.Ordinal);
                var name = text[2..(equals < 0 ? text.Length : equals)];
                Check(name.Length > 1 && takesValue.ContainsKey(name), "--" + name, takesValue.Keys);
                if (!takesValue[name]) Check(equals < 0, text, takesValue.Keys);
                _options.Add(new Option(name, !takesValue[name] ? "" : equals >= 0 ? text[(equals + 1)..] : Next(arguments, ref i, text)));
                continue;
            }
            for (var at = 1; at < text.Length; at++)
            {
                var name = text[at..(at + 1)];
                Check(takesValue.TryGetValue(name, out var hasValue), "-" + name, takesValue.Keys);
                if (!hasValue)
                {
                    _options.Add(new Option(name, ""));
                    continue;
                }
                _options.Add(new Option(name, at + 1 < text.Length ? text[(at + 1)..] : Next(arguments, ref i, text)));
                break;
            }
        }
    }

    public string Verb { get; }

    public List<string> Operands { get; } = [];

    public bool Has(string name) => _options.Exists(o => o.Name == name);

    /// <summary>The value that was given last.</summary>
    public string? Get(string name) => _options.FindLast(o => o.Name == name)?.Value;

    public IEnumerable<string> GetAll(string name) => _options.Where(o => o.Name == name).Select(o => o.Value);

    public void RequireOperands(int least, int most, string what)
    {
        if (Operands.Count < least || Operands.Count > most) throw new ConfigurationException($"{Verb}: {what} belongs to it, and {Operands.Count} were given; see 'mimus-img --help'");
    }

    /// <summary>A size, with or without a unit.</summary>
    public static long Size(string what, string text) => Quantity.TrySize(text, 'B', out var bytes) && bytes <= long.MaxValue
        ? (long)bytes
        : throw new ConfigurationException($"{what}: '{text}' is not a size; write for instance 512M or 10G");

    public static long Number(string what, string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw new ConfigurationException($"{what}: '{text}' is not a number");

    /// <summary>Whether the answer is to be JSON.</summary>
    public bool WantsJson => Get("output") switch
    {
        null or "human" => false,
        "json" => true,
        var other => throw new ConfigurationException($"{Verb}: --output is human or json, not '{other}'"),
    };

    private string Next(ReadOnlySpan<string> arguments, ref int i, string option) =>
        ++i < arguments.Length ? arguments[i] : throw new ConfigurationException($"{Verb}: a value belongs behind '{option}'");

    private void Check(bool known, string option, IEnumerable<string> all)
    {
        if (!known) throw new ConfigurationException($"{Verb}: there is no option '{option}'{Suggestion.For(option, all.Select(n => (n.Length > 1 ? "--" : "-") + n))}; see 'mimus-img --help'");
    }

    private sealed record Option(string Name, string Value);
}
