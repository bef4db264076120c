using Mimus.Boards.Plugging;
using Mimus.Boards.Smbios;
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
    private const int FirstHpetRoute = 16, EndOfHpetRoutes = 24;

    // Where the display's memory is for the host alone: the guest sees it through a window.
    private const ulong DisplayMemoryAt = 1ul << 51;

    public string Name => "pc";

    public string Description => "Standard PC (i440FX + PIIX, 1996)";

    // An APIC ID has eight bits, and 255 means everybody.
    public int MaximumCpus => 255;

    public IReadOnlyList<DriveInterface> DriveInterfaces { get; } =
    [
        new("ide", "ide-hd") { CdRom = "ide-cd", Bus = "ide", Places = 4 },
        new("floppy", "floppy") { Places = FloppyController.Drives },
        new("virtio", "virtio-blk-pci"),
    ];

    public Machine Build(BoardBuilder builder, MachineConfiguration configuration)
    {
        if (configuration.MemoryBytes < LeastMemory) throw new ConfigurationException("a PC needs at least 2 MiB of memory; ask for more with -m");
        if (configuration.InitrdPath is not null && !configuration.HasKernel) throw new ConfigurationException("an initial RAM disk needs a kernel; give one with -kernel");
        if (configuration.DeviceTreePath is not null) throw new ConfigurationException("a PC has no device tree; leave -dtb out");
        if (configuration.Loaders.Count > 0) throw new ConfigurationException("machine 'pc' loads no further files; leave '-device loader' out");
        var tsc = new TickCounter(builder.Clock, TscFrequency);
        var model = ParseModel(configuration.CpuModel ?? "qemu64");
        for (var i = 0; i < configuration.Cpus; i++)
            builder.AddCpu(new X86Cpu(i, model, builder.Bus, builder.Ports, tsc, builder.Log) { ProcessorCount = configuration.Cpus });
        var firmware = PcFirmware.Find(configuration);
        var memory = new PcMemory(builder, configuration.MemoryBytes, firmware.Rom);

        var apics = new ApicBus();
        ProcessorLines[] lines = [.. builder.Cpus.Cast<X86Cpu>().Select(cpu => new ProcessorLines(cpu))];
        // The 8259s and the A20 gate are wired to the first processor.
        var pics = builder.AddAtPorts(new PicPair("pic", new IrqLine(lines[0], ProcessorLines.ExternalInput)), PcLayout.Pics);
        for (var i = 0; i < lines.Length; i++) AddLocalApic(builder, (X86Cpu)builder.Cpus[i], lines[i], apics, tsc, i == 0 ? pics : null);
        var ioApic = builder.Add(new IoApic("ioapic", PcLayout.IoApicId, apics), PcLayout.IoApic);
        var wires = builder.Add(new IsaInterrupts("isa-interrupts", pics, ioApic));

        var acpi = PcAcpi.Create(configuration.Cpus, memory, Math.Min(configuration.SerialLines.Count, PcLayout.SerialPorts.Length));
        var smbios = new SmbiosTables(configuration, Description);
        var clock = AddTimers(builder, wires, apics);
        CmosMemorySizes.Store(clock, memory.BelowFourGiB, memory.AboveFourGiB);
        var cmos = new CmosMap(clock);
        cmos.SetBootOrder(configuration.BootOrder);
        var floppies = AddIsaDevices(builder, configuration, lines[0], wires);
        FirmwareItems.Fill(builder.AddAtPorts(new FirmwareConfiguration("fw_cfg", builder.Memory, isInMemory: false), PcLayout.FirmwareConfiguration), configuration, memory, acpi, smbios);
        var (bus, disks) = AddPci(builder, memory, wires, apics, firmware.DisplayRom);
        PlugDevices(builder, configuration, cmos, bus, floppies, disks);

        if (!configuration.HasKernel) return new Machine(builder, Name, builder.Loader.Fill);
        var boot = new PcDirectBoot(builder, configuration, memory, bus, acpi, smbios);
        return new Machine(builder, Name, () => boot.Boot((X86Cpu)builder.Cpus[0], lines[0].Apic!));
    }

    private static void AddLocalApic(BoardBuilder builder, X86Cpu cpu, ProcessorLines lines, ApicBus apics, TickCounter tsc, PicPair? pics)
    {
        var isFirst = cpu.Index == 0;
        lines.Apic = builder.Add(new LocalApic($"apic{cpu.Index}", (uint)cpu.Index, isFirst, apics, builder.Clock, tsc, new IrqLine(cpu, X86Cpu.InterruptInput), lines, pics));
        cpu.InterruptController = lines;
    }

    /// <summary>The interval timer and the clock, whose interrupts the event timers can take over.</summary>
    private static CmosClock AddTimers(BoardBuilder builder, IsaInterrupts wires, ApicBus messages)
    {
        var routes = new IrqLine?[Hpet.Routes];
        for (var i = FirstHpetRoute; i < EndOfHpetRoutes; i++) routes[i] = wires.Connect(i);
        var events = builder.Add(new Hpet("hpet", builder.Clock, routes, wires.Connect(PcLayout.TimerIrq), wires.Connect(PcLayout.ClockIrq), messages), PcLayout.EventTimer);
        builder.AddAtPorts(new Pit8254("pit", builder.Clock, new IrqLine(events, Hpet.IntervalTimer)), PcLayout.Pit);
        return builder.AddAtPorts(new CmosClock("cmos", builder.Clock, new IrqLine(events, Hpet.RealTimeClock)), PcLayout.Clock);
    }

    private static FloppyController AddIsaDevices(BoardBuilder builder, MachineConfiguration configuration, ProcessorLines lines, IsaInterrupts wires)
    {
        builder.AddAtPorts(new KeyboardController("keyboard", builder.Clock, wires.Connect(PcLayout.KeyboardIrq), wires.Connect(PcLayout.MouseIrq), new IrqLine(lines, ProcessorLines.A20Input), builder.Control), PcLayout.Keyboard);
        var dma = builder.AddAtPorts(new IsaDma("dma", builder.Memory), PcLayout.Dma);
        builder.AddAtPorts(new PostCodePort("post"), PcLayout.PostCode);
        for (var i = 0; i < Math.Min(configuration.SerialLines.Count, PcLayout.SerialPorts.Length); i++)
            builder.AddAtPorts(new Uart16550($"serial{i}", configuration.SerialLines[i], wires.Connect(PcLayout.SerialIrqs[i])), [new PortRange(PcLayout.SerialPorts[i], 8)]);
        return builder.AddAtPorts(new FloppyController("floppy", wires.Connect(PcLayout.FloppyIrq), dma, builder.Work), PcLayout.Floppy);
    }

    private static (PciBus Bus, IdeChannel[] Disks) AddPci(BoardBuilder builder, PcMemory memory, IsaInterrupts isa, ApicBus messages, byte[]? displayRom)
    {
        var bridge = new Piix3("piix3", [.. Enumerable.Range(0, IsaLines).Select(isa.Connect)]);
        IrqLine[] wires = [.. Enumerable.Range(0, Piix3.Wires).Select(i => new IrqLine(bridge, i))];
        var pins = builder.Add(new PciInterrupts("pci-interrupts", wires, PcLayout.PciWire));
        var bus = new PciBus(builder.Bus, builder.Ports, pins, messages);
        builder.AddAtPorts(new PciConfigurationPorts("pci", bus, builder.Add(new ResetControl("reset", builder.Control))), PcLayout.PciConfiguration);
        builder.Add(bus.Add(new I440Fx("i440fx", memory), 0));
        builder.Add(bus.Add(bridge, PcLayout.ChipSetSlot));

        var primary = builder.AddAtPorts(new IdeChannel("ide0", isa.Connect(PcLayout.PrimaryIdeIrq), builder.Memory, builder.Work), PcLayout.PrimaryIde);
        var secondary = builder.AddAtPorts(new IdeChannel("ide1", isa.Connect(PcLayout.SecondaryIdeIrq), builder.Memory, builder.Work), PcLayout.SecondaryIde);
        builder.Add(bus.Add(new Piix3Ide("ide", primary, secondary), PcLayout.ChipSetSlot, 1));

        var power = builder.AddAtPorts(new AcpiPowerManagement("power", AcpiOptions.Piix4, builder.Clock, isa.Connect(PcLayout.PowerIrq), builder.Control), PcLayout.Power);
        builder.Add(bus.Add(new Piix4PowerManagement("piix4pm", builder.Ports, power), PcLayout.ChipSetSlot, 3));

        var picture = builder.Memory.Add("display", new AddressRange(DisplayMemoryAt, DisplayMemory));
        var display = builder.Add(bus.Add(new VgaAdapter("vga", picture, builder.Clock), PcLayout.DisplaySlot));
        if (displayRom is not null) display.SetRom(displayRom);
        builder.Bus.Map(PcLayout.ScreenWindow, display, VgaAdapter.MemoryOffset);
        builder.Ports.Map(PcLayout.DisplayPorts, VgaAdapter.PortCount, display, VgaAdapter.PortOffset);
        builder.Ports.Map(PcLayout.ExtendedDisplayPorts, VgaAdapter.ExtendedPortCount, display, VgaAdapter.ExtendedPortOffset, widest: sizeof(ushort));
        return (bus, [primary, secondary]);
    }

    private void PlugDevices(BoardBuilder builder, MachineConfiguration configuration, CmosMap cmos, PciBus bus, FloppyController floppies, IdeChannel[] channels)
    {
        cmos.AddFloppy(0);
        DevicePlugs.PlugAll(Name, configuration,
            new IsaBus(builder, configuration),
            new PciSlots(builder, configuration, bus),
            new DrivePlaces(builder, configuration, DeviceCatalog.FloppyBus, ["fdc.0"], (_, unit, disk, _, _) =>
            {
                floppies.Insert(unit, disk);
                cmos.AddFloppy(unit);
            }),
            new DrivePlaces(builder, configuration, DeviceCatalog.IdeBus, ["ide.0", "ide.1"], (channel, unit, disk, isCdRom, serial) =>
            {
                if (isCdRom) channels[channel].AddCdRom(unit, disk);
                else channels[channel].AddDisk(unit, disk, serial);
                if (!isCdRom) cmos.AddDisk((channel * 2) + unit, disk);
            }));
    }

    private static CpuModel ParseModel(string text) => CpuModels.TryParse(text, out var model, out var error) ? model : throw new ConfigurationException($"-cpu: {error}");
}
