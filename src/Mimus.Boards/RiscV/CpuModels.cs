using Mimus.Isa.RiscV;

namespace Mimus.Boards.RiscV;

/// <summary>Processor models that can be asked for, and the grammar of their properties.</summary>
public static class CpuModels
{
    private static readonly Model[] s_models =
    [
        new("rv64", Profiles.Rv64),
        new("rv64i", Extension.I | Extension.Zicsr | Extension.Zifencei | Extension.U | Extension.S | Extension.Zicntr),
        new("max", Profiles.Max),
    ];

    public static IEnumerable<string> Names => s_models.Select(m => m.Name);

    /// <summary>Parses <c>MODEL[,+ext][,-ext][,ext=on|off]...</c>.</summary>
    public static RiscVConfiguration Parse(string? text)
    {
        var words = (text ?? "rv64").Split(',');
        var model = s_models.FirstOrDefault(m => m.Name == words[0])
            ?? throw new ConfigurationException($"there is no processor model '{words[0]}'{Suggestion.For(words[0], Names)}; '-cpu help' lists all");
        var configuration = new RiscVConfiguration { Extensions = model.Extensions };
        foreach (var word in words.Skip(1).Where(w => w.Length > 0)) configuration = Apply(configuration, word);
        return configuration;
    }

    private static RiscVConfiguration Apply(RiscVConfiguration configuration, string word)
    {
        bool on;
        string name;
        if (word[0] is '+' or '-')
        {
            on = word[0] == '+';
            name = word[1..];
        }
        else
        {
            var parts = word.Split('=', 2);
            name = parts[0];
            var value = parts.Length > 1 ? parts[1] : "on";
            if (name == "pmp")
            {
                return configuration with { PmpEntries = IsOn(word, value) ? 16 : 0 };
            }
            on = IsOn(word, value);
        }
        var found = Profiles.Names.FirstOrDefault(n => n.Name == name);
        if (found is null)
            throw new ConfigurationException($"the processor has no property '{name}'{Suggestion.For(name, Profiles.Names.Select(n => n.Name).Append("pmp"))}");
        var extensions = on ? configuration.Extensions | found.Extension : configuration.Extensions & ~found.Extension;
        return configuration with { Extensions = extensions };
    }

    private sealed record Model(string Name, Extension Extensions);

    private static bool IsOn(string word, string value) => value switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        _ => throw new ConfigurationException($"processor property '{word}' must be on or off"),
    };
}
