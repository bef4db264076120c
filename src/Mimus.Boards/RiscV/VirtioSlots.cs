using Mimus.Boards.Plugging;
using System.Globalization;
using Mimus.Core.Devices;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Virtio;

namespace Mimus.Boards.RiscV;

/// <summary>The eight memory-mapped virtio transports and which of the wanted devices sits in which.</summary>
internal sealed class VirtioSlots(BoardBuilder builder, MachineConfiguration configuration, Plic plic) : IDeviceBus
{
    private const string BusPrefix = "virtio-mmio-bus.";

    private readonly VirtioDevice?[] _devices = new VirtioDevice?[VirtLayout.VirtioCount];

    public bool TryPlug(DeviceModel model, DeviceRequest request)
    {
        if (model is not VirtioModel virtio) return false;
        var slot = Slot(request);
        _devices[slot] = virtio.Create(new DeviceContext(request, model, request.Id ?? $"{model.Name}.{slot}", builder, configuration));
        return true;
    }

    /// <summary>Adds all transports, after the devices.</summary>
    public void AddTransports()
    {
        var legacy = IsLegacy();
        for (var i = 0; i < _devices.Length; i++)
        {
            var line = new IrqLine(plic, VirtLayout.VirtioIrq(i));
            builder.Add(new VirtioMmio($"virtio-mmio.{i}", _devices[i], line, legacy, builder.Log), VirtLayout.Virtio(i));
        }
    }

    private int Slot(DeviceRequest request)
    {
        if (!request.Properties.TryGetValue("bus", out var bus))
        {
            // QEMU's order: what names no bus takes the highest free slot.
            var free = Array.FindLastIndex(_devices, d => d is null);
            return free >= 0 ? free : throw new ConfigurationException($"no room for device '{request.Type}': the board has {VirtLayout.VirtioCount} virtio slots");
        }
        if (!bus.StartsWith(BusPrefix, StringComparison.Ordinal)
            || !int.TryParse(bus[BusPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var slot) || slot >= _devices.Length)
            throw new ConfigurationException($"there is no bus '{bus}' for device '{request.Type}'; the board has {BusPrefix}0 to {BusPrefix}{VirtLayout.VirtioCount - 1}");
        return _devices[slot] is null ? slot : throw new ConfigurationException($"two devices want bus '{bus}'; give one of them another");
    }

    /// <summary>The transport is the old one unless asked otherwise, as existing command lines expect.</summary>
    private bool IsLegacy() => configuration.Globals.LastOrDefault(g => g is { Driver: "virtio-mmio", Property: "force-legacy" })?.Value switch
    {
        null or "on" or "true" => true,
        "off" or "false" => false,
        var other => throw new ConfigurationException($"virtio-mmio.force-legacy must be on or off, not '{other}'"),
    };
}
