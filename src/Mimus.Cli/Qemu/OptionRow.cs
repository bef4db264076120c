namespace Mimus.Cli.Qemu;

/// <summary>One option of the command line.</summary>
/// <param name="Name">Its name, without dashes.</param>
/// <param name="Argument">The form of its argument; empty when it takes none.</param>
/// <param name="Help">What it does, in a line.</param>
/// <param name="Apply">Takes the argument into the request.</param>
internal sealed record OptionRow(string Name, string Argument, string Help, Action<QemuRequest, string> Apply);
