using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Interrupts;

/// <summary>
/// The interrupt wires of a PC: the ISA interrupts 0 to 15 reach both the 8259s and the I/O APIC, whose inputs have the same numbers but
/// for the timer's, which is 2; the wires from 16 are the I/O APIC's alone. Several devices may pull one: it is high while any of them does.
/// </summary>
/// <param name="name">The name in snapshots and messages.</param>
/// <param name="pics">The 8259s; null on machines without.</param>
/// <param name="ioApic">The I/O APIC.</param>
public sealed class IsaInterrupts(string name, PicPair? pics, IoApic ioApic) : IDevice, IIrqSink
{
    private const int Timer = 0, TimerInput = 2, IsaLines = 16;
    private const int MaximumSources = 128, WordBits = 64;

    private readonly List<int> _irqs = []; // of each source
    private readonly Lock _lock = new(); // taken inside the locks of devices, held while the controllers' inputs change

    private readonly ulong[] _levels = new ulong[MaximumSources / WordBits]; // of the sources

    public string Name { get; } = name;

    /// <summary>A wire for one device to an interrupt, while the machine is built, always in the same order.</summary>
    public IrqLine Connect(int irq)
    {
        if (_irqs.Count == MaximumSources) throw new InvalidOperationException($"{Name} has no more than {MaximumSources} wires");
        _irqs.Add(irq);
        return new IrqLine(this, _irqs.Count - 1);
    }

    public void SetLine(int input, bool high)
    {
        if ((uint)input >= (uint)_irqs.Count) return;
        lock (_lock)
        {
            var bit = 1ul << input % WordBits;
            ref var word = ref _levels[input / WordBits];
            word = high ? word | bit : word & ~bit;
            var irq = _irqs[input];
            var level = false;
            for (var i = 0; i < _irqs.Count; i++) level |= _irqs[i] == irq && (_levels[i / WordBits] >> i % WordBits & 1) != 0;
            if (irq < IsaLines) pics?.SetLine(irq, level);
            if (irq != TimerInput) ioApic.SetLine(irq == Timer ? TimerInput : irq, level);
        }
    }

    /// <summary>The levels are the devices' own outputs, which their resets lower.</summary>
    public void Reset()
    {
    }

    /// <remarks>
    /// Restored before the devices, which drive their wires again: then none falls only because the one that holds it comes last.
    /// </remarks>
    public void State(StateVisitor v)
    {
        lock (_lock) v.Fields(1, "levels", _levels);
    }
}
