using System.Globalization;
using Mimus.Boards.Acpi;
using Mimus.Boards.Pc.Models;
using Mimus.Devices.Firmware;
using Mimus.Devices.Pci;
using Mimus.Devices.Timers;

namespace Mimus.Boards.Pc;

/// <summary>What the ACPI tables of all boards for x86 have in common (ACPI 6.5, chapter 5).</summary>
internal static class AcpiTables
{
    /// <summary>What the FADT says of a PC beside that it has ISA devices.</summary>
    public const ushort HasKeyboardController = 1 << 1;

    // FADT (table 5.9)
    private const int FixedLength = 244;
    private const uint WritesBack = 1 << 0, HaltsInC1 = 1 << 2, NoSleepButton = 1 << 5, CanReset = 1 << 10;
    private const ushort NoDeepSleep = 0xfff, HasLegacyDevices = 1 << 0;

    // MADT (5.2.12)
    private const uint HasPics = 1, ProcessorEnabled = 1;
    private const ushort ActiveHighLevel = 0x0d;
    private const int TimerInput = 2;

    /// <summary>A set of tables that has the FACS, the DSDT and the FADT.</summary>
    public static AcpiTableSet Create(byte[] description, AcpiOptions power, ChipSetPlaces places, ushort legacy)
    {
        var set = new AcpiTableSet();
        var facs = new byte[64];
        "FACS"u8.CopyTo(facs);
        facs[4] = (byte)facs.Length;
        var facsAt = set.AddPlain(facs);
        var descriptionAt = set.Add(new AcpiTable("DSDT", 2).Append(description), isListed: false);
        var fixedDescription = FixedDescription(power, places, legacy).Set(36, 4, (ulong)facsAt).Set(40, 4, (ulong)descriptionAt).Set(140, 8, (ulong)descriptionAt);
        set.Add(fixedDescription, isListed: true, (36, sizeof(uint)), (40, sizeof(uint)), (140, sizeof(ulong)));
        return set;
    }

    /// <summary>The FADT (5.2.9).</summary>
    private static AcpiTable FixedDescription(AcpiOptions power, ChipSetPlaces places, ushort legacy)
    {
        const int Events = 4, Control = 4, ControlLength = 2, Timer = 8, TimerLength = 4;
        ulong start = (ulong)places.Power, events = (ulong)places.GeneralEvents;
        return new AcpiTable("FACP", 3, FixedLength)
            .Set(46, 2, PcLayout.PowerIrq).Set(48, 4, PcLayout.PowerCommandPort).Set(52, 1, power.EnableCommand).Set(53, 1, power.DisableCommand)
            .Set(56, 4, start).Set(64, 4, start + Control).Set(76, 4, start + Timer).Set(80, 4, events)
            .Set(88, 1, Events).Set(89, 1, ControlLength).Set(91, 1, TimerLength).Set(92, 1, (ulong)power.GeneralEventBytes)
            .Set(96, 2, NoDeepSleep).Set(98, 2, NoDeepSleep).Set(108, 1, CmosClock.Century)
            .Set(109, 2, (ulong)(HasLegacyDevices | legacy)).Set(112, 4, WritesBack | HaltsInC1 | NoSleepButton | CanReset)
            .SetAddress(116, isPort: true, 8, PcLayout.ResetPort).Set(128, 1, ResetControl.FullReset)
            .SetAddress(148, isPort: true, 8 * Events, start).SetAddress(172, isPort: true, 8 * ControlLength, start + Control)
            .SetAddress(208, isPort: true, 8 * TimerLength, start + Timer).SetAddress(220, isPort: true, 8 * power.GeneralEventBytes, events);
    }

    /// <summary>The MADT (5.2.12).</summary>
    /// <param name="cpus">How many processors there are.</param>
    /// <param name="hasPics">Whether there are 8259s too.</param>
    /// <param name="levels">The ISA interrupts that are levels.</param>
    public static AcpiTable Interrupts(int cpus, bool hasPics, ReadOnlySpan<int> levels)
    {
        var table = new AcpiTable("APIC", 3).AppendNumber(4, PcLayout.LocalApic.Start).AppendNumber(4, hasPics ? HasPics : 0);
        for (var i = 0; i < cpus; i++) table.Append(0, 8, (byte)i, (byte)i).AppendNumber(4, ProcessorEnabled);
        table.Append(1, 12, PcLayout.IoApicId, 0).AppendNumber(4, PcLayout.IoApic.Start).AppendNumber(4, 0);
        table.Append(2, 10, 0, PcLayout.TimerIrq).AppendNumber(4, TimerInput).AppendNumber(2, 0);
        foreach (var irq in levels) table.Append(2, 10, 0, (byte)irq).AppendNumber(4, (ulong)irq).AppendNumber(2, ActiveHighLevel);
        return table.Append(4, 6, 0xff, 0, 0, 1); // NMI at LINT1 of all
    }

    /// <summary>The package of a sleep state (7.4.2).</summary>
    public static byte[] SleepState(byte type) => AmlWriter.Package(AmlWriter.Integer(type), AmlWriter.Integer(0), AmlWriter.Integer(0), AmlWriter.Integer(0));

    public static void DescribeProcessors(AmlWriter system, int cpus)
    {
        for (var i = 0; i < cpus; i++)
        {
            var number = (ulong)i;
            system.Device(string.Create(CultureInfo.InvariantCulture, $"C{i:X3}"), d => d.Name("_HID", AmlWriter.Text("ACPI0007")).Name("_UID", AmlWriter.Integer(number)));
        }
    }

    public static void DescribeClock(AmlWriter parent)
    {
        var resources = new ResourceTemplate();
        foreach (var range in PcLayout.Clock) resources.Port(range.First, range.Count);
        parent.Device("RTC", d => Resources(d, "PNP0B00", resources.Interrupt(PcLayout.ClockIrq)));
    }

    public static void DescribeSerialLines(AmlWriter parent, int lines)
    {
        for (var i = 0; i < lines; i++)
        {
            var number = i;
            parent.Device(string.Create(CultureInfo.InvariantCulture, $"COM{i + 1}"), d =>
                Resources(d, "PNP0501", new ResourceTemplate().Port(PcLayout.SerialPorts[number], 8).Interrupt(PcLayout.SerialIrqs[number])).Name("_UID", AmlWriter.Integer((ulong)number + 1)));
        }
    }

    public static AmlWriter Resources(AmlWriter device, string id, ResourceTemplate resources) =>
        device.Name("_HID", AmlWriter.EisaId(id)).Name("_CRS", resources.ToAml());
}
