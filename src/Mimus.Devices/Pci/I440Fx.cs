using Mimus.Core.State;

namespace Mimus.Devices.Pci;

/// <summary>
/// The host bridge of the <c>pc</c> board, the 82441FX (Intel 440FX PCIset data sheet, 290549-001). The registers that describe memory
/// chips are kept and change nothing.
/// </summary>
public sealed class I440Fx : PciFunction
{
    private static readonly PciIdentity s_identity = new(0x8086, 0x1237, 0x060000, 0x02, 0, 0);

    private const int PmcConfiguration = 0x50, DramTiming = 0x58, Pam0 = 0x59, DramRowBoundary = 0x60, FixedHole = 0x68, Smram = 0x72; // 3.2

    private readonly ShadowRegisters _shadow;

    public I440Fx(string name, IShadowMemory memory)
        : base(name, s_identity)
    {
        Define16(PmcConfiguration, 0, 0xffff);
        Define8(DramTiming, 0, 0xff);
        for (var i = 0; i < 8; i++) Define8(DramRowBoundary + i, 0x01, 0xff);
        Define8(FixedHole, 0, 0xc0);
        _shadow = new ShadowRegisters(this, memory, Pam0, Smram);
        Reset();
    }

    protected override void OnWritten(int offset, int length) => _shadow.OnWritten();

    protected override void OnReset() => _shadow.Apply();

    protected override void FunctionState(StateVisitor v)
    {
        if (v.IsRestoring) _shadow.Apply();
    }
}
