using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Devices.Interrupts;

namespace Mimus.Devices.Pci;

/// <summary>
/// A PCI bus: which functions are on it, and where the guest has placed their windows. A window that overlaps something else is not to be
/// seen until one of the two moves, so that sizing and moving windows one by one does no harm.
/// </summary>
/// <param name="memory">Where memory windows appear.</param>
/// <param name="ports">Where port windows appear; null on machines without ports.</param>
/// <param name="interrupts">The functions' interrupt pins: inputs are slot * 4 + pin.</param>
/// <param name="messages">Where message-signalled interrupts go; null where there are none.</param>
public sealed class PciBus(AddressSpace memory, PortSpace? ports, IIrqSink interrupts, IMessageSink? messages)
{
    /// <summary>How many devices a bus has at most.</summary>
    public const int Slots = 32;

    /// <summary>How many numbers of buses there are, one of which is this bus's.</summary>
    public const int BusNumbers = 256;

    /// <summary>How many functions a device has at most.</summary>
    public const int FunctionsPerSlot = 8;

    private readonly Lock _lock = new(); // taken inside the locks of functions; the address spaces' come last
    private readonly PciFunction?[] _functions = new PciFunction?[Slots * FunctionsPerSlot];
    private readonly Dictionary<PciWindow, IoRegion> _mapped = [];

    internal IMessageSink? Messages => messages;

    /// <summary>The function in a place, or null.</summary>
    public PciFunction? Find(int slot, int function)
    {
        // 6.2.1: a device without function 0 is no device.
        var first = _functions[slot * FunctionsPerSlot];
        return first is null ? null : _functions[slot * FunctionsPerSlot + function];
    }

    /// <summary>Whether a function is in a place already, found or not.</summary>
    public bool IsOccupied(int slot, int function) => _functions[slot * FunctionsPerSlot + function] is not null;

    /// <summary>Plugs a function in, while the machine is built.</summary>
    public T Add<T>(T function, int slot, int number = 0) where T : PciFunction
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)Slots);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)number, (uint)FunctionsPerSlot);
        ref var place = ref _functions[slot * FunctionsPerSlot + number];
        if (place is not null)
            throw new ArgumentException($"{function.Name} does not fit: {place.Name} is in slot {slot}, function {number}", nameof(function));
        place = function;
        function.Connect(this, pin => new IrqLine(interrupts, slot * PciInterrupts.Pins + pin));
        return function;
    }

    /// <summary>Shows the windows where their functions say now.</summary>
    internal void Remap()
    {
        lock (_lock)
        {
            var wanted = new HashSet<PciWindow>();
            foreach (var function in _functions)
            {
                if (function is not null) wanted.UnionWith(function.Windows);
            }
            foreach (var (window, region) in _mapped.Where(m => !wanted.Contains(m.Key)).ToArray())
            {
                if (window.IsPort) ports!.Unmap(region);
                else memory.Unmap(region);
                _mapped.Remove(window);
            }
            foreach (var function in _functions)
            {
                if (function is null) continue;
                foreach (var window in function.Windows)
                {
                    if (!_mapped.ContainsKey(window) && Map(window) is { } region) _mapped.Add(window, region);
                }
            }
        }
    }

    private IoRegion? Map(PciWindow window)
    {
        var offset = PciFunction.OffsetOfBar(window.Bar);
        if (!window.IsPort) return memory.TryMap(new AddressRange(window.Start, window.Length), window.Function, offset);
        return window.Start >= PortSpace.Count ? null : ports?.TryMap((int)window.Start, (int)window.Length, window.Function, offset, widest: 4);
    }
}
