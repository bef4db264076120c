using Mimus.Boards.Acpi;
using Mimus.Boards.Pc.Models;
using Mimus.Core.Memory;
using Mimus.Devices.Firmware;
using Mimus.Devices.Pci;

namespace Mimus.Boards.Pc;

/// <summary>The ACPI tables of a PC, from the same layout that wires it (ACPI 6.5, chapter 5).</summary>
internal static class PcAcpi
{
    private const int DisketteDma = 2;

    public static AcpiTableSet Create(PcModel model, ChipSetPlaces places, int cpus, PcMemory memory, int serialLines)
    {
        var set = AcpiTables.Create(Describe(model, places, cpus, memory, serialLines), model.Power, places, AcpiTables.HasKeyboardController);
        set.Add(AcpiTables.Interrupts(cpus, hasPics: true, [PcLayout.PowerIrq, .. PcLayout.PciIrqs.Distinct()]), isListed: true);
        set.Add(EventTimer(), isListed: true);
        if (places.Configuration is { } spaces) set.Add(ConfigurationSpaces(spaces), isListed: true);
        set.Finish();
        return set;
    }

    /// <summary>The HPET table (IA-PC HPET specification 1.0a, 3.2.4).</summary>
    private static AcpiTable EventTimer() => new AcpiTable("HPET", 1, 56)
        .Set(36, 4, Devices.Timers.Hpet.Identification).SetAddress(40, isPort: false, 64, PcLayout.EventTimer.Start);

    /// <summary>The MCFG table (PCI Firmware Specification 3.3, 4.1.2).</summary>
    private static AcpiTable ConfigurationSpaces(AddressRange spaces) => new AcpiTable("MCFG", 1).Append(new byte[8])
        .AppendNumber(8, spaces.Start).AppendNumber(2, 0).Append(0, (byte)((spaces.Length / PciEcam.BusLength) - 1)).Append(new byte[4]);

    private static byte[] Describe(PcModel model, ChipSetPlaces places, int cpus, PcMemory memory, int serialLines)
    {
        var aml = new AmlWriter();
        aml.Name("\\_S5", AcpiTables.SleepState(AcpiPowerManagement.SoftOffType));
        aml.Scope("\\_SB", system =>
        {
            system.Device("PCI0", bus => DescribeBus(bus, model, places, memory, serialLines));
            system.Device("HPET", d => AcpiTables.Resources(d, "PNP0103", new ResourceTemplate().Memory(PcLayout.EventTimer)));
            if (places.Configuration is { } spaces) system.Device("DRAC", d => AcpiTables.Resources(d, "PNP0C01", new ResourceTemplate().Memory(spaces)));
            AcpiTables.DescribeProcessors(system, cpus);
        });
        return aml.ToArray();
    }

    private static void DescribeBus(AmlWriter bus, PcModel model, ChipSetPlaces places, PcMemory memory, int serialLines)
    {
        const int BeforeConfiguration = 0xcf7, BehindConfiguration = 0xd00;
        var old = AmlWriter.EisaId("PNP0A03");
        if (places.Configuration is null) bus.Name("_HID", old);
        else bus.Name("_HID", AmlWriter.EisaId("PNP0A08")).Name("_CID", old);
        bus.Name("_UID", AmlWriter.Integer(0)).Name("_ADR", AmlWriter.Integer(0));
        var resources = new ResourceTemplate().Buses(0, 255).Port(PcLayout.PciConfiguration[0].First, PcLayout.PciConfiguration[0].Count)
            .PortWindow(0, BeforeConfiguration).PortWindow(BehindConfiguration, ushort.MaxValue).MemoryWindow(PcLayout.ScreenWindow);
        foreach (var window in memory.PciWindows(places.Configuration)) resources.MemoryWindow(window);
        bus.Name("_CRS", resources.ToAml());
        var routes = new List<byte[]>();
        for (var slot = 0; slot < PciBus.Slots; slot++)
        {
            for (var pin = 0; pin < PciInterrupts.Pins; pin++)
            {
                routes.Add(AmlWriter.Package(AmlWriter.Integer(((ulong)slot << 16) | ushort.MaxValue), AmlWriter.Integer((ulong)pin), AmlWriter.Integer(0),
                    AmlWriter.Integer((ulong)model.Irq(slot, pin))));
            }
        }
        bus.Name("_PRT", AmlWriter.Package([.. routes]));
        bus.Device("ISA", isa => DescribeIsa(isa, model, serialLines));
        bus.Device("PWR", d => AcpiTables.Resources(d, "PNP0C02", new ResourceTemplate().Port(places.Power, PcLayout.PowerPorts)
            .Port(places.GeneralEvents, model.Power.GeneralEventBytes).Port(PcLayout.PowerCommandPort, 2)));
    }

    private static void DescribeIsa(AmlWriter isa, PcModel model, int serialLines)
    {
        isa.Name("_ADR", AmlWriter.Integer((ulong)model.BridgeSlot << 16));
        isa.Device("KBD", d => AcpiTables.Resources(d, "PNP0303", Take(PcLayout.Keyboard[..2]).Interrupt(PcLayout.KeyboardIrq)));
        isa.Device("MOU", d => AcpiTables.Resources(d, "PNP0F13", new ResourceTemplate().Interrupt(PcLayout.MouseIrq)));
        if (model.HasDiskettes) isa.Device("FDC0", d => AcpiTables.Resources(d, "PNP0700", Take(PcLayout.Floppy).Interrupt(PcLayout.FloppyIrq).DmaChannel(DisketteDma)));
        AcpiTables.DescribeClock(isa);
        AcpiTables.DescribeSerialLines(isa, serialLines);
    }

    private static ResourceTemplate Take(PortRange[] ranges)
    {
        var resources = new ResourceTemplate();
        foreach (var range in ranges) resources.Port(range.First, range.Count);
        return resources;
    }
}
