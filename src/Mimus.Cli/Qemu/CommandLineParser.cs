using Mimus.Boards;

namespace Mimus.Cli.Qemu;

/// <summary>Walks over the words of a command line and lets the rows of the table take them.</summary>
internal static class CommandLineParser
{
    public static void Parse(ReadOnlySpan<string> words, QemuRequest request)
    {
        for (var i = 0; i < words.Length && request.Answer is null; i++)
        {
            var word = words[i];
            if (word.Length < 2 || word[0] != '-')
            {
                // A word alone is the first disk.
                BlockOptions.AddDiskFile(request, 0, word);
                continue;
            }
            var name = word[(word.StartsWith("--", StringComparison.Ordinal) ? 2 : 1)..];
            var row = OptionTable.Find(name) ?? throw Unknown(name);
            if (row.Argument.Length == 0) row.Apply(request, "");
            else if (++i < words.Length) row.Apply(request, words[i]);
            else throw new ConfigurationException($"option '-{name}' needs an argument: -{name} {row.Argument}");
        }
    }

    private static ConfigurationException Unknown(string name) =>
        new($"there is no option '-{name}'{Suggestion.For("-" + name, OptionTable.Groups.SelectMany(g => g.Rows).Select(r => "-" + r.Name))}; '-help' lists all");
}
