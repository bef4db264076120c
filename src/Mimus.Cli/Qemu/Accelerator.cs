using Mimus.Boards;
using Mimus.Translation;

namespace Mimus.Cli.Qemu;

/// <summary>The engines that can be asked for, and the choice among several.</summary>
internal static class Accelerator
{
    public static IReadOnlyList<string> Names => Engines.Names;

    private static readonly string[] s_elsewhere = ["kvm", "hvf", "xen", "whpx", "nvmm"];

    /// <summary>Chooses the first one that is there; the wish may be several options and lists such as <c>kvm:tcg</c>.</summary>
    public static string Choose(IReadOnlyList<string> wishes)
    {
        foreach (var wish in wishes)
        {
            if (Names.Contains(wish)) return wish;
            if (!s_elsewhere.Contains(wish))
                throw new ConfigurationException($"there is no accelerator '{wish}'{Suggestion.For(wish, Names)}; '-accel help' lists all");
        }
        return wishes.Count == 0 ? Names[0]
            : throw new ConfigurationException($"accelerator '{wishes[0]}' is not available for this machine on this host; use -accel tcg or leave it out");
    }
}
