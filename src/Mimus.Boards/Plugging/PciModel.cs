using Mimus.Devices.Pci;

namespace Mimus.Boards.Plugging;

/// <summary>A function of a PCI bus.</summary>
internal sealed record PciModel(string Name, string Description, IReadOnlyList<string> Properties, Func<DeviceContext, PciFunction> Create)
    : DeviceModel(Name, DeviceCatalog.PciBus, Description, [.. Properties, "addr"]);
