using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Firmware;

/// <summary>
/// A port by which a test program ends the machine with an exit status (QEMU's documentation, <c>isa-debug-exit</c>): what is written,
/// doubled and made odd, so that no test ends like a machine that was switched off.
/// </summary>
public sealed class DebugExit(string name, IMachineControl control) : IMmioDevice
{
    public string Name { get; } = name;

    public void Read(ulong offset, Span<byte> data) => data.Clear();

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (!data.IsEmpty) control.RequestPowerOff((int)(((uint)Register.Value(data) << 1) | 1));
    }

    public void Reset()
    {
    }

    public void State(StateVisitor v)
    {
    }
}
