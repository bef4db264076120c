using Mimus.Boards.Pc;
using Mimus.Boards.RiscV;

namespace Mimus.Boards;

/// <summary>All boards, by architecture.</summary>
public static class BoardCatalog
{
    public static IReadOnlyList<IBoard> RiscV { get; } = [new VirtBoard()];

    public static IReadOnlyList<IBoard> X86 { get; } = [PcBoard.I440Fx, PcBoard.Q35, new MicrovmBoard()];

    /// <summary>All architectures; where a board's name is all that is known, the first that has it is meant.</summary>
    public static IReadOnlyList<Architecture> Architectures { get; } =
    [
        new("riscv64", RiscV, "rv64", [.. CpuModels.Names]),
        new("x86_64", X86, "qemu64", [.. Isa.X86.CpuModels.Names]),
        new("i386", X86, "pentium3", [.. Isa.X86.CpuModels.Names]),
    ];

    /// <summary>Finds a board, or says which name may have been meant.</summary>
    public static IBoard Find(string name, IReadOnlyList<IBoard> boards) => boards.FirstOrDefault(b => b.Name == name || b.VersionedNames.Contains(name))
        ?? throw new ConfigurationException($"there is no machine '{name}'{Suggestion.For(name, boards.Select(b => b.Name))}; '-machine help' lists all");

    /// <summary>The architecture of a board.</summary>
    public static Architecture ArchitectureOf(string board)
    {
        var found = Find(board, [.. Architectures.SelectMany(a => a.Boards).DistinctBy(b => b.Name)]);
        return Architectures.First(a => a.Boards.Contains(found));
    }
}
