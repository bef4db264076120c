using System.Globalization;
using Mimus.Boards;

namespace Mimus.Cli.Qemu;

/// <summary>
/// The argument of one option as keys and values: <c>key=value,key=value</c> with <c>,,</c> for a comma in a value, or a JSON
/// object. Handlers take what they know; <see cref="Finish"/> refuses the rest.
/// </summary>
internal sealed class PropertyList
{
    private readonly string _option;
    private readonly List<Property> _pairs;
    private readonly List<string> _known = [];

    private PropertyList(string option, List<Property> pairs)
    {
        _option = option;
        _pairs = pairs;
    }

    /// <param name="option">The option, for messages.</param>
    /// <param name="text">Its argument.</param>
    /// <param name="impliedKey">The key of a first value that has none, as in <c>-machine virt</c>.</param>
    public static PropertyList Parse(string option, string text, string? impliedKey = null)
    {
        if (text.StartsWith('{')) return new PropertyList(option, JsonProperties.Parse(option, text));
        var pairs = new List<Property>();
        foreach (var part in Split(text))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0) pairs.Add(new Property(part[..equals], part[(equals + 1)..]));
            else if (pairs.Count == 0 && impliedKey is not null && !IsHelp(part)) pairs.Add(new Property(impliedKey, part));
            // The old spelling of switches: "nowait" for wait=off.
            else if (part.StartsWith("no", StringComparison.Ordinal) && part.Length > 2) pairs.Add(new Property(part[2..], "off"));
            else if (part.Length > 0) pairs.Add(new Property(part, "on"));
        }
        return new PropertyList(option, pairs);
    }

    public static bool IsHelp(string text) => text is "help" or "?";

    /// <summary>Whether a list of possible values is asked for.</summary>
    public bool AsksForHelp => _pairs.Exists(p => IsHelp(p.Key));

    /// <summary>Takes the last value of a key.</summary>
    public string? Take(string key)
    {
        _known.Add(key);
        string? value = null;
        foreach (var pair in _pairs)
        {
            if (pair.Key == key) value = pair.Value;
        }
        if (value is not null) _pairs.RemoveAll(p => p.Key == key);
        return value;
    }

    public string Require(string key) => Take(key) ?? throw new ConfigurationException($"{_option} needs {key}=...");

    public bool TakeSwitch(string key, bool standard) => Take(key) switch
    {
        null => standard,
        "on" or "true" or "yes" or "y" => true,
        "off" or "false" or "no" or "n" => false,
        var other => throw new ConfigurationException($"{_option}: '{key}' must be on or off, not '{other}'"),
    };

    public ulong? TakeNumber(string key) => Take(key) is not { } text ? null
        : Quantity.TryNumber(text, out var value) ? value
        : throw new ConfigurationException($"{_option}: '{key}' must be a number, not '{text}'");

    public int TakeCount(string key, int standard) => Take(key) is not { } text ? standard
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : throw new ConfigurationException($"{_option}: '{key}' must be a whole number, not '{text}'");

    /// <summary>Takes one of a few words.</summary>
    public string TakeOneOf(string key, string standard, params string[] words)
    {
        var value = Take(key) ?? standard;
        return words.Contains(value) ? value
            : throw new ConfigurationException($"{_option}: '{key}' cannot be '{value}'{Suggestion.For(value, words)}; it is one of {string.Join(", ", words)}");
    }

    /// <summary>Takes keys that mean nothing here and do no harm.</summary>
    public void Ignore(params string[] keys)
    {
        foreach (var key in keys) Take(key);
    }

    /// <summary>Everything that is left, for those who check it themselves.</summary>
    public Dictionary<string, string> TakeAll()
    {
        var all = new Dictionary<string, string>();
        foreach (var pair in _pairs) all[pair.Key] = pair.Value;
        _pairs.Clear();
        return all;
    }

    /// <summary>Refuses a key that nobody has asked for.</summary>
    public void Finish()
    {
        if (_pairs.Count == 0) return;
        var key = _pairs[0].Key;
        throw new ConfigurationException($"{_option} has no property '{key}'{Suggestion.For(key, _known)}; it has {string.Join(", ", _known)}");
    }

    /// <summary>Splits at single commas; two of them are one comma of the value.</summary>
    private static List<string> Split(string text)
    {
        var parts = new List<string>();
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != ',') continue;
            if (i + 1 < text.Length && text[i + 1] == ',')
            {
                i++;
                continue;
            }
            parts.Add(Unescape(text[start..i]));
            start = i + 1;
        }
        parts.Add(Unescape(text[start..]));
        return parts;
    }

    private static string Unescape(string part) => part.Replace(",,", ",", StringComparison.Ordinal);
}
