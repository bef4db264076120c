using Mimus.Storage.Files;

namespace Mimus.Cli.Qemu;

/// <summary>A disk of <c>-drive</c>.</summary>
/// <param name="Id">The name for devices; null when none was given.</param>
/// <param name="Path">The image.</param>
internal sealed record DriveRequest(string? Id, string Path)
{
    /// <summary>How the board takes it; null for its usual way.</summary>
    public string? Interface { get; init; }

    /// <summary>The place that it shall have.</summary>
    public int? Index { get; init; }

    public bool IsCdRom { get; init; }

    /// <summary>The image is only read.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>What is written is thrown away at the end.</summary>
    public bool IsTemporary { get; init; }

    /// <summary>The image's format; null to look how its file begins.</summary>
    public string? Format { get; init; }

    /// <summary>Files that the image names are opened.</summary>
    public bool Follows { get; init; }

    /// <summary>The backing file, whatever the image names.</summary>
    public string? BackingPath { get; init; }

    /// <summary>When what is written must outlive a loss of power.</summary>
    public CacheMode Cache { get; init; }
}
