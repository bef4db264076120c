using System.Buffers.Binary;
using Mimus.Core.Devices;
using Mimus.Devices.Firmware;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Pci;
using Mimus.Devices.Storage;

namespace Mimus.Boards.Pc.Models;

/// <summary>The PC with the 440FX and PIIX3 chips, and PIIX4's power management.</summary>
internal sealed class I440FxModel : PcModel
{
    private const ulong MaximumLowMemory = 0xc000_0000;
    private const int GeneralEventPort = 0xafe0, PowerFunction = 3;

    // Registers (82441FX data sheet, 3.2.12; 82371SB data sheet, 2.2.6; 82371AB data sheet, 7.1)
    private const int FirstShadow = 0x59, FirstWire = 0x60, PowerBase = 0x40, PowerMiscellaneous = 0x80;
    private const byte PowerPortsEnabled = 1;

    public override string Name => "pc";

    public override string Description => "Standard PC (i440FX + PIIX, 1996)";

    public override IReadOnlyList<string> VersionedNames { get; } = Versions("pc-i440fx");

    public override IReadOnlyList<DriveInterface> DriveInterfaces { get; } =
    [
        new("ide", "ide-hd") { CdRom = "ide-cd", Bus = "ide", Places = 4 },
        new(PcBoard.Diskettes, "floppy") { Places = FloppyController.Drives },
        new("virtio", "virtio-blk-pci"),
        PcFlash.Interface,
    ];

    public override string BusName => "pci.0";

    public override int BridgeSlot => 1;

    public override int DisplaySlot => 2;

    public override AcpiOptions Power => AcpiOptions.Piix4;

    public override ChipSetPlaces StandardPlaces => new(PcLayout.StandardPowerBase, GeneralEventPort);

    public override ulong LowMemory(ulong bytes) => Math.Min(bytes, MaximumLowMemory);

    public override (PciBus Bus, IdeChannel[] Disks) AddChipSet(BoardBuilder builder, PcMemory memory, PcProcessors processors)
    {
        var wires = processors.Wires;
        var bridge = new Piix3("piix3", IsaWires(wires));
        var bus = AddBus(builder, [.. Enumerable.Range(0, Piix3.Wires).Select(i => new IrqLine(bridge, i))], processors.Messages);
        builder.Add(bus.Add(new I440Fx("i440fx", memory), 0));
        builder.Add(bus.Add(bridge, BridgeSlot));

        var primary = builder.AddAtPorts(new IdeChannel("ide0", wires.Connect(PcLayout.PrimaryIdeIrq), builder.Memory, builder.Work), PcLayout.PrimaryIde);
        var secondary = builder.AddAtPorts(new IdeChannel("ide1", wires.Connect(PcLayout.SecondaryIdeIrq), builder.Memory, builder.Work), PcLayout.SecondaryIde);
        builder.Add(bus.Add(new Piix3Ide("ide", primary, secondary), BridgeSlot, 1));

        var power = builder.AddAtPorts(new AcpiPowerManagement("power", Power, builder.Clock, wires.Connect(PcLayout.PowerIrq), builder.Control, processors.Management),
            PcLayout.PowerCommand, new PortRange(GeneralEventPort, Power.GeneralEventBytes, AcpiPowerManagement.GeneralEventOffset));
        builder.Add(bus.Add(new Piix4PowerManagement("piix4pm", builder.Ports, power), BridgeSlot, PowerFunction));
        return (bus, [primary, secondary]);
    }

    public override ChipSetPlaces FindPlaces(PciBus bus) =>
        ((Piix4PowerManagement)bus.Find(BridgeSlot, PowerFunction)!).FirstPort is { } first ? StandardPlaces with { Power = first } : StandardPlaces;

    public override void SetUp(PciBus bus)
    {
        ShowMemory(bus.Find(0, 0)!, FirstShadow);
        RouteWires(bus.Find(BridgeSlot, 0)!, FirstWire);
        var power = bus.Find(BridgeSlot, PowerFunction)!;
        Span<byte> address = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32LittleEndian(address, StandardPlaces.Power);
        power.WriteConfiguration(PowerBase, address);
        power.WriteConfiguration(PowerMiscellaneous, [PowerPortsEnabled]);
    }

    /// <summary>The chip set's own slot begins with the first wire.</summary>
    protected override int Wire(int slot, int pin) => (slot + pin + PciInterrupts.Pins - BridgeSlot) % PciInterrupts.Pins;
}
