using System.Globalization;
using Mimus.Boards.Acpi;
using Mimus.Core.Memory;
using Mimus.Devices.Firmware;
using Mimus.Devices.Pci;

namespace Mimus.Boards.Pc;

/// <summary>The ACPI tables of the <c>pc</c> board, from the same layout that wires it (ACPI 6.5, chapter 5).</summary>
internal static class PcAcpi
{
    // FADT (table 5.9)
    private const int FixedLength = 244;
    private const uint WritesBack = 1 << 0, HaltsInC1 = 1 << 2, NoSleepButton = 1 << 5, CanReset = 1 << 10;
    private const ushort NoDeepSleep = 0xfff, HasLegacyDevices = 1 << 0, HasKeyboardController = 1 << 1;

    // MADT (5.2.12)
    private const uint HasPics = 1, ProcessorEnabled = 1;
    private const ushort ActiveHighLevel = 0x0d;
    private const int TimerInput = 2;

    private const int DisketteDma = 2;

    public static AcpiTableSet Create(int cpus, PcMemory memory, int serialLines)
    {
        var set = new AcpiTableSet();
        var facs = new byte[64];
        "FACS"u8.CopyTo(facs);
        facs[4] = (byte)facs.Length;
        var facsAt = set.AddPlain(facs);
        var description = new AcpiTable("DSDT", 2).Append(Describe(cpus, memory, serialLines));
        var descriptionAt = set.Add(description, isListed: false);
        set.Add(FixedDescription(facsAt, descriptionAt), isListed: true, (36, sizeof(uint)), (40, sizeof(uint)), (140, sizeof(ulong)));
        set.Add(Interrupts(cpus), isListed: true);
        set.Add(EventTimer(), isListed: true);
        set.Finish();
        return set;
    }

    /// <summary>The FADT (5.2.9).</summary>
    private static AcpiTable FixedDescription(int facs, int description)
    {
        const int Base = PcLayout.PowerBase, Events = 4, Control = 4, ControlLength = 2, Timer = 8, TimerLength = 4;
        var power = AcpiOptions.Piix4;
        return new AcpiTable("FACP", 3, FixedLength)
            .Set(36, 4, (ulong)facs).Set(40, 4, (ulong)description).Set(140, 8, (ulong)description)
            .Set(46, 2, PcLayout.PowerIrq).Set(48, 4, PcLayout.PowerCommandPort).Set(52, 1, power.EnableCommand).Set(53, 1, power.DisableCommand)
            .Set(56, 4, Base).Set(64, 4, Base + Control).Set(76, 4, Base + Timer).Set(80, 4, PcLayout.GeneralEventPort)
            .Set(88, 1, Events).Set(89, 1, ControlLength).Set(91, 1, TimerLength).Set(92, 1, (ulong)power.GeneralEventBytes)
            .Set(96, 2, NoDeepSleep).Set(98, 2, NoDeepSleep).Set(108, 1, Devices.Timers.CmosClock.Century)
            .Set(109, 2, HasLegacyDevices | HasKeyboardController).Set(112, 4, WritesBack | HaltsInC1 | NoSleepButton | CanReset)
            .SetAddress(116, isPort: true, 8, PcLayout.ResetPort).Set(128, 1, ResetControl.FullReset)
            .SetAddress(148, isPort: true, 8 * Events, Base).SetAddress(172, isPort: true, 8 * ControlLength, Base + Control)
            .SetAddress(208, isPort: true, 8 * TimerLength, Base + Timer).SetAddress(220, isPort: true, 8 * power.GeneralEventBytes, PcLayout.GeneralEventPort);
    }

    /// <summary>The MADT (5.2.12).</summary>
    private static AcpiTable Interrupts(int cpus)
    {
        var table = new AcpiTable("APIC", 3).AppendNumber(4, PcLayout.LocalApic.Start).AppendNumber(4, HasPics);
        for (var i = 0; i < cpus; i++) table.Append(0, 8, (byte)i, (byte)i).AppendNumber(4, ProcessorEnabled);
        table.Append(1, 12, PcLayout.IoApicId, 0).AppendNumber(4, PcLayout.IoApic.Start).AppendNumber(4, 0);
        table.Append(2, 10, 0, PcLayout.TimerIrq).AppendNumber(4, TimerInput).AppendNumber(2, 0);
        foreach (var irq in (ReadOnlySpan<int>)[PcLayout.PowerIrq, .. PcLayout.PciIrqs.Distinct()]) table.Append(2, 10, 0, (byte)irq).AppendNumber(4, (ulong)irq).AppendNumber(2, ActiveHighLevel);
        return table.Append(4, 6, 0xff, 0, 0, 1); // NMI at LINT1 of all
    }

    /// <summary>The HPET table (IA-PC HPET specification 1.0a, 3.2.4).</summary>
    private static AcpiTable EventTimer() => new AcpiTable("HPET", 1, 56)
        .Set(36, 4, Devices.Timers.Hpet.Identification).SetAddress(40, isPort: false, 64, PcLayout.EventTimer.Start);

    private static byte[] Describe(int cpus, PcMemory memory, int serialLines)
    {
        var aml = new AmlWriter();
        aml.Name("\\_S5", AmlWriter.Package(AmlWriter.Integer(AcpiOptions.Piix4.SoftOffType), AmlWriter.Integer(0), AmlWriter.Integer(0), AmlWriter.Integer(0)));
        aml.Scope("\\_SB", system =>
        {
            system.Device("PCI0", bus => DescribeBus(bus, memory, serialLines));
            system.Device("HPET", d => Resources(d, "PNP0103", new ResourceTemplate().Memory(PcLayout.EventTimer)));
            for (var i = 0; i < cpus; i++)
            {
                var number = (ulong)i;
                system.Device(string.Create(CultureInfo.InvariantCulture, $"C{i:X3}"), d => d.Name("_HID", AmlWriter.Text("ACPI0007")).Name("_UID", AmlWriter.Integer(number)));
            }
        });
        return aml.ToArray();
    }

    private static void DescribeBus(AmlWriter bus, PcMemory memory, int serialLines)
    {
        const int BeforeConfiguration = 0xcf7, BehindConfiguration = 0xd00;
        bus.Name("_HID", AmlWriter.EisaId("PNP0A03")).Name("_UID", AmlWriter.Integer(0)).Name("_ADR", AmlWriter.Integer(0));
        bus.Name("_CRS", new ResourceTemplate().Buses(0, 255).Port(PcLayout.PciConfiguration[0].First, PcLayout.PciConfiguration[0].Count)
            .PortWindow(0, BeforeConfiguration).PortWindow(BehindConfiguration, ushort.MaxValue).MemoryWindow(PcLayout.ScreenWindow).MemoryWindow(memory.PciWindow).ToAml());
        var routes = new List<byte[]>();
        for (var slot = 0; slot < PciBus.Slots; slot++)
        {
            for (var pin = 0; pin < PciInterrupts.Pins; pin++)
            {
                var irq = PcLayout.PciIrqs[PcLayout.PciWire(slot, pin)];
                routes.Add(AmlWriter.Package(AmlWriter.Integer(((ulong)slot << 16) | ushort.MaxValue), AmlWriter.Integer((ulong)pin), AmlWriter.Integer(0), AmlWriter.Integer((ulong)irq)));
            }
        }
        bus.Name("_PRT", AmlWriter.Package([.. routes]));
        bus.Device("ISA", isa => DescribeIsa(isa, serialLines));
        bus.Device("PWR", d => Resources(d, "PNP0C02", new ResourceTemplate().Port(PcLayout.PowerBase, PcLayout.PowerPorts)
            .Port(PcLayout.GeneralEventPort, AcpiOptions.Piix4.GeneralEventBytes).Port(PcLayout.PowerCommandPort, 2)));
    }

    private static void DescribeIsa(AmlWriter isa, int serialLines)
    {
        isa.Name("_ADR", AmlWriter.Integer(PcLayout.ChipSetSlot << 16));
        isa.Device("KBD", d => Resources(d, "PNP0303", Take(PcLayout.Keyboard[..2]).Interrupt(PcLayout.KeyboardIrq)));
        isa.Device("MOU", d => Resources(d, "PNP0F13", new ResourceTemplate().Interrupt(PcLayout.MouseIrq)));
        isa.Device("FDC0", d => Resources(d, "PNP0700", Take(PcLayout.Floppy).Interrupt(PcLayout.FloppyIrq).DmaChannel(DisketteDma)));
        isa.Device("RTC", d => Resources(d, "PNP0B00", Take(PcLayout.Clock).Interrupt(PcLayout.ClockIrq)));
        for (var i = 0; i < serialLines; i++)
        {
            var number = i;
            isa.Device(string.Create(CultureInfo.InvariantCulture, $"COM{i + 1}"), d =>
                Resources(d, "PNP0501", new ResourceTemplate().Port(PcLayout.SerialPorts[number], 8).Interrupt(PcLayout.SerialIrqs[number])).Name("_UID", AmlWriter.Integer((ulong)number + 1)));
        }
    }

    private static AmlWriter Resources(AmlWriter device, string id, ResourceTemplate resources) =>
        device.Name("_HID", AmlWriter.EisaId(id)).Name("_CRS", resources.ToAml());

    private static ResourceTemplate Take(PortRange[] ranges)
    {
        var resources = new ResourceTemplate();
        foreach (var range in ranges) resources.Port(range.First, range.Count);
        return resources;
    }
}
