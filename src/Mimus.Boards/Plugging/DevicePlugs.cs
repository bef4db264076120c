namespace Mimus.Boards.Plugging;

/// <summary>Plugs the devices that were asked for into the buses that a board has.</summary>
internal static class DevicePlugs
{
    public static void PlugAll(string board, MachineConfiguration configuration, params ReadOnlySpan<IDeviceBus> buses)
    {
        foreach (var request in configuration.Devices)
        {
            var model = DeviceCatalog.Find(request.Type);
            var isPlugged = false;
            foreach (var bus in buses) isPlugged = isPlugged || bus.TryPlug(model, request);
            if (!isPlugged) throw new ConfigurationException($"device '{request.Type}' needs a bus of kind {model.Bus}, which machine '{board}' has not; '-device help' lists all devices with their buses");
        }
    }
}
