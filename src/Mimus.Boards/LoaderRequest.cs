namespace Mimus.Boards;

/// <summary>A file to put into memory: an ELF file to where it wants, other files to an address.</summary>
public sealed record LoaderRequest(string Path, ulong? Address);
