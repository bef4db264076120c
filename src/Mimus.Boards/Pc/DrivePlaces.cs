using System.Globalization;
using Mimus.Boards.Plugging;
using Mimus.Core.Backends;

namespace Mimus.Boards.Pc;

/// <summary>The places of the drives of one kind of controller.</summary>
/// <param name="kind">The kind of bus.</param>
/// <param name="busNames">The controllers, by the names that people give; the first is meant where none is named.</param>
/// <param name="attach">Attaches a drive: controller, unit, disk, whether it is a CD, and its serial number.</param>
internal sealed class DrivePlaces(BoardBuilder builder, MachineConfiguration configuration, string kind, string[] busNames, Action<int, int, IDisk, bool, string> attach) : IDeviceBus
{
    private const int UnitsPerBus = 2;

    private readonly bool[] _taken = new bool[busNames.Length * UnitsPerBus];

    public bool TryPlug(DeviceModel model, DeviceRequest request)
    {
        if (model is not DriveModel drive || drive.Bus != kind) return false;
        var context = new DeviceContext(request, model, request.Id ?? model.Name, builder, configuration);
        var place = Place(request, context);
        _taken[place] = true;
        var serial = context.Text("serial") ?? string.Create(CultureInfo.InvariantCulture, $"MIMUS{place + 1:d5}");
        attach(place / UnitsPerBus, place % UnitsPerBus, context.Disk("drive"), drive.IsCdRom, serial);
        return true;
    }

    private int Place(DeviceRequest request, DeviceContext context)
    {
        var bus = 0;
        if (context.Text("bus") is { } name && (bus = Array.IndexOf(busNames, name)) < 0)
            throw new ConfigurationException($"there is no bus '{name}' for device '{request.Type}'; the board has {string.Join(" and ", busNames)}");
        if (context.Text("unit") is null && context.Text("bus") is null)
        {
            var free = Array.IndexOf(_taken, false);
            return free >= 0 ? free : throw new ConfigurationException($"no room for device '{request.Type}': there are {_taken.Length} places");
        }
        var place = (bus * UnitsPerBus) + context.Number("unit", 0, 0, UnitsPerBus - 1);
        return !_taken[place] ? place : throw new ConfigurationException($"two drives want unit {place % UnitsPerBus} of bus '{busNames[bus]}'; give '{request.Type}' another with bus= and unit=, or index=");
    }
}
