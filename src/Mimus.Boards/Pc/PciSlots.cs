using System.Globalization;
using Mimus.Boards.Plugging;
using Mimus.Devices.Pci;

namespace Mimus.Boards.Pc;

/// <summary>The slots of the PCI bus, for devices that were asked for.</summary>
internal sealed class PciSlots(BoardBuilder builder, MachineConfiguration configuration, PciBus bus, string name) : IDeviceBus
{
    public bool TryPlug(DeviceModel model, DeviceRequest request)
    {
        if (model is not PciModel pci) return false;
        if (request.Properties.TryGetValue("bus", out var wanted) && wanted != name)
            throw new ConfigurationException($"there is no bus '{wanted}' for device '{request.Type}'; the board has {name}");
        var (slot, function) = request.Properties.TryGetValue("addr", out var address) ? Parse(request, address) : (FreeSlot(request), 0);
        if (bus.IsOccupied(slot, function)) throw new ConfigurationException($"two devices want addr={slot:x}.{function:x}; give '{request.Type}' another");
        var context = new DeviceContext(request, model, request.Id ?? $"{model.Name}.{slot:x}.{function:x}", builder, configuration);
        builder.Add(bus.Add(pci.Create(context), slot, function));
        return true;
    }

    private int FreeSlot(DeviceRequest request)
    {
        for (var slot = 0; slot < PciBus.Slots; slot++)
        {
            if (!bus.IsOccupied(slot, 0)) return slot;
        }
        throw new ConfigurationException($"no room for device '{request.Type}': the PCI bus has {PciBus.Slots} slots");
    }

    /// <summary>A slot and perhaps a function, as <c>5</c> or <c>1f.3</c>, both hexadecimal.</summary>
    private static (int Slot, int Function) Parse(DeviceRequest request, string address)
    {
        var text = address.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? address[2..] : address;
        var parts = text.Split('.');
        var function = 0;
        if (parts.Length <= 2 && TryHex(parts[0], PciBus.Slots, out var slot) && (parts.Length == 1 || TryHex(parts[1], PciBus.FunctionsPerSlot, out function)))
            return (slot, function);
        throw new ConfigurationException($"device '{request.Type}': addr={address} is no place on a PCI bus; it is SLOT or SLOT.FUNCTION, up to 1f.7");
    }

    private static bool TryHex(string text, int end, out int value) =>
        int.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value) && value >= 0 && value < end;
}
