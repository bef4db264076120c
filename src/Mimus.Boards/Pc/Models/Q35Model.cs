using System.Buffers.Binary;
using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Devices.Firmware;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Pci;
using Mimus.Devices.Storage;

namespace Mimus.Boards.Pc.Models;

/// <summary>The PC with the 82Q35 and ICH9 chips, whose configuration spaces are in memory too.</summary>
internal sealed class Q35Model : PcModel
{
    // With more memory than fits below the configuration spaces, all above 2 GiB moves beyond 4 GiB, as in QEMU.
    private const ulong MaximumLowMemory = 0xb000_0000, LowMemoryOfMore = 0x8000_0000;
    private const int GeneralEventOffset = 0x20, FirstIoApicWire = 16;

    // Registers (82Q35 data sheet, 5.1; 82801I data sheet, 13.1)
    private const int FirstShadow = 0x90, ConfigurationBase = 0x60, FirstWire = 0x60, FifthWire = 0x68, PowerBase = 0x40, PowerControl = 0x44;
    private const byte Enabled = 1, PowerPortsEnabled = 0x80;

    private static readonly AddressRange s_configuration = new(0xb000_0000, PciBus.BusNumbers * PciEcam.BusLength);

    public override string Name => "q35";

    public override string Description => "Standard PC (Q35 + ICH9, 2009)";

    public override IReadOnlyList<string> VersionedNames { get; } = [.. Versions("pc-q35"), "pc-q35-4.0.1"];

    public override IReadOnlyList<DriveInterface> DriveInterfaces { get; } = [new("virtio", "virtio-blk-pci"), PcFlash.Interface];

    public override string BusName => "pcie.0";

    public override int BridgeSlot => 31;

    public override int DisplaySlot => 1;

    public override AcpiOptions Power => AcpiOptions.Ich9;

    public override ChipSetPlaces StandardPlaces => At(PcLayout.StandardPowerBase, s_configuration);

    public override ulong LowMemory(ulong bytes) => bytes < MaximumLowMemory ? bytes : LowMemoryOfMore;

    public override (PciBus Bus, IdeChannel[] Disks) AddChipSet(BoardBuilder builder, PcMemory memory, PcProcessors processors)
    {
        var wires = processors.Wires;
        var power = builder.AddAtPorts(new AcpiPowerManagement("power", Power, builder.Clock, wires.Connect(PcLayout.PowerIrq), builder.Control, processors.Management), PcLayout.PowerCommand);
        IrqLine[] ioApic = [.. Enumerable.Range(FirstIoApicWire, Ich9LpcBridge.Wires).Select(wires.Connect)];
        var bridge = new Ich9LpcBridge("lpc", IsaWires(wires), ioApic, builder.Ports, power);
        var bus = AddBus(builder, [.. Enumerable.Range(0, Ich9LpcBridge.Wires).Select(i => new IrqLine(bridge, i))], processors.Messages);
        builder.Add(bus.Add(new Q35HostBridge("mch", memory, builder.Bus) { Ecam = builder.Add(new PciEcam("ecam", bus)) }, 0));
        builder.Add(bus.Add(bridge, BridgeSlot));
        return (bus, []);
    }

    public override ChipSetPlaces FindPlaces(PciBus bus) => At(
        ((Ich9LpcBridge)bus.Find(BridgeSlot, 0)!).FirstPort ?? StandardPlaces.Power,
        ((Q35HostBridge)bus.Find(0, 0)!).EcamRange ?? s_configuration);

    public override void SetUp(PciBus bus)
    {
        var host = bus.Find(0, 0)!;
        ShowMemory(host, FirstShadow);
        Write(host, ConfigurationBase, (uint)s_configuration.Start | Enabled);
        var bridge = bus.Find(BridgeSlot, 0)!;
        RouteWires(bridge, FirstWire);
        RouteWires(bridge, FifthWire);
        Write(bridge, PowerBase, (uint)StandardPlaces.Power);
        bridge.WriteConfiguration(PowerControl, [PowerPortsEnabled]);
    }

    protected override int Wire(int slot, int pin) => Ich9LpcBridge.Route(slot, pin);

    private static ChipSetPlaces At(int power, AddressRange? configuration) => new(power, power + GeneralEventOffset, configuration);

    private static void Write(PciFunction function, ulong register, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        function.WriteConfiguration(register, bytes);
    }
}
