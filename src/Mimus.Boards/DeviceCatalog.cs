using Mimus.Devices.Virtio;

namespace Mimus.Boards;

/// <summary>All devices that can be asked for by name: one line each.</summary>
public static class DeviceCatalog
{
    public const string VirtioBus = "virtio-bus";

    public static IReadOnlyList<DeviceModel> All { get; } =
    [
        new("virtio-blk-device", VirtioBus, "virtio block device", ["drive", "serial", "num-queues", "queue-size", "logical_block_size", "physical_block_size"],
            c => new VirtioBlock(c.Name, c.Disk("drive"), new VirtioBlockOptions
            {
                Serial = c.Text("serial") ?? "",
                QueueCount = c.Number("num-queues", 1, 1, 64),
                QueueSize = c.PowerOfTwo("queue-size", 256, 2, 1024),
                LogicalBlockSize = c.PowerOfTwo("logical_block_size", 512, 512, 32768),
                PhysicalBlockSize = c.PowerOfTwo("physical_block_size", 512, 512, 32768),
            }, c.Memory, c.Log, c.Work)),
        new("virtio-rng-device", VirtioBus, "virtio random numbers", ["rng", "max-bytes", "period"], c => new VirtioEntropy(c.Name, c.Entropy, c.Memory, c.Log, c.Work)),
        new("virtio-serial-device", VirtioBus, "virtio console", ["chardev"], c => new VirtioConsole(c.Name, c.Console("chardev"), c.Memory, c.Log, c.Work)),
    ];

    public static DeviceModel Find(string name) => All.FirstOrDefault(d => d.Name == name)
        ?? throw new ConfigurationException($"there is no device '{name}'{Suggestion.For(name, All.Select(d => d.Name))}; '-device help' lists all");
}
