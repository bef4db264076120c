using Mimus.Core.State;
using Mimus.Devices.Pci;

namespace Mimus.Devices.Tests.Pci;

/// <summary>A function with windows of all kinds and both kinds of messages; each window reads as its own number.</summary>
internal sealed class TestFunction : PciFunction
{
    private readonly MsiCapability _msi;
    private readonly MsixCapability _msix;

    public TestFunction(string name = "function")
        : base(name, new PciIdentity(0x1234, 0x5678, 0x0c0330, 0x9a, 0xabcd, 0xef01))
    {
        DefinePin(0);
        AddBar(new PciBar(0, PciBarKind.Port, 32));
        AddBar(new PciBar(1, PciBarKind.Memory32, 4096));
        AddBar(new PciBar(2, PciBarKind.PrefetchableMemory64, 1ul << 33));
        _msi = new MsiCapability(this, 2);
        _msix = new MsixCapability(this, 70, 4);
        AddBar(new PciBar(4, PciBarKind.Memory32, _msix.WindowLength));
        Reset();
    }

    public List<(int Bar, ulong Offset, int Length)> Writes { get; } = [];

    protected override bool SignalsByMessage => _msi.IsEnabled || _msix.IsEnabled;

    public void SignalMsi(int vector)
    {
        lock (ConfigurationLock) _msi.Signal(vector);
    }

    public void SignalMsix(int vector)
    {
        lock (ConfigurationLock) _msix.Signal(vector);
    }

    protected override void ReadBar(int bar, ulong offset, Span<byte> data)
    {
        data.Fill((byte)bar);
        if (bar != 4) return;
        lock (ConfigurationLock) _msix.Read(offset, data);
    }

    protected override void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> data)
    {
        if (bar != 4)
        {
            lock (Writes) Writes.Add((bar, offset, data.Length));
            return;
        }
        lock (ConfigurationLock) _msix.Write(offset, data);
    }

    protected override void OnWritten(int offset, int length)
    {
        _msi.OnWritten(offset, length);
        _msix.OnWritten(offset, length);
    }

    protected override void OnReset() => _msix.Reset();

    protected override void FunctionState(StateVisitor v) => v.Child("msix", _msix);
}
