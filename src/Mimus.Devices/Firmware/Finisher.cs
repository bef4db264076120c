using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Firmware;

/// <summary>
/// The SiFive test device (Linux binding sifive,test1): one register through which the guest ends the machine or restarts it.
/// </summary>
public sealed class Finisher(string name, IMachineControl control) : IMmioDevice
{
    /// <summary>The size of the register window.</summary>
    public const ulong Size = 0x1000;

    private const ulong Finish = 0x0; // the act in the low half, an exit status for Fail in the high half
    private const ushort Fail = 0x3333, Pass = 0x5555, Restart = 0x7777;

    public string Name { get; } = name;

    public void Read(ulong offset, Span<byte> data) => data.Clear();

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset != Finish || data.Length is not (2 or 4)) return;
        var value = (uint)Register.Value(data);
        switch ((ushort)value)
        {
            case Pass:
                control.RequestPowerOff(0);
                break;
            case Fail:
                // A failure must not look like a success to whoever waits for the exit status.
                control.RequestPowerOff((int)Math.Max(value >> 16, 1));
                break;
            case Restart:
                control.RequestReset();
                break;
        }
    }

    public void Reset()
    {
    }

    public void State(StateVisitor v)
    {
    }
}
