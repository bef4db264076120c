using System.Globalization;
using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Devices.Virtio;

namespace Mimus.Boards.Plugging;

/// <summary>The memory-mapped virtio transports of a board and which of the wanted devices sits in which.</summary>
/// <param name="builder">What the machine is built with.</param>
/// <param name="configuration">What was asked for.</param>
/// <param name="count">How many there are.</param>
/// <param name="place">Where each is.</param>
/// <param name="line">The interrupt of each.</param>
internal sealed class VirtioSlots(BoardBuilder builder, MachineConfiguration configuration, int count, Func<int, AddressRange> place, Func<int, IrqLine> line) : IDeviceBus
{
    private const string BusPrefix = "virtio-mmio-bus.";

    private readonly VirtioDevice?[] _devices = new VirtioDevice?[count];

    /// <summary>The slots with devices in them.</summary>
    public IEnumerable<int> Taken => Enumerable.Range(0, count).Where(i => _devices[i] is not null);

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
            builder.Add(new VirtioMmio($"virtio-mmio.{i}", _devices[i], line(i), legacy, builder.Log), place(i));
        }
    }

    private int Slot(DeviceRequest request)
    {
        if (!request.Properties.TryGetValue("bus", out var bus))
        {
            // QEMU's order: what names no bus takes the highest free slot.
            var free = Array.FindLastIndex(_devices, d => d is null);
            return free >= 0 ? free : throw new ConfigurationException($"no room for device '{request.Type}': the board has {count} virtio slots");
        }
        if (!bus.StartsWith(BusPrefix, StringComparison.Ordinal)
            || !int.TryParse(bus[BusPrefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var slot) || slot >= _devices.Length)
            throw new ConfigurationException($"there is no bus '{bus}' for device '{request.Type}'; the board has {BusPrefix}0 to {BusPrefix}{count - 1}");
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
