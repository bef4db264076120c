namespace Mimus.Boards.Loading;

/// <summary>What kind of ELF file a board starts.</summary>
/// <param name="Name">The machine, as messages call it.</param>
/// <param name="Machine">Its number in 64-bit files (<c>e_machine</c>).</param>
/// <param name="Machine32">Its number in 32-bit files; null where those are not started.</param>
public sealed record ElfTarget(string Name, ushort Machine, ushort? Machine32 = null);
