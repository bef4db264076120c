using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.State;
using Mimus.Core.Timing;
using Mimus.Devices.Display;
using Mimus.Devices.Firmware;
using Mimus.Devices.Input;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Pci;
using Mimus.Devices.Serial;
using Mimus.Devices.Storage;
using Mimus.Devices.Timers;
using Mimus.Devices.Virtio;

namespace Mimus.Devices.Tests.Support;

/// <summary>All devices of a PC at their usual places, wired to each other, with local APICs whose processors are a recorder.</summary>
internal sealed class WholePc : IMachineControl, IProcessorEvents, IShadowMemory, IStateful, IDisposable
{
    private readonly List<IDevice> _devices = [];

    public WholePc(VirtualClock clock, int processors)
    {
        Ram.Add("ram", new AddressRange(0, 16 << 20));
        var vgaMemory = Ram.Add("vga-memory", new AddressRange(0xe000_0000, VgaAdapter.MinimumMemory));
        var tsc = new TickCounter(clock, 1_000_000_000);
        Interrupts = new Wires(processors);
        var external = new Acknowledge();
        Locals = [.. Enumerable.Range(0, processors).Select(i => Add(new LocalApic($"lapic{i}", (uint)i, i == 0, Apics, clock, tsc, Interrupts.Lines[i], this, external)))];
        IoApic = Add(new IoApic("ioapic", 0, Apics));
        Memory.Map(new AddressRange(0xfec0_0000, IoApic.Size), IoApic);
        Pics = Add(new PicPair("pic", new IrqLine(Locals[0], LocalApic.Lint0)));
        external.Pics = Pics;
        Ports.Map(0x20, 2, Pics, PicPair.MasterOffset);
        Ports.Map(0xa0, 2, Pics, PicPair.SlaveOffset);
        Ports.Map(0x4d0, 2, Pics, PicPair.TriggerOffset);
        var isa = Add(new IsaInterrupts("isa-interrupts", Pics, IoApic));
        IrqLine Isa(int irq) => isa.Connect(irq);

        var routes = new IrqLine?[Hpet.Routes];
        for (var i = 20; i < 24; i++) routes[i] = Isa(i);
        var hpet = Add(new Hpet("hpet", clock, routes, Isa(0), Isa(8), Apics));
        Memory.Map(new AddressRange(0xfed0_0000, Hpet.Size), hpet);
        var pit = Add(new Pit8254("pit", clock, new IrqLine(hpet, Hpet.IntervalTimer)));
        Ports.Map(0x40, 4, pit, Pit8254.TimerOffset);
        Ports.Map(0x61, 1, pit, Pit8254.SystemControlOffset);
        Ports.Map(0x70, 4, Add(new CmosClock("cmos", clock, new IrqLine(hpet, Hpet.RealTimeClock))));
        Keyboard = Add(new KeyboardController("i8042", clock, Isa(1), Isa(12), new Wires(1).Lines[0], this));
        Ports.Map(0x60, 1, Keyboard, KeyboardController.DataOffset);
        Ports.Map(0x64, 1, Keyboard, KeyboardController.CommandOffset);
        Ports.Map(0x92, 1, Keyboard, KeyboardController.SystemControlOffset);
        Ports.Map(0x3f8, 8, Add(new Uart16550("com1", new FakeConsole(), Isa(4))));
        var dma = Add(new IsaDma("dma", Ram));
        Ports.Map(0x00, 16, dma, IsaDma.FirstOffset);
        Ports.Map(0xc0, 32, dma, IsaDma.SecondOffset);
        Ports.Map(0x81, 15, dma, IsaDma.PageOffset + 1);
        Ports.Map(0x80, 1, Add(new PostCodePort("post")));
        var floppy = Add(new FloppyController("fdc", Isa(6), dma));
        floppy.Insert(0, new MemoryDisk(1440 << 10));
        Ports.Map(0x3f0, 6, floppy);
        Ports.Map(0x3f7, 1, floppy, 7);
        Ports.Map(0x510, 12, Add(new FirmwareConfiguration("fw-cfg", Ram, isInMemory: false)), widest: 8);

        var lines = Enumerable.Range(0, 16).Select(Isa).ToArray();
        var bridge = new Piix3("isa", lines);
        var wires = Enumerable.Range(0, Piix3.Wires).Select(i => new IrqLine(bridge, i)).ToArray();
        var bus = new PciBus(Memory, Ports, Add(new PciInterrupts("pci-interrupts", wires, PciInterrupts.Rotate)), Apics);
        Add(bus.Add(new I440Fx("host", this), 0));
        Add(bus.Add(bridge, 1));
        var primary = Ide("ide0", 0x1f0, 0x3f6, Isa(14));
        var secondary = Ide("ide1", 0x170, 0x376, Isa(15));
        Add(bus.Add(new Piix3Ide("ide", primary, secondary), 1, 1));
        var power = Add(new AcpiPowerManagement("acpi", AcpiOptions.Piix4, clock, Isa(9), this));
        Add(bus.Add(new Piix4PowerManagement("pm", Ports, power), 1, 3));
        Ports.Map(0xb2, 2, power, AcpiPowerManagement.CommandOffset);
        var vga = Add(bus.Add(new VgaAdapter("vga", vgaMemory, clock), 2));
        Ports.Map(0x3c0, 32, vga, VgaAdapter.PortOffset + 16);
        Ports.Map(0x1ce, 4, vga, VgaAdapter.ExtendedPortOffset, widest: 2);
        Memory.Map(new AddressRange(0xa0000, VgaAdapter.MemoryLength), vga, VgaAdapter.MemoryOffset);
        Add(bus.Add(new VirtioPci("virtio", new VirtioBlock("disk", new MemoryDisk(65536), new(), Ram, MachineLog.Silent), true, MachineLog.Silent), 3));
        var reset = Add(new ResetControl("cf9", this));
        Ports.Map(0xcf8, 8, Add(new PciConfigurationPorts("pci", bus, reset)), widest: 4);
        Reset();
    }

    public GuestMemory Ram { get; } = new();

    public AddressSpace Memory { get; } = new();

    public PortSpace Ports { get; } = new();

    public ApicBus Apics { get; } = new();

    public Wires Interrupts { get; }

    public LocalApic[] Locals { get; }

    public IoApic IoApic { get; }

    public PicPair Pics { get; }

    public KeyboardController Keyboard { get; }

    public void Reset()
    {
        foreach (var device in _devices) device.Reset();
    }

    public void Drain()
    {
        foreach (var device in _devices.OfType<IDrainable>()) device.Drain();
    }

    public void State(StateVisitor v)
    {
        foreach (var device in _devices) v.Child(device.Name, device);
    }

    public void Out(ushort port, uint value, int size = 1) => Ports.Write(port, size, value);

    public uint In(ushort port, int size = 1) => Ports.Read(port, size);

    public void Dispose() => Ram.Dispose();

    void IMachineControl.RequestPowerOff(int status)
    {
    }

    void IMachineControl.RequestReset()
    {
    }

    void IProcessorEvents.NonMaskableInterrupt()
    {
    }

    void IProcessorEvents.SystemManagementInterrupt()
    {
    }

    void IProcessorEvents.Init()
    {
    }

    void IProcessorEvents.StartUp(byte page)
    {
    }

    void IShadowMemory.SetSegment(ulong start, ulong length, bool readsMemory, bool writesMemory)
    {
    }

    void IShadowMemory.SetSystemManagementMemory(bool isEnabled, bool isOpen)
    {
    }

    private T Add<T>(T device) where T : IDevice
    {
        _devices.Add(device);
        return device;
    }

    private IdeChannel Ide(string name, int command, int control, IrqLine irq)
    {
        var channel = Add(new IdeChannel(name, irq, Ram));
        channel.AddDisk(0, new MemoryDisk(1 << 20), name);
        channel.AddCdRom(1, new MemoryDisk(65536, readOnly: true));
        Ports.Map(command, 8, channel, IdeChannel.CommandOffset, widest: 4);
        Ports.Map(control, 1, channel, IdeChannel.ControlOffset);
        return channel;
    }

    /// <summary>The 8259s exist after the local APICs that ask them.</summary>
    private sealed class Acknowledge : IInterruptAcknowledge
    {
        public PicPair? Pics { get; set; }

        byte IInterruptAcknowledge.Acknowledge() => Pics!.Acknowledge();
    }
}
