namespace Mimus.Cli.Running;

/// <summary>A disk that a run opens: a raw image file.</summary>
/// <param name="Id">The name by which devices refer to it.</param>
/// <param name="Path">The file; null for a fresh disk in memory.</param>
/// <param name="IsReadOnly">The file is only read.</param>
/// <param name="IsTemporary">What the guest writes is gone with the run.</param>
internal sealed record DiskPlan(string Id, string? Path, bool IsReadOnly = false, bool IsTemporary = false)
{
    /// <summary>How long a fresh disk is.</summary>
    public long FreshLength { get; init; } = 1 << 20;
}
