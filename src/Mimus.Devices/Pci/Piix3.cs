using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Pci;

/// <summary>
/// The ISA bridge of the <c>pc</c> board, function 0 of the 82371SB (Intel 82371SB PIIX3 data sheet, 290550-002). Its inputs are the
/// wires of the PCI bus. The registers that decode ISA addresses are kept and change nothing; its timers, interrupt and DMA controllers
/// are devices of their own.
/// </summary>
public sealed class Piix3 : PciFunction, IIrqSink
{
    /// <summary>How many wires of the PCI bus it has.</summary>
    public const int Wires = 4;

    private static readonly PciIdentity s_identity = new(0x8086, 0x7000, 0x060100, 0x00, 0, 0);

    private const int IsaRecovery = 0x4c, ChipSelect = 0x4e, PirqA = 0x60, TopOfMemory = 0x69, MotherboardIrq0 = 0x70,
        ApicBase = 0x80, DeterministicLatency = 0x82; // 2.2

    private readonly PirqRouter _router;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="isa">The ISA interrupts 0 to 15.</param>
    public Piix3(string name, IReadOnlyList<IrqLine> isa)
        : base(name, s_identity)
    {
        DefineMultipleFunctions();
        Define8(IsaRecovery, 0x4d, 0xff);
        Define16(ChipSelect, 0x0003, 0x03ff);
        Define8(TopOfMemory, 0x02, 0xfe);
        Define8(MotherboardIrq0, 0x80, 0xef);
        Define8(ApicBase, 0, 0x7f);
        Define8(DeterministicLatency, 0, 0x0f);
        _router = new PirqRouter(this, [PirqA, PirqA + 1, PirqA + 2, PirqA + 3], isa);
        Reset();
    }

    public void SetLine(int input, bool high)
    {
        lock (ConfigurationLock) _router.SetWire(input, high);
    }

    protected override void OnWritten(int offset, int length) => _router.Update();

    protected override void OnReset() => _router.Update();

    protected override void FunctionState(StateVisitor v) => v.Child("router", _router);
}
