namespace Mimus.Core.Devices;

/// <summary>
/// A device whose registers are memory-mapped. Any vCPU thread may call; the device takes its own lock. No access throws:
/// the guest decides offset, length (1, 2, 4 or 8 bytes) and data.
/// </summary>
public interface IMmioDevice : IDevice
{
    void Read(ulong offset, Span<byte> data);

    void Write(ulong offset, ReadOnlySpan<byte> data);
}
