namespace Mimus.Storage.Qcow2;

/// <summary>A state of the disk that the image keeps beside the current one.</summary>
public sealed record Qcow2Snapshot
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Where its L1 table is.</summary>
    public required long L1Offset { get; init; }

    public required uint L1Entries { get; init; }

    /// <summary>When it was made, in seconds since 1970.</summary>
    public uint Seconds { get; init; }

    public uint Nanoseconds { get; init; }

    /// <summary>How long the guest had run.</summary>
    public ulong ClockNanoseconds { get; init; }

    /// <summary>How long the machine's state is that lies behind the disk's end.</summary>
    public ulong StateSize { get; init; }

    /// <summary>How long the disk was.</summary>
    public required long DiskSize { get; init; }

    /// <summary>How many instructions the guest had run; all ones where nobody counted.</summary>
    public ulong InstructionCount { get; init; } = ulong.MaxValue;
}
