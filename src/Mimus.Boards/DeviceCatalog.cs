using Mimus.Boards.Plugging;
using Mimus.Devices.Firmware;
using Mimus.Devices.Virtio;

namespace Mimus.Boards;

/// <summary>All devices that can be asked for by name: one line each.</summary>
public static class DeviceCatalog
{
    /// <summary>The kinds of buses.</summary>
    public const string VirtioBus = "virtio-bus", PciBus = "PCI", IsaBus = "ISA", IdeBus = "IDE", FloppyBus = "floppy-bus", FlashBus = "system flash";

    private const int PanicStatus = 1;

    /// <summary>Flash in the place of a board's firmware.</summary>
    internal static DriveModel Flash { get; } = new("pflash", FlashBus, "flash with firmware, unit 0, or with what that keeps, unit 1");

    public static IReadOnlyList<DeviceModel> All { get; } =
    [
        .. Virtio("virtio-blk", "virtio block device", ["drive", "serial", "num-queues", "queue-size", "logical_block_size", "physical_block_size"],
            c => new VirtioBlock(c.Name, c.Disk("drive"), new VirtioBlockOptions
            {
                Serial = c.Text("serial") ?? "",
                QueueCount = c.Number("num-queues", 1, 1, 64),
                QueueSize = c.PowerOfTwo("queue-size", 256, 2, 1024),
                LogicalBlockSize = c.PowerOfTwo("logical_block_size", 512, 512, 32768),
                PhysicalBlockSize = c.PowerOfTwo("physical_block_size", 512, 512, 32768),
            }, c.Memory, c.Log, c.Work)),
        .. Virtio("virtio-rng", "virtio random numbers", ["rng", "max-bytes", "period"], c => new VirtioEntropy(c.Name, c.Entropy, c.Memory, c.Log, c.Work)),
        .. Virtio("virtio-serial", "virtio console", ["chardev"], c => new VirtioConsole(c.Name, c.Console("chardev"), c.Memory, c.Log, c.Work)),
        new DriveModel("ide-hd", IdeBus, "IDE disk"),
        new DriveModel("ide-cd", IdeBus, "IDE CD-ROM drive", IsCdRom: true),
        new DriveModel("floppy", FloppyBus, "diskette"),
        Flash,
        new IsaModel("isa-debug-exit", "port that ends the machine with a status", ["iobase", "iosize"],
            c => c.AddAtPorts(new DebugExit(c.Name, c.Control), c.Ports(standard: 0x501, count: c.Number("iosize", 2, 1, 4)))),
        new IsaModel("isa-debugcon", "port that writes to a console", ["iobase", "chardev", "readback"],
            c => c.AddAtPorts(new DebugConsole(c.Name, c.Console("chardev")), c.Ports(standard: 0xe9, count: 1))),
        new IsaModel("pvpanic", "port by which a guest tells that it has panicked", ["ioport"],
            c => c.AddAtPorts(new PanicPort(c.Name, c.Control, c.Log, PanicStatus), c.Ports(standard: 0x505, count: 1, property: "ioport"))),
    ];

    public static DeviceModel Find(string name) => All.FirstOrDefault(d => d.Name == name)
        ?? throw new ConfigurationException($"there is no device '{name}'{Suggestion.For(name, All.Select(d => d.Name))}; '-device help' lists all");

    /// <summary>A virtio device, which comes for each transport.</summary>
    private static DeviceModel[] Virtio(string name, string description, string[] properties, Func<DeviceContext, VirtioDevice> create) =>
    [
        new VirtioModel(name + "-device", description, properties, create),
        new PciModel(name + "-pci", description, [.. properties, "disable-legacy"],
            c => new VirtioPci(c.Name, create(c), isTransitional: !c.Switch("disable-legacy", false), c.Log)),
    ];
}
