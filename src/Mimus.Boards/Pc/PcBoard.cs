using Mimus.Boards.Loading;
using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Core.Timing;
using Mimus.Devices.Display;
using Mimus.Devices.Firmware;
using Mimus.Devices.Input;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Pci;
using Mimus.Devices.Serial;
using Mimus.Devices.Storage;
using Mimus.Devices.Timers;
using Mimus.Isa.X86;

namespace Mimus.Boards.Pc;

/// <summary>The <c>pc</c> board: a PC with the 440FX and PIIX3 chips, at the addresses and with the devices that QEMU's board of that name has.</summary>
public sealed class PcBoard : IBoard
{
    private const ulong TscFrequency = 1_000_000_000;
    private const ulong DisplayMemory = 16 << 20, LeastMemory = 2 << 20;
    private const int IsaLines = 16;
    private const string DisplayRom = "vgabios-stdvga.bin";
    private const int LongestFirmware = 16 << 20, FirmwareUnit = 64 << 10;

    // What firmware reads in CMOS memory: the kinds of diskette drives (1.44 MB, none), and what there is (a drive, display, mouse, coprocessor).
    private const int CmosFloppies = 0x10, CmosEquipment = 0x14;
    private const byte OneDrive = 0x40, EquipmentWithFloppy = 0x07;

    // Where the display's memory is for the host alone: the guest sees it through a window.
    private const ulong DisplayMemoryAt = 1ul << 51;

    public string Name => "pc";

    public string Description => "Standard PC (i440FX + PIIX, 1996)";

    // An APIC ID has eight bits, and 255 means everybody.
    public int MaximumCpus => 255;

    public Machine Build(BoardBuilder builder, MachineConfiguration configuration)
    {
        if (configuration.MemoryBytes < LeastMemory) throw new ConfigurationException("a PC needs at least 2 MiB of memory; ask for more with -m");
        var tsc = new TickCounter(builder.Clock, TscFrequency);
        var model = ParseModel(configuration.CpuModel ?? "qemu64");
        for (var i = 0; i < configuration.Cpus; i++)
            builder.AddCpu(new X86Cpu(i, model, builder.Bus, builder.Ports, tsc, builder.Log) { ProcessorCount = configuration.Cpus });
        var memory = new PcMemory(builder, configuration.MemoryBytes, ReadFirmware(configuration.Firmware));

        var apics = new ApicBus();
        ProcessorLines[] lines = [.. builder.Cpus.Cast<X86Cpu>().Select(cpu => new ProcessorLines(cpu))];
        // The 8259s and the A20 gate are wired to the first processor.
        var pics = builder.AddAtPorts(new PicPair("pic", new IrqLine(lines[0], ProcessorLines.ExternalInput)), PcLayout.Pics);
        for (var i = 0; i < lines.Length; i++) AddLocalApic(builder, (X86Cpu)builder.Cpus[i], lines[i], apics, tsc, i == 0 ? pics : null);
        var ioApic = builder.Add(new IoApic("ioapic", 0, apics), PcLayout.IoApic);
        var wires = builder.Add(new IsaInterrupts("isa-interrupts", pics, ioApic));

        AddIsaDevices(builder, configuration, memory, lines[0], wires);
        AddPci(builder, configuration, memory, wires, apics);
        return new Machine(builder, Name, builder.Loader.Fill);
    }

    private static void AddLocalApic(BoardBuilder builder, X86Cpu cpu, ProcessorLines lines, ApicBus apics, TickCounter tsc, PicPair? pics)
    {
        var isFirst = cpu.Index == 0;
        lines.Apic = builder.Add(new LocalApic($"apic{cpu.Index}", (uint)cpu.Index, isFirst, apics, builder.Clock, tsc, new IrqLine(cpu, X86Cpu.InterruptInput), lines, pics));
        cpu.InterruptController = lines;
    }

    private static void AddIsaDevices(BoardBuilder builder, MachineConfiguration configuration, PcMemory memory, ProcessorLines lines, IsaInterrupts wires)
    {
        builder.AddAtPorts(new Pit8254("pit", builder.Clock, wires.Connect(PcLayout.TimerIrq)), PcLayout.Pit);
        builder.AddAtPorts(new KeyboardController("keyboard", builder.Clock, wires.Connect(PcLayout.KeyboardIrq), wires.Connect(PcLayout.MouseIrq), new IrqLine(lines, ProcessorLines.A20Input), builder.Control), PcLayout.Keyboard);
        var clock = builder.AddAtPorts(new CmosClock("cmos", builder.Clock, wires.Connect(PcLayout.ClockIrq)), PcLayout.Clock);
        CmosMemorySizes.Store(clock, memory.BelowFourGiB, memory.AboveFourGiB);
        var dma = builder.AddAtPorts(new IsaDma("dma", builder.Memory), PcLayout.Dma);
        builder.AddAtPorts(new PostCodePort("post"), PcLayout.PostCode);
        var floppy = builder.AddAtPorts(new FloppyController("floppy", wires.Connect(PcLayout.FloppyIrq), dma, builder.Work), PcLayout.Floppy);
        clock.Store(CmosFloppies, OneDrive);
        clock.Store(CmosEquipment, EquipmentWithFloppy);
        if (configuration.Disks.TryGetValue("floppy0", out var disk)) floppy.Insert(0, disk);
        if (configuration.Consoles.TryGetValue("debugcon", out var debug)) builder.AddAtPorts(new DebugConsole("debugcon", debug), PcLayout.DebugConsole);
        for (var i = 0; i < Math.Min(configuration.SerialLines.Count, PcLayout.SerialPorts.Length); i++)
            builder.AddAtPorts(new Uart16550($"serial{i}", configuration.SerialLines[i], wires.Connect(PcLayout.SerialIrqs[i])), [new PortRange(PcLayout.SerialPorts[i], 8)]);
        var firmware = builder.AddAtPorts(new FirmwareConfiguration("fw_cfg", builder.Memory, isInMemory: false), PcLayout.FirmwareConfiguration);
        firmware.AddNumber(FirmwareItems.Cpus, (ulong)configuration.Cpus, sizeof(ushort));
        firmware.AddNumber(FirmwareItems.MaximumCpus, (ulong)configuration.Cpus, sizeof(ushort));
        firmware.AddNumber(FirmwareItems.MemoryBytes, configuration.MemoryBytes, sizeof(ulong));
    }

    private static void AddPci(BoardBuilder builder, MachineConfiguration configuration, PcMemory memory, IsaInterrupts isa, ApicBus messages)
    {
        var bridge = new Piix3("piix3", [.. Enumerable.Range(0, IsaLines).Select(isa.Connect)]);
        IrqLine[] wires = [.. Enumerable.Range(0, Piix3.Wires).Select(i => new IrqLine(bridge, i))];
        var pins = builder.Add(new PciInterrupts("pci-interrupts", wires, PciInterrupts.Rotate));
        var bus = new PciBus(builder.Bus, builder.Ports, pins, messages);
        builder.AddAtPorts(new PciConfigurationPorts("pci", bus, builder.Add(new ResetControl("reset", builder.Control))), PcLayout.PciConfiguration);
        builder.Add(bus.Add(new I440Fx("i440fx", memory), 0));
        builder.Add(bus.Add(bridge, PcLayout.ChipSetSlot));

        var primary = builder.AddAtPorts(new IdeChannel("ide0", isa.Connect(PcLayout.PrimaryIdeIrq), builder.Memory, builder.Work), PcLayout.PrimaryIde);
        var secondary = builder.AddAtPorts(new IdeChannel("ide1", isa.Connect(PcLayout.SecondaryIdeIrq), builder.Memory, builder.Work), PcLayout.SecondaryIde);
        if (configuration.Disks.TryGetValue("ide0", out var disk)) primary.AddDisk(0, disk, "MIMUS00001");
        builder.Add(bus.Add(new Piix3Ide("ide", primary, secondary), PcLayout.ChipSetSlot, 1));

        var power = builder.AddAtPorts(new AcpiPowerManagement("power", AcpiOptions.Piix4, builder.Clock, isa.Connect(PcLayout.PowerIrq), builder.Control), PcLayout.Power);
        builder.Add(bus.Add(new Piix4PowerManagement("piix4pm", builder.Ports, power), PcLayout.ChipSetSlot, 3));

        var picture = builder.Memory.Add("display", new AddressRange(DisplayMemoryAt, DisplayMemory));
        var display = builder.Add(bus.Add(new VgaAdapter("vga", picture, builder.Clock), PcLayout.DisplaySlot));
        if (FindDisplayRom(configuration.Firmware) is { } rom) display.SetRom(rom);
        builder.Bus.Map(PcLayout.ScreenWindow, display, VgaAdapter.MemoryOffset);
        builder.Ports.Map(PcLayout.DisplayPorts, VgaAdapter.PortCount, display, VgaAdapter.PortOffset);
        builder.Ports.Map(PcLayout.ExtendedDisplayPorts, VgaAdapter.ExtendedPortCount, display, VgaAdapter.ExtendedPortOffset, widest: sizeof(ushort));
    }

    private static CpuModel ParseModel(string text) => CpuModels.TryParse(text, out var model, out var error) ? model : throw new ConfigurationException(error);

    private static byte[] ReadFirmware(string path)
    {
        using var source = ImageSource.Open(path, "the firmware");
        if (source.Length is 0 or > LongestFirmware || source.Length % FirmwareUnit != 0)
            throw new ConfigurationException($"{source} has {source.Length} bytes; a PC's firmware has a multiple of 64 KiB and at most 16 MiB");
        return source.Read(0, (int)source.Length);
    }

    /// <summary>The display's own firmware comes with that of the machine, in the same folder.</summary>
    private static byte[]? FindDisplayRom(string firmware)
    {
        var path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(firmware))!, DisplayRom);
        if (!File.Exists(path)) return null;
        using var source = ImageSource.Open(path, "the display's firmware");
        return source.Read(0, (int)Math.Min(source.Length, LongestFirmware));
    }
}
