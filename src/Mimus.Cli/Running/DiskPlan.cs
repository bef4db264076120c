using Mimus.Storage.Files;

namespace Mimus.Cli.Running;

/// <summary>A disk that a run opens: an image file.</summary>
/// <param name="Id">The name by which devices refer to it.</param>
/// <param name="Path">The file; null for a fresh disk in memory.</param>
/// <param name="IsReadOnly">The file is only read.</param>
/// <param name="IsTemporary">What the guest writes is gone with the run.</param>
internal sealed record DiskPlan(string Id, string? Path, bool IsReadOnly = false, bool IsTemporary = false)
{
    /// <summary>The image's format; null to look how its file begins.</summary>
    public string? Format { get; init; }

    /// <summary>Files that the image names are opened.</summary>
    public bool Follows { get; init; }

    /// <summary>The backing file, whatever the image names.</summary>
    public string? BackingPath { get; init; }

    /// <summary>When what is written must outlive a loss of power.</summary>
    public CacheMode Cache { get; init; }

    /// <summary>How long a fresh disk is.</summary>
    public long FreshLength { get; init; } = 1 << 20;
}
