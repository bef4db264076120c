using System.Globalization;
using Mimus.Boards.Acpi;
using Mimus.Boards.Pc.Models;
using Mimus.Boards.Plugging;
using Mimus.Boards.Smbios;
using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Devices.Firmware;
using Mimus.Devices.Pci;
using Mimus.Devices.Timers;

namespace Mimus.Boards.Pc;

/// <summary>
/// The <c>microvm</c> board: processors, memory and virtio devices with the fewest other things that a kernel needs, at the addresses and by the
/// options of QEMU's board of that name. It has no PCI bus and no firmware. Its power management is the registers of a chip set, whose
/// timer tells kernels the speed of their clocks when there is no 8254.
/// </summary>
public sealed class MicrovmBoard : IBoard
{
    private const int Slots = 8, FirstSlotInput = 16, FirstSlotIrq = 5;
    private const ulong SlotsAt = 0xfeb0_0000, SlotLength = 512, MaximumLowMemory = 0xc000_0000;

    // The switches
    private const string Pics = "pic", IntervalTimer = "pit", Clock = "rtc", Serial = "isa-serial", Acpi = "acpi", AutomaticCommandLine = "auto-kernel-cmdline";

    private static readonly ChipSetPlaces s_places = new(PcLayout.StandardPowerBase, PcLayout.StandardPowerBase + (int)AcpiPowerManagement.GeneralEventOffset);

    public string Name => "microvm";

    public string Description => "Small PC of virtio devices without PCI";

    public int MaximumCpus => PcProcessors.Maximum;

    public IReadOnlyList<DriveInterface> DriveInterfaces { get; } = [new("virtio", "virtio-blk-device")];

    public IReadOnlyList<string> Switches { get; } = [Pics, IntervalTimer, Clock, Serial, Acpi, AutomaticCommandLine];

    public Machine Build(BoardBuilder builder, MachineConfiguration configuration)
    {
        PcParts.Check(Name, configuration);
        if (!configuration.HasKernel) throw new ConfigurationException("machine 'microvm' starts a kernel; give one with -kernel");
        if (configuration.Firmware is not ("default" or "none")) throw new ConfigurationException("machine 'microvm' starts its kernel without firmware; leave -bios out");
        if (configuration.BootOrder is not null || configuration.HasBootMenu || configuration.BootRetryMilliseconds is not null)
            throw new ConfigurationException("machine 'microvm' starts what -kernel gives and has no order of devices; leave -boot out");
        bool Has(string part) => configuration.Switches.GetValueOrDefault(part, true);
        var hasAcpi = Has(Acpi);
        if (!hasAcpi && configuration.Cpus > 1) throw new ConfigurationException("machine 'microvm' tells of its processors by ACPI; leave acpi=off out, or ask for one with -smp");
        if (!hasAcpi && !Has(Pics)) throw new ConfigurationException("machine 'microvm' tells of its I/O APIC by ACPI; of acpi=off and pic=off, leave one out");

        var processors = new PcProcessors(builder, configuration, Has(Pics));
        var wires = processors.Wires;
        var low = Math.Min(configuration.MemoryBytes, MaximumLowMemory);
        var high = configuration.MemoryBytes - low;
        builder.AddRam("ram", new AddressRange(0, low));
        if (high > 0) builder.AddRam("ram-high", new AddressRange(PcLayout.FourGiB, high));
        if (Has(IntervalTimer)) builder.AddAtPorts(new Pit8254("pit", builder.Clock, wires.Connect(PcLayout.TimerIrq)), PcLayout.Pit);
        if (Has(Clock)) CmosMemorySizes.Store(builder.AddAtPorts(new CmosClock("cmos", builder.Clock, wires.Connect(PcLayout.ClockIrq)), PcLayout.Clock), low, high);
        if (Has(Serial)) PcParts.AddSerialLines(builder, configuration, wires);
        if (hasAcpi) AddPower(builder, wires.Connect(PcLayout.PowerIrq));

        var firstIrq = hasAcpi ? FirstSlotInput : FirstSlotIrq;
        var slots = new VirtioSlots(builder, configuration, Slots, Place, slot => wires.Connect(firstIrq + slot));
        DevicePlugs.PlugAll(Name, configuration, slots, new IsaBus(builder, configuration));
        slots.AddTransports();
        if (!hasAcpi && Has(AutomaticCommandLine)) configuration = configuration with { CommandLine = configuration.CommandLine + SlotArguments(slots, firstIrq) };

        var map = MemoryMapEntry.OfPc(low, high);
        var acpi = hasAcpi ? Describe(configuration.Cpus, Has(Pics), Has(Clock), Has(Serial) ? PcParts.CountSerialLines(configuration) : 0, slots) : null;
        var smbios = new SmbiosTables(configuration, Description);
        var items = builder.AddAtPorts(new FirmwareConfiguration("fw_cfg", builder.Memory, isInMemory: false), PcLayout.FirmwareConfiguration);
        FirmwareItems.Fill(items, configuration, MemoryMapEntry.All(low, high), acpi is null ? null : () => acpi, smbios);
        var boot = new PcDirectBoot(builder, configuration, processors, map, low, acpi, smbios);
        return new Machine(builder, Name, boot.Boot);
    }

    private static void AddPower(BoardBuilder builder, IrqLine interrupt)
    {
        builder.AddAtPorts(new AcpiPowerManagement("power", AcpiOptions.Ich9, builder.Clock, interrupt, builder.Control),
            new PortRange(s_places.Power, PcLayout.PowerPorts, AcpiPowerManagement.FixedOffset, sizeof(uint)), PcLayout.PowerCommand);
        builder.AddAtPorts(new ResetControl("reset", builder.Control), new PortRange(PcLayout.ResetPort, 1));
    }

    private static AddressRange Place(int slot) => new(SlotsAt + ((ulong)slot * SlotLength), SlotLength);

    /// <summary>What tells Linux of transports where ACPI does not (Linux, Documentation/admin-guide/kernel-parameters.txt, virtio_mmio.device).</summary>
    private static string SlotArguments(VirtioSlots slots, int firstIrq) =>
        string.Concat(slots.Taken.Select(slot => string.Create(CultureInfo.InvariantCulture, $" virtio_mmio.device={SlotLength}@0x{Place(slot).Start:x}:{firstIrq + slot}")));

    private static AcpiTableSet Describe(int cpus, bool hasPics, bool hasClock, int serialLines, VirtioSlots slots)
    {
        var aml = new AmlWriter();
        aml.Name("\\_S5", AcpiTables.SleepState(AcpiPowerManagement.SoftOffType));
        aml.Scope("\\_SB", system =>
        {
            if (hasClock) AcpiTables.DescribeClock(system);
            AcpiTables.DescribeSerialLines(system, serialLines);
            foreach (var slot in slots.Taken)
            {
                var resources = new ResourceTemplate().Memory(Place(slot)).WideInterrupt(FirstSlotInput + slot);
                // The name by which Linux knows memory-mapped virtio devices.
                system.Device(string.Create(CultureInfo.InvariantCulture, $"VR{slot:d2}"), d =>
                    d.Name("_HID", AmlWriter.Text("LNRO0005")).Name("_UID", AmlWriter.Integer((ulong)slot)).Name("_CRS", resources.ToAml()));
            }
            AcpiTables.DescribeProcessors(system, cpus);
        });
        var set = AcpiTables.Create(aml.ToArray(), AcpiOptions.Ich9, s_places, legacy: 0);
        set.Add(AcpiTables.Interrupts(cpus, hasPics, [PcLayout.PowerIrq]), isListed: true);
        set.Finish();
        return set;
    }
}
