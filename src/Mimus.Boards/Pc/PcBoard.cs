using Mimus.Boards.Acpi;
using Mimus.Boards.Pc.Models;
using Mimus.Boards.Plugging;
using Mimus.Boards.Smbios;
using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Devices.Display;
using Mimus.Devices.Firmware;
using Mimus.Devices.Input;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Pci;
using Mimus.Devices.Storage;
using Mimus.Devices.Timers;

namespace Mimus.Boards.Pc;

/// <summary>The boards that are whole PCs, <c>pc</c> and <c>q35</c>, at the addresses and with the devices that QEMU's boards of those names have.</summary>
public sealed class PcBoard : IBoard
{
    /// <summary>The name of the interface of diskettes.</summary>
    internal const string Diskettes = "floppy";

    private const ulong DisplayMemory = 16 << 20;
    private const int FirstHpetRoute = 16, EndOfHpetRoutes = 24;

    // Where the display's memory is for the host alone: the guest sees it through a window.
    private const ulong DisplayMemoryAt = 1ul << 51;

    private readonly PcModel _model;

    private PcBoard(PcModel model) => _model = model;

    /// <summary>The PC with the 440FX and PIIX3 chips.</summary>
    public static PcBoard I440Fx { get; } = new(new I440FxModel());

    /// <summary>The PC with the 82Q35 and ICH9 chips.</summary>
    public static PcBoard Q35 { get; } = new(new Q35Model());

    public string Name => _model.Name;

    public IReadOnlyList<string> VersionedNames => _model.VersionedNames;

    public string Description => _model.Description;

    public int MaximumCpus => PcProcessors.Maximum;

    public IReadOnlyList<DriveInterface> DriveInterfaces => _model.DriveInterfaces;

    public Machine Build(BoardBuilder builder, MachineConfiguration configuration)
    {
        PcParts.Check(Name, configuration);
        var processors = new PcProcessors(builder, configuration);
        var wires = processors.Wires;
        var flash = new PcFlash(builder, configuration);
        var firmware = PcFirmware.Find(configuration, flash.Firmware);
        var memory = new PcMemory(builder, configuration.MemoryBytes, _model.LowMemory(configuration.MemoryBytes), firmware.Rom);
        processors.Connect(memory);

        var clock = AddTimers(builder, wires, processors.Messages);
        CmosMemorySizes.Store(clock, memory.BelowFourGiB, memory.AboveFourGiB);
        var cmos = new CmosMap(clock);
        cmos.SetBootOrder(configuration.BootOrder);
        var dma = AddIsaDevices(builder, configuration, processors.First, wires);
        var (bus, disks) = _model.AddChipSet(builder, memory, processors);
        AddDisplay(builder, bus, firmware.DisplayRom);
        PlugDevices(builder, configuration, cmos, [flash, new PciSlots(builder, configuration, bus, _model.BusName)], disks, dma, wires);

        AcpiTableSet Describe(ChipSetPlaces places) => PcAcpi.Create(_model, places, configuration.Cpus, memory, PcParts.CountSerialLines(configuration));
        var smbios = new SmbiosTables(configuration, Description);
        var items = builder.AddAtPorts(new FirmwareConfiguration("fw_cfg", builder.Memory, isInMemory: false), PcLayout.FirmwareConfiguration);
        FirmwareItems.Fill(items, configuration, MemoryMapEntry.All(memory.BelowFourGiB, memory.AboveFourGiB), () => Describe(_model.FindPlaces(bus)), smbios);
        if (!configuration.HasKernel) return new Machine(builder, Name, builder.Loader.Fill);
        var places = _model.StandardPlaces;
        var boot = new PcDirectBoot(builder, configuration, processors, MemoryMapEntry.OfPc(memory.BelowFourGiB, memory.AboveFourGiB, places.Configuration), memory.BelowFourGiB, Describe(places), smbios);
        return new Machine(builder, Name, () =>
        {
            ChipSetSetup.Apply(_model, bus, builder.Ports);
            boot.Boot();
        });
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

    private static IsaDma AddIsaDevices(BoardBuilder builder, MachineConfiguration configuration, ProcessorLines lines, IsaInterrupts wires)
    {
        builder.AddAtPorts(new KeyboardController("keyboard", builder.Clock, wires.Connect(PcLayout.KeyboardIrq), wires.Connect(PcLayout.MouseIrq), new IrqLine(lines, ProcessorLines.A20Input), builder.Control), PcLayout.Keyboard);
        builder.AddAtPorts(new PostCodePort("post"), PcLayout.PostCode);
        PcParts.AddSerialLines(builder, configuration, wires);
        return builder.AddAtPorts(new IsaDma("dma", builder.Memory), PcLayout.Dma);
    }

    private void AddDisplay(BoardBuilder builder, PciBus bus, byte[]? rom)
    {
        var picture = builder.Memory.Add("display", new AddressRange(DisplayMemoryAt, DisplayMemory), isHidden: true);
        var display = builder.Add(bus.Add(new VgaAdapter("vga", picture, builder.Clock), _model.DisplaySlot));
        if (rom is not null) display.SetRom(rom);
        builder.Bus.Map(PcLayout.ScreenWindow, display, VgaAdapter.MemoryOffset);
        builder.Ports.Map(PcLayout.DisplayPorts, VgaAdapter.PortCount, display, VgaAdapter.PortOffset);
        builder.Ports.Map(PcLayout.ExtendedDisplayPorts, VgaAdapter.ExtendedPortCount, display, VgaAdapter.ExtendedPortOffset, widest: sizeof(ushort));
    }

    private void PlugDevices(BoardBuilder builder, MachineConfiguration configuration, CmosMap cmos, List<IDeviceBus> buses, IdeChannel[] disks, IsaDma dma, IsaInterrupts wires)
    {
        buses.Add(new IsaBus(builder, configuration));
        if (_model.HasDiskettes) buses.Add(DiskettePlaces(builder, configuration, cmos, dma, wires));
        if (disks.Length > 0) buses.Add(DiskPlaces(builder, configuration, cmos, disks));
        DevicePlugs.PlugAll(Name, configuration, [.. buses]);
    }

    private static DrivePlaces DiskettePlaces(BoardBuilder builder, MachineConfiguration configuration, CmosMap cmos, IsaDma dma, IsaInterrupts wires)
    {
        var floppies = builder.AddAtPorts(new FloppyController("floppy", wires.Connect(PcLayout.FloppyIrq), dma, builder.Work), PcLayout.Floppy);
        cmos.AddFloppy(0);
        return new DrivePlaces(builder, configuration, DeviceCatalog.FloppyBus, ["fdc.0"], (_, unit, disk, _, _) =>
        {
            floppies.Insert(unit, disk);
            cmos.AddFloppy(unit);
        });
    }

    private static DrivePlaces DiskPlaces(BoardBuilder builder, MachineConfiguration configuration, CmosMap cmos, IdeChannel[] channels) =>
        new(builder, configuration, DeviceCatalog.IdeBus, [.. channels.Select((_, i) => $"ide.{i}")], (channel, unit, disk, isCdRom, serial) =>
        {
            if (isCdRom) channels[channel].AddCdRom(unit, disk);
            else channels[channel].AddDisk(unit, disk, serial);
            if (!isCdRom) cmos.AddDisk((channel * 2) + unit, disk);
        });
}
