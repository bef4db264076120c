using Mimus.Core.Devices;

namespace Mimus.Devices.Pci;

/// <summary>
/// The interrupt wires of a PCI bus (PCI Local Bus 3.0, 2.2.6): each slot has pins A to D, and several share a wire to the chip set,
/// which is high while any of them is. Inputs are slot * 4 + pin. It remembers nothing that the functions do not drive again after a
/// restore.
/// </summary>
/// <param name="wires">The wires to the chip set.</param>
/// <param name="route">The wire of a slot's pin.</param>
public sealed class PciInterrupts(IReadOnlyList<IrqLine> wires, Func<int, int, int> route) : IIrqSink
{
    /// <summary>Pins A to D.</summary>
    public const int Pins = 4;

    private readonly Lock _lock = new(); // taken inside the locks of functions, held while wires change
    private readonly bool[] _levels = new bool[PciBus.Slots * Pins];

    /// <summary>The usual rotation, which spreads devices that all use pin A over the wires.</summary>
    public static int Rotate(int slot, int pin) => (slot + pin) % Pins;

    public void SetLine(int input, bool high)
    {
        if ((uint)input >= (uint)_levels.Length) return;
        lock (_lock)
        {
            _levels[input] = high;
            var wire = route(input / Pins, input % Pins);
            var level = false;
            for (var i = 0; i < _levels.Length; i++) level |= _levels[i] && route(i / Pins, i % Pins) == wire;
            wires[wire].Redrive(level);
        }
    }
}
