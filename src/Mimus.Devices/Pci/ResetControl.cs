using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Pci;

/// <summary>
/// The reset control register at port CF9h (82371SB data sheet, 290550-002, 2.5.7.1): the machine resets when the processor's bit rises.
/// </summary>
public sealed class ResetControl(string name, IMachineControl control) : IMmioDevice
{
    /// <summary>What resets the whole machine.</summary>
    public const byte FullReset = 0x06;

    private const byte ResetProcessor = 0x04, Writable = 0x0e;

    private readonly Lock _lock = new(); // held while the machine is asked to reset
    private byte _value;

    public string Name { get; } = name;

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock) Register.Answer(data, _value);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        lock (_lock)
        {
            // Hard or soft, the machine begins anew: a processor alone cannot.
            if ((data[0] & ~_value & ResetProcessor) != 0) control.RequestReset();
            _value = (byte)(data[0] & Writable & ~ResetProcessor);
        }
    }

    public void Reset()
    {
        lock (_lock) _value = 0;
    }

    public void State(StateVisitor v)
    {
        lock (_lock) v.Field(1, "value", ref _value);
    }
}
