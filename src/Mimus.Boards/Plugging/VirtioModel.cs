using Mimus.Devices.Virtio;

namespace Mimus.Boards.Plugging;

/// <summary>A virtio device, for a memory-mapped transport.</summary>
internal sealed record VirtioModel(string Name, string Description, IReadOnlyList<string> Properties, Func<DeviceContext, VirtioDevice> Create)
    : DeviceModel(Name, DeviceCatalog.VirtioBus, Description, Properties);
