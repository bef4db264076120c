namespace Mimus.Cli.Qemu;

/// <summary>A disk of <c>-drive</c>.</summary>
/// <param name="Id">The name for devices; null when none was given.</param>
/// <param name="Path">The image.</param>
/// <param name="IsAttached">The board makes a device for it.</param>
/// <param name="IsReadOnly">The image is only read.</param>
/// <param name="IsTemporary">What is written is thrown away at the end.</param>
internal sealed record DriveRequest(string? Id, string Path, bool IsAttached, bool IsReadOnly, bool IsTemporary);
