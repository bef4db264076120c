using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Pci;

/// <summary>
/// The registers by which ISA bridges of Intel's choose an ISA interrupt for each wire of the PCI bus, PIRQ[A-H]# (82371SB data sheet,
/// 290550-002, 2.2.6; 82801I data sheet, 316972-004, 13.1.15). They are in the bridge's configuration space, under its lock. Several
/// wires may choose one interrupt.
/// </summary>
internal sealed class PirqRouter : IStateful
{
    private const byte NotRouted = 0x80, Writable = 0x8f, InterruptMask = 0x0f;
    private const int IsaInterrupts = 16;
    private const uint Routable = 0xdef8; // 3 to 7, 9 to 12, 14 and 15

    private readonly PciFunction _bridge;
    private readonly int[] _registers;
    private readonly IrqLine[] _isa;
    private byte _levels; // of the wires
    private uint _driven; // interrupts that are this router's; derived

    /// <param name="bridge">The bridge.</param>
    /// <param name="registers">Where the register of each wire is.</param>
    /// <param name="isa">The ISA interrupts 0 to 15.</param>
    public PirqRouter(PciFunction bridge, int[] registers, IReadOnlyList<IrqLine> isa)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(isa.Count, IsaInterrupts);
        _bridge = bridge;
        _registers = registers;
        _isa = [.. isa];
        foreach (var register in registers) bridge.Define8(register, NotRouted, Writable);
    }

    public void SetWire(int wire, bool high)
    {
        if ((uint)wire >= (uint)_registers.Length) return;
        _levels = (byte)(high ? _levels | 1 << wire : _levels & ~(1 << wire));
        Update(redrive: true);
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "levels", ref _levels);
        if (!v.IsRestoring) return;
        // What was routed before is not this router's any more, and others drive it again.
        _driven = 0;
        Update(redrive: true);
    }

    /// <summary>Drives the interrupts that wires are routed to, and lowers those that they were routed to before.</summary>
    public void Update(bool redrive = false)
    {
        uint high = 0, routed = 0;
        for (var i = 0; i < _registers.Length; i++)
        {
            var route = _bridge.Configuration[_registers[i]];
            var bit = 1u << (route & InterruptMask);
            if ((route & NotRouted) != 0 || (Routable & bit) == 0) continue;
            routed |= bit;
            if ((_levels >> i & 1) != 0) high |= bit;
        }
        // What no wire is routed to belongs to ISA devices and is left alone.
        for (var i = 0; i < IsaInterrupts; i++)
        {
            if (((routed | _driven) >> i & 1) == 0) continue;
            if (redrive) _isa[i].Redrive((high >> i & 1) != 0);
            else _isa[i].Set((high >> i & 1) != 0);
        }
        _driven = routed;
    }
}
