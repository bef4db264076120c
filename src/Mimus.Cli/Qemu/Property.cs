namespace Mimus.Cli.Qemu;

/// <summary>A key and its value. A class, since code for lists of classes is precompiled and code for lists of pairs is not.</summary>
internal sealed record Property(string Key, string Value);
