using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Pci;

/// <summary>
/// The enhanced configuration access mechanism of PCI Express (PCI Express Base 3.0, 7.2.2): configuration spaces of 4 KiB side by side
/// in memory.
/// </summary>
public sealed class PciEcam(string name, PciBus bus) : IMmioDevice
{
    /// <summary>The length of one bus's part.</summary>
    public const ulong BusLength = 1 << 20;

    private const int SlotShift = 15, FunctionShift = 12;

    public string Name { get; } = name;

    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(byte.MaxValue);
        Find(offset)?.ReadConfiguration(offset & (PciFunction.ExtendedLength - 1), data);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data) => Find(offset)?.WriteConfiguration(offset & (PciFunction.ExtendedLength - 1), data);

    public void Reset()
    {
    }

    public void State(StateVisitor v)
    {
    }

    private PciFunction? Find(ulong offset) => offset >= BusLength
        ? null
        : bus.Find((int)(offset >> SlotShift & 31), (int)(offset >> FunctionShift & 7));
}
