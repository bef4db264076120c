using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.State;

namespace Mimus.Devices.Firmware;

/// <summary>The pvpanic port (QEMU's documentation, "PVPANIC device"): a guest that has panicked says so, and the machine ends.</summary>
/// <param name="name">The name in snapshots and messages.</param>
/// <param name="control">What ends the machine.</param>
/// <param name="log">Where it is said.</param>
/// <param name="status">The exit status of a machine whose guest has panicked.</param>
public sealed class PanicPort(string name, IMachineControl control, MachineLog log, int status) : IMmioDevice
{
    private const byte Panicked = 1, CrashKernelLoaded = 2;

    public string Name { get; } = name;

    /// <summary>The events that it understands.</summary>
    public void Read(ulong offset, Span<byte> data) => Register.Answer(data, Panicked | CrashKernelLoaded);

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        if ((data[0] & CrashKernelLoaded) != 0 && log.Has(LogItems.GuestErrors))
            log.Write($"{Name}: the guest has panicked and runs its crash kernel");
        if ((data[0] & Panicked) == 0) return;
        if (log.Has(LogItems.GuestErrors)) log.Write($"{Name}: the guest has panicked");
        control.RequestPowerOff(status);
    }

    public void Reset()
    {
    }

    public void State(StateVisitor v)
    {
    }
}
