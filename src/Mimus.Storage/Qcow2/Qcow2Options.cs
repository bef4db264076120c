namespace Mimus.Storage.Qcow2;

/// <summary>What a new qcow2 image is to be like.</summary>
public sealed record Qcow2Options
{
    public int Version { get; init; } = 3;

    public int ClusterSize { get; init; } = 65536;

    public int RefcountBits { get; init; } = 16;

    public bool HasLazyRefcounts { get; init; }

    public bool HasExtendedL2 { get; init; }

    public bool IsZstd { get; init; }

    public string? BackingName { get; init; }

    public string? BackingFormat { get; init; }

    /// <summary>The name of the file that the data shall be in, as the image is to say it; null for the image itself.</summary>
    public string? DataFileName { get; init; }

    /// <summary>The data file holds the disk as a raw image would.</summary>
    public bool IsDataFileRaw { get; init; }

    /// <summary>How much of the space is taken at once.</summary>
    public Preallocation Preallocation { get; init; }
}
