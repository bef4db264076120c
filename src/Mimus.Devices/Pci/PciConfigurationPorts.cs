using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Pci;

/// <summary>
/// Configuration mechanism #1 (PCI Local Bus 3.0, 3.2.2.3.2): an address at port CF8h, data at CFCh. Other accesses than whole ones to
/// the address pass through it: the chip set's reset control is there, at CF9h.
/// </summary>
/// <param name="name">The name in snapshots and messages.</param>
/// <param name="bus">The bus behind it.</param>
/// <param name="resetControl">The device at CF9h, or null.</param>
public sealed class PciConfigurationPorts(string name, PciBus bus, IMmioDevice? resetControl) : IMmioDevice
{
    /// <summary>How many ports there are, from CF8h; they take accesses of up to four bytes.</summary>
    public const ulong Size = 8;

    // Registers, and the address (figure 3-2)
    private const ulong Address = 0, ResetControl = 1, Data = 4;
    private const uint Enable = 1u << 31, AddressMask = Enable | 0x00fffffc;
    private const int BusShift = 16, SlotShift = 11, FunctionShift = 8;

    private readonly Lock _lock = new(); // taken before the functions'
    private uint _address;

    public string Name { get; } = name;

    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(byte.MaxValue);
        lock (_lock)
        {
            if (offset == Address && data.Length == sizeof(uint)) Register.Answer(data, _address);
            else if (offset == ResetControl && data.Length == 1) resetControl?.Read(0, data);
            else if (offset - Data < sizeof(uint)) Find()?.ReadConfiguration((_address & 0xfc) + (offset - Data), data);
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (offset == Address && data.Length == sizeof(uint)) _address = (uint)Register.Value(data) & AddressMask;
            else if (offset == ResetControl && data.Length == 1) resetControl?.Write(0, data);
            else if (offset - Data < sizeof(uint)) Find()?.WriteConfiguration((_address & 0xfc) + (offset - Data), data);
        }
    }

    public void Reset()
    {
        lock (_lock) _address = 0;
    }

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Field(1, "address", ref _address);
            if (v.IsRestoring) _address &= AddressMask;
        }
    }

    private PciFunction? Find() => (_address & Enable) == 0 || (_address >> BusShift & 0xff) != 0
        ? null
        : bus.Find((int)(_address >> SlotShift & 31), (int)(_address >> FunctionShift & 7));
}
