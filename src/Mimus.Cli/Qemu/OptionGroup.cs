namespace Mimus.Cli.Qemu;

/// <summary>Options that the help text lists under one heading.</summary>
internal sealed record OptionGroup(string Heading, OptionRow[] Rows);
