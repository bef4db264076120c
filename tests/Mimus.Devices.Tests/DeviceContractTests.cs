using Mimus.Core.Backends;
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
using Mimus.Devices.Tests.Pci;
using Mimus.Devices.Tests.Support;
using Mimus.Devices.Tests.Virtio;
using Mimus.Devices.Timers;
using Mimus.Devices.Virtio;

namespace Mimus.Devices.Tests;

/// <summary>What every device promises. A new device is one more line in <see cref="s_devices"/>.</summary>
public sealed class DeviceContractTests
{
    private static readonly Dictionary<string, (ulong Size, Func<Parts, IMmioDevice> Create)> s_devices = new()
    {
        ["uart"] = (8, p => new Uart16550("uart", p.Console, p.Wires.Lines[0])),
        ["uart with stride 4"] = (32, p => new Uart16550("uart", p.Console, p.Wires.Lines[0], 4)),
        ["aclint"] = (Aclint.Size, p => new Aclint("clint", new TickCounter(p.Clock, 10_000_000), p.Wires.Lines, p.OtherWires.Lines)),
        ["plic"] = (Plic.SizeFor(4), p => new Plic("plic", 96, 7, p.Wires.Lines)),
        ["plic of the largest size"] = (Plic.SizeFor(4), p => new Plic("plic", 1024, int.MaxValue, p.Wires.Lines)),
        ["pic pair"] = (PicPair.Size, p => new PicPair("pic", p.Wires.Lines[0])),
        ["pit"] = (Pit8254.Size, p => new Pit8254("pit", p.Clock, p.Wires.Lines[0])),
        ["cmos clock"] = (CmosClock.Size, p => new CmosClock("cmos", p.Clock, p.Wires.Lines[0])),
        ["keyboard controller"] = (KeyboardController.Size, p => new KeyboardController("i8042", p.Clock, p.Wires.Lines[0], p.Wires.Lines[1], p.Anything, p)),
        ["local apic"] = (LocalApic.Size, p => p.LocalApic(new ApicBus())),
        ["io apic"] = (IoApic.Size, p => p.IoApic()),
        ["hpet"] = (Hpet.Size, p => new Hpet("hpet", p.Clock, p.Wires.Lines, p.OtherWires.Lines[0], p.OtherWires.Lines[1], new ApicBus())),
        ["acpi of the ich9"] = (AcpiPowerManagement.Size, p => p.Power(AcpiOptions.Ich9)),
        ["acpi of the piix4"] = (AcpiPowerManagement.Size, p => p.Power(AcpiOptions.Piix4)),
        ["fw_cfg at ports"] = (FirmwareConfiguration.PortSize, p => p.FirmwareConfiguration(isInMemory: false)),
        ["fw_cfg in memory"] = (FirmwareConfiguration.MemorySize, p => p.FirmwareConfiguration(isInMemory: true)),
        ["debug console"] = (1, p => new DebugConsole("debugcon", p.Console)),
        ["debug exit"] = (4, p => new DebugExit("exit", p)),
        ["panic port"] = (1, p => new PanicPort("pvpanic", p, MachineLog.Silent, 1)),
        ["post code port"] = (1, p => new PostCodePort("post")),
        ["pci function"] = (PciFunction.ConventionalLength, _ => new PciSystem().Bus.Add(new TestFunction(), 3)),
        ["pci message table"] = (0x2000, _ => new BarWindow(new PciSystem().Bus.Add(new TestFunction(), 3), 4)),
        ["pci configuration ports"] = (PciConfigurationPorts.Size, _ => new PciSystem().Mechanism1),
        ["pci ecam"] = (PciEcam.BusLength, _ => new PciEcam("ecam", new PciSystem().Bus)),
        ["440fx"] = (PciFunction.ConventionalLength, _ => new I440Fx("host", new PciSystem())),
        ["q35 host bridge"] = (PciFunction.ConventionalLength, _ => new PciSystem().HostBridge),
        ["piix3"] = (PciFunction.ConventionalLength, p => new Piix3("isa", new Wires(16).Lines)),
        ["piix4 power management"] = (PciFunction.ConventionalLength, p => new Piix4PowerManagement("pm", new PortSpace(), p.Power(AcpiOptions.Piix4))),
        ["ich9 lpc bridge"] = (PciFunction.ConventionalLength,
            p => new Ich9LpcBridge("lpc", new Wires(16).Lines, new Wires(8).Lines, new PortSpace(), p.Power(AcpiOptions.Ich9))),
        ["reset control"] = (1, p => new ResetControl("cf9", p)),
        ["vga ports"] = (VgaAdapter.PortCount, p => p.Display(VgaAdapter.PortOffset)),
        ["vga memory"] = (VgaAdapter.MemoryLength, p => p.Display(VgaAdapter.MemoryOffset)),
        ["vbe ports"] = (VgaAdapter.ExtendedPortCount, p => p.Display(VgaAdapter.ExtendedPortOffset)),
        ["vga on pci"] = (PciFunction.ConventionalLength, p => p.Display(0)),
        ["vga frame buffer"] = (VgaAdapter.MinimumMemory, p => p.Display(PciFunction.OffsetOfBar(0))),
        ["vga register window"] = (0x1000, p => p.Display(PciFunction.OffsetOfBar(2))),
        ["ide channel"] = (IdeChannel.Size, p => p.Ide()),
        ["ide bus masters"] = (16, p => new BarWindow(new PciSystem().Bus.Add(new Piix3Ide("ide", p.Ide(), p.Ide()), 1), 4)),
        ["isa dma"] = (IsaDma.Size, p => new IsaDma("dma", p.Memory)),
        ["floppy controller"] = (FloppyController.Size, p => p.Floppy()),
        ["virtio on pci"] = (PciFunction.ConventionalLength, p => p.VirtioOnPci(transitional: false)),
        ["virtio on pci, modern window"] = (0x4000, p => new BarWindow(p.VirtioOnPci(transitional: false), 4)),
        ["transitional virtio on pci, ports"] = (128, p => new BarWindow(p.VirtioOnPci(transitional: true), 0)),
        ["transitional virtio on pci, modern window"] = (0x4000, p => new BarWindow(p.VirtioOnPci(transitional: true), 4)),
        ["finisher"] = (Finisher.Size, p => new Finisher("test", p)),
        ["rtc"] = (GoldfishRtc.Size, p => new GoldfishRtc("rtc", p.Clock, p.Wires.Lines[0])),
        ["flash"] = (1 << 20, p => new CfiFlash("flash", p.Flash, CfiFlashLayout.Wide, isProtected: false)),
        ["empty virtio slot"] = (VirtioMmio.Size, p => p.Slot(null, legacy: false)),
        ["virtio block"] = (VirtioMmio.Size, p => p.Slot(p.Block(), legacy: false)),
        ["legacy virtio block"] = (VirtioMmio.Size, p => p.Slot(p.Block(), legacy: true)),
        ["virtio entropy"] = (VirtioMmio.Size, p => p.Slot(new VirtioEntropy("rng", p, p.Memory, MachineLog.Silent), legacy: false)),
        ["virtio console"] = (VirtioMmio.Size, p => p.Slot(new VirtioConsole("console", p.Console, p.Memory, MachineLog.Silent), legacy: false)),
        ["legacy virtio console"] = (VirtioMmio.Size, p => p.Slot(new VirtioConsole("console", p.Console, p.Memory, MachineLog.Silent), legacy: true)),
    };

    private static readonly string[] s_withBattery = ["rtc", "cmos clock"];

    public static TheoryData<string> Devices => [.. s_devices.Keys];

    [Theory]
    [MemberData(nameof(Devices))]
    public void Random_accesses_never_throw(string name)
    {
        using var parts = new Parts();
        Disturb(Create(name, parts, out var size), size, seed: 1, accesses: 100_000);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void Saved_state_comes_back_whatever_happened_since(string name)
    {
        for (var seed = 10; seed < 15; seed++)
        {
            using var parts = new Parts();
            var device = Create(name, parts, out var size);
            Disturb(device, size, seed, 2000);
            var saved = RecordingVisitor.Save(device);
            var levels = parts.Levels;

            Disturb(device, size, seed + 100, 2000);
            RecordingVisitor.Restore(device, saved);
            Assert.Equal(RecordingVisitor.Describe(saved), RecordingVisitor.Describe(RecordingVisitor.Save(device)));
            Assert.Equal(levels, parts.Levels);

            using var otherParts = new Parts();
            var other = Create(name, otherParts, out _);
            RecordingVisitor.Restore(other, saved);
            Assert.Equal(RecordingVisitor.Describe(saved), RecordingVisitor.Describe(RecordingVisitor.Save(other)));
            Assert.Equal(levels, otherParts.Levels);
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_snapshot_with_lies_is_refused_or_does_no_harm(string name)
    {
        for (var seed = 40; seed < 70; seed++)
        {
            using var parts = new Parts();
            var device = Create(name, parts, out var size);
            Disturb(device, size, seed, 300);
            var saved = RecordingVisitor.Save(device);
            var random = new Random(seed);
            for (var lies = random.Next(1, 4); lies > 0 && saved.Count > 0; lies--)
            {
                var field = saved[random.Next(saved.Count)].Value;
                if (field.Length == 0) continue;
                if (random.Next(2) == 0) random.NextBytes(field);
                else field[random.Next(field.Length)] ^= (byte)(1 << random.Next(8));
            }
            try
            {
                RecordingVisitor.Restore(device, saved);
            }
            catch (StateException)
            {
                continue;
            }
            Disturb(device, size, seed, 300);
            device.Reset();
        }
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public void A_reset_makes_the_device_as_new_and_a_second_one_changes_nothing(string name)
    {
        using var parts = new Parts();
        var device = Create(name, parts, out var size);
        var fresh = RecordingVisitor.Describe(RecordingVisitor.Save(device));
        Disturb(device, size, seed: 20, accesses: 2000);
        device.Reset();
        var once = RecordingVisitor.Describe(RecordingVisitor.Save(device));
        device.Reset();
        Assert.Equal(once, RecordingVisitor.Describe(RecordingVisitor.Save(device)));
        // What a battery keeps through a reset is the exception.
        if (!s_withBattery.Contains(name)) Assert.Equal(fresh, once);
        Assert.DoesNotContain(true, parts.Levels);
    }

    [Theory]
    [MemberData(nameof(Devices))]
    public async Task Several_vcpus_at_once_do_no_harm(string name)
    {
        using var parts = new Parts();
        var device = Create(name, parts, out var size);
        await Task.WhenAll(Enumerable.Range(30, 3).Select(seed => Task.Run(() => Disturb(device, size, seed, 5000))));
        device.Reset();
        Assert.DoesNotContain(true, parts.Levels);
    }

    private static IMmioDevice Create(string name, Parts parts, out ulong size)
    {
        var (length, create) = s_devices[name];
        size = length;
        return create(parts);
    }

    /// <summary>Accesses of all kinds, many of them at registers that do something; afterwards nothing is under way.</summary>
    private static void Disturb(IMmioDevice device, ulong size, int seed, int accesses)
    {
        var random = new Random(seed);
        Span<byte> data = stackalloc byte[16];
        for (var i = 0; i < accesses; i++)
        {
            var offset = random.Next(20) switch
            {
                0 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                < 4 => (ulong)random.NextInt64((long)size + 16),
                < 12 => (ulong)random.Next(0x110) % size,
                _ => (ulong)random.NextInt64((long)size) & ~3ul & (ulong)(random.Next(2) == 0 ? 0xfc : -1),
            };
            var part = data[..(random.Next(3) == 0 ? random.Next(17) : 1 << random.Next(4))];
            if (random.Next(2) == 0)
            {
                device.Read(offset, part);
                continue;
            }
            random.NextBytes(part);
            if (random.Next(2) == 0) part[Math.Min(1, part.Length)..].Clear(); // small numbers
            device.Write(offset, part);
        }
        if (device is IDrainable drainable) drainable.Drain();
    }

    private sealed class Parts : IMachineControl, IEntropySource, IProcessorEvents, IDisposable
    {
        public VirtualClock Clock { get; } = new();

        public Wires Wires { get; } = new(4);

        public Wires OtherWires { get; } = new(4);

        /// <summary>A line that may be high after a reset.</summary>
        public IrqLine Anything { get; } = new Wires(1).Lines[0];

        public FakeConsole Console { get; } = new();

        public GuestMemory Memory { get; } = VirtioDriver.NewMemory();

        public RamBlock Flash => Memory.Find(new GuestAddress(0), 1) ?? Memory.Add("flash", new AddressRange(0, 1 << 20), readOnly: true);

        public bool[] Levels => [.. Enumerable.Range(0, 4).SelectMany(i => new[] { Wires[i], OtherWires[i] })];

        public VirtioBlock Block() => new("disk", new MemoryDisk(65536), new() { QueueCount = 2 }, Memory, MachineLog.Silent);

        public VirtioMmio Slot(VirtioDevice? device, bool legacy) => new("slot", device, Wires.Lines[0], legacy, MachineLog.Silent);

        public LocalApic LocalApic(ApicBus bus) =>
            new("lapic", 0, true, bus, Clock, new TickCounter(Clock, 1_000_000_000), Wires.Lines[0], this, null);

        public IoApic IoApic()
        {
            var bus = new ApicBus();
            LocalApic(bus);
            return new IoApic("ioapic", 1, bus);
        }

        public AcpiPowerManagement Power(AcpiOptions options) => new("pm", options, Clock, Wires.Lines[0], this);

        public BarWindow Display(ulong offset) =>
            new(new VgaAdapter("vga", Memory.Add("vga-memory", new AddressRange(0xe000_0000, VgaAdapter.MinimumMemory)), Clock), (int)(offset >> 48) - 1);

        public IdeChannel Ide()
        {
            var channel = new IdeChannel("ide", Wires.Lines[0], Memory);
            channel.AddDisk(0, new MemoryDisk(65536), "1");
            channel.AddCdRom(1, new MemoryDisk(65536, readOnly: true));
            channel.Reset();
            return channel;
        }

        public FloppyController Floppy()
        {
            var controller = new FloppyController("fdc", Wires.Lines[0], new IsaDma("dma", Memory));
            controller.Insert(0, new MemoryDisk(1440 << 10));
            return controller;
        }

        public VirtioPci VirtioOnPci(bool transitional) =>
            new PciSystem().Bus.Add(new VirtioPci("virtio", Block(), transitional, MachineLog.Silent), 3);

        public FirmwareConfiguration FirmwareConfiguration(bool isInMemory)
        {
            var device = new FirmwareConfiguration("fw-cfg", Memory, isInMemory);
            device.AddFile("etc/something", new byte[100], isWritable: true);
            return device;
        }

        public void NonMaskableInterrupt()
        {
        }

        public void SystemManagementInterrupt()
        {
        }

        public void Init()
        {
        }

        public void StartUp(byte page)
        {
        }

        public void RequestPowerOff(int status)
        {
        }

        public void RequestReset()
        {
        }

        public void Fill(Span<byte> destination) => destination.Fill(0x42);

        public void Dispose() => Memory.Dispose();
    }
}
