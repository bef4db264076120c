using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Pci;

/// <summary>
/// The interrupt wires of a PCI bus (PCI Local Bus 3.0, 2.2.6): each slot has pins A to D, and several share a wire to the chip set, which
/// is high while any of them is. Inputs are slot * 4 + pin.
/// </summary>
/// <param name="name">The name in snapshots and messages.</param>
/// <param name="wires">The wires to the chip set.</param>
/// <param name="route">The wire of a slot's pin.</param>
public sealed class PciInterrupts(string name, IReadOnlyList<IrqLine> wires, Func<int, int, int> route) : IDevice, IIrqSink
{
    /// <summary>Pins A to D.</summary>
    public const int Pins = 4;

    private const int Inputs = PciBus.Slots * Pins, WordBits = 64;

    private readonly Lock _lock = new(); // taken inside the locks of functions, held while wires change
    private readonly ulong[] _levels = new ulong[Inputs / WordBits];

    public string Name { get; } = name;

    /// <summary>The usual rotation, which spreads devices that all use pin A over the wires.</summary>
    public static int Rotate(int slot, int pin) => (slot + pin) % Pins;

    public void SetLine(int input, bool high)
    {
        if ((uint)input >= Inputs) return;
        lock (_lock)
        {
            var bit = 1ul << input % WordBits;
            ref var word = ref _levels[input / WordBits];
            word = high ? word | bit : word & ~bit;
            var wire = route(input / Pins, input % Pins);
            var level = false;
            for (var i = 0; i < Inputs; i++) level |= (_levels[i / WordBits] >> i % WordBits & 1) != 0 && route(i / Pins, i % Pins) == wire;
            wires[wire].Redrive(level);
        }
    }

    /// <summary>The levels are the functions' own outputs, which their resets lower.</summary>
    public void Reset()
    {
    }

    /// <remarks>
    /// Restored before the functions, which drive their pins again: then no wire falls only because the one that holds it comes last.
    /// </remarks>
    public void State(StateVisitor v)
    {
        lock (_lock) v.Fields(1, "levels", _levels);
    }
}
