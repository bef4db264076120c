using Mimus.Core.Devices;
using Mimus.Core.Memory;

namespace Mimus.Devices.Pci;

/// <summary>Ports of a device that a chip set's register places, such as those of power management.</summary>
internal sealed class MovablePorts(PortSpace ports, IMmioDevice device, ulong offset, int count, int widest)
{
    private IoRegion? _region;
    private int? _first;

    /// <summary>Puts the ports at a place, or nowhere; where something else is already, they are not to be seen.</summary>
    public void Place(int? first)
    {
        if (first == _first) return;
        _first = first;
        if (_region is not null) ports.Unmap(_region);
        // Nobody puts them at 0; that is where they are before they are placed.
        _region = first is > 0 and var place ? ports.TryMap(place, count, device, offset, widest) : null;
    }
}
