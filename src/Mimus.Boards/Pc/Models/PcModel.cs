using Mimus.Core.Devices;
using Mimus.Devices.Firmware;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Pci;
using Mimus.Devices.Storage;

namespace Mimus.Boards.Pc.Models;

/// <summary>What one PC has that others have not: its chip set, and what comes with that. It has no state, which is the built machine's.</summary>
internal abstract class PcModel
{
    /// <summary>The number of configuration registers that route wires, PIRQ[A-D]#.</summary>
    protected const int WireRegisters = 4;

    private const int IsaLines = 16;

    // QEMU's versions that have both machines
    private static readonly string[] s_versions =
        ["10.0", "9.2", "9.1", "9.0", "8.2", "8.1", "8.0", "7.2", "7.1", "7.0", "6.2", "6.1", "6.0", "5.2", "5.1", "5.0", "4.2", "4.1", "4.0", "3.1", "3.0", "2.12", "2.11", "2.10", "2.9", "2.8", "2.7", "2.6", "2.5", "2.4"];

    public abstract string Name { get; }

    public abstract string Description { get; }

    public abstract IReadOnlyList<string> VersionedNames { get; }

    public abstract IReadOnlyList<DriveInterface> DriveInterfaces { get; }

    public bool HasDiskettes => DriveInterfaces.Any(d => d.Name == PcBoard.Diskettes);

    /// <summary>The name of its PCI bus.</summary>
    public abstract string BusName { get; }

    /// <summary>The slot of the bridge to ISA.</summary>
    public abstract int BridgeSlot { get; }

    public abstract int DisplaySlot { get; }

    public abstract AcpiOptions Power { get; }

    /// <summary>Where the chip set's registers put things when firmware has set it up as the board itself does.</summary>
    public abstract ChipSetPlaces StandardPlaces { get; }

    /// <summary>How much of the memory is below 4 GiB, where devices need room too.</summary>
    public abstract ulong LowMemory(ulong bytes);

    /// <summary>The interrupt of a slot's pin, when firmware has set the chip set up.</summary>
    public int Irq(int slot, int pin) => PcLayout.PciIrqs[Wire(slot, pin) % WireRegisters];

    /// <summary>Adds the chip set and the PCI bus.</summary>
    public abstract (PciBus Bus, IdeChannel[] Disks) AddChipSet(BoardBuilder builder, PcMemory memory, PcProcessors processors);

    /// <summary>Where the chip set's registers put things now.</summary>
    public abstract ChipSetPlaces FindPlaces(PciBus bus);

    /// <summary>Writes what firmware writes to those registers in which chip sets differ.</summary>
    public abstract void SetUp(PciBus bus);

    /// <summary>The wire of a slot's pin.</summary>
    protected abstract int Wire(int slot, int pin);

    protected static string[] Versions(string name) => [.. s_versions.Select(version => $"{name}-{version}")];

    protected static IrqLine[] IsaWires(IsaInterrupts wires) => [.. Enumerable.Range(0, IsaLines).Select(wires.Connect)];

    protected PciBus AddBus(BoardBuilder builder, IReadOnlyList<IrqLine> wires, ApicBus messages)
    {
        var pins = builder.Add(new PciInterrupts("pci-interrupts", wires, Wire));
        var bus = new PciBus(builder.Bus, builder.Ports, pins, messages);
        builder.AddAtPorts(new PciConfigurationPorts("pci", bus, builder.Add(new ResetControl("reset", builder.Control))), PcLayout.PciConfiguration);
        return bus;
    }

    /// <summary>Gives memory the place of ROMs, by registers that are alike but for where they are.</summary>
    protected static void ShowMemory(PciFunction host, int firstRegister)
    {
        const int Registers = 7;
        const byte ReadAndWrite = 0x33;
        for (var i = 0; i < Registers; i++) host.WriteConfiguration((ulong)(firstRegister + i), [ReadAndWrite]);
    }

    /// <summary>Routes four wires to interrupts.</summary>
    protected static void RouteWires(PciFunction bridge, int firstRegister)
    {
        for (var wire = 0; wire < WireRegisters; wire++) bridge.WriteConfiguration((ulong)(firstRegister + wire), [(byte)PcLayout.PciIrqs[wire]]);
    }
}
