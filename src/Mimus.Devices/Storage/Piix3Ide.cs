using Mimus.Core.State;
using Mimus.Devices.Pci;

namespace Mimus.Devices.Storage;

/// <summary>
/// The IDE function of the <c>pc</c> board's chip set, function 1 of the 82371SB (Intel 82371SB PIIX3 data sheet, 290550-002, 2.3): two
/// channels at their usual ports and their bus masters in a window. The timing registers are kept and change nothing.
/// </summary>
public sealed class Piix3Ide : PciFunction
{
    private static readonly PciIdentity s_identity = new(0x8086, 0x7010, 0x010180, 0x00, 0, 0);

    private const int MasterWindow = 4, PrimaryTiming = 0x40, SecondaryTiming = 0x42, SlaveTiming = 0x44;
    private const ushort DecodeEnable = 0x8000;

    private readonly IdeChannel[] _channels;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="primary">The channel at 1F0h, which is a device of its own.</param>
    /// <param name="secondary">The channel at 170h.</param>
    public Piix3Ide(string name, IdeChannel primary, IdeChannel secondary)
        : base(name, s_identity)
    {
        _channels = [primary, secondary];
        DefineMultipleFunctions();
        AddBar(new PciBar(MasterWindow, PciBarKind.Port, 2 * IdeBusMaster.Length));
        // The channels answer from the beginning, for firmware that does not switch them on.
        Define16(PrimaryTiming, DecodeEnable, 0xffff);
        Define16(SecondaryTiming, DecodeEnable, 0xffff);
        Define8(SlaveTiming, 0, 0xff);
        Reset();
    }

    protected override void ReadBar(int bar, ulong offset, Span<byte> data)
    {
        data.Fill(byte.MaxValue);
        if (bar != MasterWindow || offset >= 2 * IdeBusMaster.Length) return;
        _channels[offset / IdeBusMaster.Length].ReadMaster(offset % IdeBusMaster.Length, data);
    }

    protected override void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> data)
    {
        if (bar != MasterWindow || offset >= 2 * IdeBusMaster.Length) return;
        _channels[offset / IdeBusMaster.Length].WriteMaster(offset % IdeBusMaster.Length, data);
    }

    protected override void OnWritten(int offset, int length) => Apply();

    protected override void OnReset() => Apply();

    protected override void FunctionState(StateVisitor v)
    {
        if (v.IsRestoring) Apply();
    }

    private void Apply()
    {
        foreach (var channel in _channels) channel.MayMaster = IsMaster;
    }
}
