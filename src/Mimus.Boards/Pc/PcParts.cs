using Mimus.Devices.Interrupts;
using Mimus.Devices.Serial;

namespace Mimus.Boards.Pc;

/// <summary>Parts that all boards for x86 have.</summary>
internal static class PcParts
{
    public static int CountSerialLines(MachineConfiguration configuration) => Math.Min(configuration.SerialLines.Count, PcLayout.SerialPorts.Length);

    public static void AddSerialLines(BoardBuilder builder, MachineConfiguration configuration, IsaInterrupts wires)
    {
        for (var i = 0; i < CountSerialLines(configuration); i++)
            builder.AddAtPorts(new Uart16550($"serial{i}", configuration.SerialLines[i], wires.Connect(PcLayout.SerialIrqs[i])), [new PortRange(PcLayout.SerialPorts[i], 8)]);
    }

    /// <summary>Refuses what no machine for x86 does.</summary>
    public static void Check(string board, MachineConfiguration configuration)
    {
        const ulong LeastMemory = 2 << 20;
        if (configuration.MemoryBytes < LeastMemory) throw new ConfigurationException("a PC needs at least 2 MiB of memory; ask for more with -m");
        if (configuration.InitrdPath is not null && !configuration.HasKernel) throw new ConfigurationException("an initial RAM disk needs a kernel; give one with -kernel");
        if (configuration.DeviceTreePath is not null) throw new ConfigurationException("a PC has no device tree; leave -dtb out");
        if (configuration.Loaders.Count > 0) throw new ConfigurationException($"machine '{board}' loads no further files; leave '-device loader' out");
    }
}
