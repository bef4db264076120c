namespace Mimus.Storage.Qcow2;

/// <summary>What an image's header says of it, for people.</summary>
public sealed record Qcow2Details
{
    public required int Version { get; init; }

    public required int RefcountBits { get; init; }

    public required bool IsZstd { get; init; }

    public required bool HasLazyRefcounts { get; init; }

    public required bool HasExtendedL2 { get; init; }

    public required bool IsDirty { get; init; }

    public required bool IsCorrupt { get; init; }

    public string? BackingName { get; init; }

    public string? BackingFormat { get; init; }

    public string? DataFileName { get; init; }

    public bool IsDataFileRaw { get; init; }
}
