namespace Mimus.Boards;

/// <summary>What the name of an architecture decides: which boards and processors there are.</summary>
/// <param name="Name">The name, as in <c>mimus-system-NAME</c>.</param>
/// <param name="Boards">Its boards, the usual one first.</param>
/// <param name="DefaultCpu">The processor of a machine for which none was asked.</param>
/// <param name="CpuModels">All processors.</param>
public sealed record Architecture(string Name, IReadOnlyList<IBoard> Boards, string DefaultCpu, IReadOnlyList<string> CpuModels)
{
    public IBoard DefaultBoard => Boards[0];
}
