using Mimus.Boards.Pc;
using Mimus.Boards.RiscV;

namespace Mimus.Boards;

/// <summary>All boards, by architecture.</summary>
public static class BoardCatalog
{
    public static IReadOnlyList<IBoard> RiscV { get; } = [new VirtBoard()];

    public static IReadOnlyList<IBoard> X86 { get; } = [new PcBoard()];

    /// <summary>Finds a board, or says which name may have been meant.</summary>
    public static IBoard Find(string name, IReadOnlyList<IBoard> boards) => boards.FirstOrDefault(b => b.Name == name)
        ?? throw new ConfigurationException($"there is no machine '{name}'{Suggestion.For(name, boards.Select(b => b.Name))}; '-machine help' lists all");
}
