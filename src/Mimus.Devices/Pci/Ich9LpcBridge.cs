using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Core.State;
using Mimus.Devices.Firmware;

namespace Mimus.Devices.Pci;

/// <summary>
/// The ISA bridge of the <c>q35</c> board, the LPC bridge of the I/O controller hub 9 (Intel 82801I data sheet, 316972-004, chapter 13).
/// Its inputs are the wires PIRQ[A-H]#, which reach the I/O APIC's inputs 16 to 23 as well as ISA interrupts. The window of chip set
/// configuration registers is kept and not shown.
/// </summary>
public sealed class Ich9LpcBridge : PciFunction, IIrqSink
{
    /// <summary>How many wires of the PCI bus it has.</summary>
    public const int Wires = 8;

    private static readonly PciIdentity s_identity = new(0x8086, 0x2918, 0x060100, 0x02, 0, 0);

    private const int PowerBase = 0x40, PowerControl = 0x44, PirqA = 0x60, PirqE = 0x68, LpcDecode = 0x80,
        BiosControl = 0xdc, RootComplexBase = 0xf0; // 13.1
    private const uint PortFlag = 1, PowerMask = 0xff80;
    private const byte PowerEnabled = 0x80;
    private const int FixedPorts = 0x40;

    private readonly PirqRouter _router;
    private readonly IrqLine[] _ioApic;
    private readonly MovablePorts _ports;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="isa">The ISA interrupts 0 to 15.</param>
    /// <param name="ioApic">The I/O APIC's inputs 16 to 23.</param>
    /// <param name="ports">Where the ports of power management appear.</param>
    /// <param name="power">The registers that are there.</param>
    public Ich9LpcBridge(string name, IReadOnlyList<IrqLine> isa, IReadOnlyList<IrqLine> ioApic, PortSpace ports, AcpiPowerManagement power)
        : base(name, s_identity)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(ioApic.Count, Wires);
        _ioApic = [.. ioApic];
        _ports = new MovablePorts(ports, power, AcpiPowerManagement.FixedOffset, FixedPorts, sizeof(uint));
        DefineMultipleFunctions();
        Define32(PowerBase, PortFlag, PowerMask);
        Define8(PowerControl, 0, PowerEnabled | 7);
        Define32(LpcDecode, 0, 0xffff_ffff);
        Define8(BiosControl, 0, 0x3f);
        Define32(RootComplexBase, 0, 0xffffc001);
        int[] registers = [PirqA, PirqA + 1, PirqA + 2, PirqA + 3, PirqE, PirqE + 1, PirqE + 2, PirqE + 3];
        _router = new PirqRouter(this, registers, isa);
        Reset();
    }

    /// <summary>The first port of power management, or null where it is nowhere.</summary>
    public int? FirstPort => (Configuration[PowerControl] & PowerEnabled) != 0 ? (int)(Configured32(PowerBase) & PowerMask) : null;

    /// <summary>
    /// The wire of a slot's pin: those of the chip set's own slots in order, the others' rotated over the second four (13.1.15, 10.1.40
    /// onwards).
    /// </summary>
    public static int Route(int slot, int pin) => slot >= 25 ? pin : PciInterrupts.Rotate(slot, pin) + PciInterrupts.Pins;

    public void SetLine(int input, bool high)
    {
        if ((uint)input >= Wires) return;
        lock (ConfigurationLock) _router.SetWire(input, high);
        _ioApic[input].Redrive(high);
    }

    protected override void OnWritten(int offset, int length) => Apply();

    protected override void OnReset() => Apply();

    protected override void FunctionState(StateVisitor v)
    {
        v.Child("router", _router);
        if (v.IsRestoring) Apply();
    }

    private void Apply()
    {
        _router.Update();
        _ports.Place(FirstPort);
    }
}
