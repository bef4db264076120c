using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Pci;

/// <summary>
/// The host bridge of the <c>q35</c> board, the memory controller hub 82Q35 (Intel 3 Series Express Chipset Family data sheet,
/// 316966-002): shadow memory, and where the configuration spaces appear in memory.
/// </summary>
public sealed class Q35HostBridge : PciFunction
{
    private static readonly PciIdentity s_identity = new(0x8086, 0x29c0, 0x060000, 0x02, 0, 0);

    private const int PciExpressBase = 0x60, Pam0 = 0x90, Smram = 0x9d; // 5.1
    private const uint BaseEnable = 1, BaseLength = 3 << 1, BaseAddress = 0xf0000000, BaseAddress128 = 0x08000000,
        BaseAddress64 = 0x04000000;

    private readonly AddressSpace _space;
    private readonly ShadowRegisters _shadow;
    private IoRegion? _region;
    private AddressRange? _range;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="memory">The memory behind ROMs and screen.</param>
    /// <param name="space">Where the configuration spaces appear.</param>
    public Q35HostBridge(string name, IShadowMemory memory, AddressSpace space)
        : base(name, s_identity)
    {
        _space = space;
        Define32(PciExpressBase, 0xe0000000, BaseEnable | BaseLength | BaseAddress | BaseAddress128 | BaseAddress64);
        Define32(PciExpressBase + 4, 0, 0xf);
        _shadow = new ShadowRegisters(this, memory, Pam0, Smram);
        Reset();
    }

    /// <summary>The configuration spaces; set once the bus exists.</summary>
    public PciEcam? Ecam { get; set; }

    /// <summary>Where the configuration spaces are in memory now, or null.</summary>
    public AddressRange? EcamRange => _region?.Range;

    protected override void OnWritten(int offset, int length)
    {
        _shadow.OnWritten();
        PlaceEcam();
    }

    protected override void OnReset() => Apply();

    protected override void FunctionState(StateVisitor v)
    {
        if (v.IsRestoring) Apply();
    }

    private void Apply()
    {
        _shadow.Apply();
        PlaceEcam();
    }

    private void PlaceEcam()
    {
        var range = EcamPlace();
        if (range == _range) return;
        _range = range;
        if (_region is not null) _space.Unmap(_region);
        _region = range is { } place && Ecam is not null ? _space.TryMap(place, Ecam, widest: sizeof(uint)) : null;
    }

    /// <summary>PCIEXBAR: 256, 128 or 64 buses; the address has as many bits fewer.</summary>
    private AddressRange? EcamPlace()
    {
        var low = Configured32(PciExpressBase);
        if ((low & BaseEnable) == 0) return null;
        var (buses, mask) = ((low & BaseLength) >> 1) switch
        {
            0 => (256u, BaseAddress),
            1 => (128u, BaseAddress | BaseAddress128),
            2 => (64u, BaseAddress | BaseAddress128 | BaseAddress64),
            _ => (0u, 0u),
        };
        return buses == 0 ? null : new AddressRange((low & mask) | (ulong)Configured32(PciExpressBase + 4) << 32, buses * PciEcam.BusLength);
    }
}
