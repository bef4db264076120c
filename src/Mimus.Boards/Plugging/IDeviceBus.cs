namespace Mimus.Boards.Plugging;

/// <summary>A bus of a board, for devices that were asked for by name.</summary>
internal interface IDeviceBus
{
    /// <summary>Plugs a device in; false when it belongs on another kind of bus.</summary>
    bool TryPlug(DeviceModel model, DeviceRequest request);
}
