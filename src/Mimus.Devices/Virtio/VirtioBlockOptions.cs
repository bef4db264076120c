namespace Mimus.Devices.Virtio;

/// <summary>How a <see cref="VirtioBlock"/> looks to its driver.</summary>
public sealed record VirtioBlockOptions
{
    /// <summary>What the guest reads as the serial number; at most 20 ASCII characters count.</summary>
    public string Serial { get; init; } = "";

    public int QueueCount { get; init; } = 1;

    /// <summary>Descriptors of a queue: a power of two.</summary>
    public int QueueSize { get; init; } = 256;

    /// <summary>The smallest unit that the guest may read or write: a power of two from 512.</summary>
    public int LogicalBlockSize { get; init; } = 512;

    /// <summary>The unit that the guest should align to: a power of two from the logical block size.</summary>
    public int PhysicalBlockSize { get; init; } = 512;
}
