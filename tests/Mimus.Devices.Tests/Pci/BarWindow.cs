using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Devices.Pci;

namespace Mimus.Devices.Tests.Pci;

/// <summary>One window of a function as a device by itself.</summary>
internal sealed class BarWindow(PciFunction function, int bar) : IMmioDevice, IDrainable
{
    public string Name => function.Name;

    public void Read(ulong offset, Span<byte> data) => function.Read(PciFunction.OffsetOfBar(bar) + (offset & 0xffffffffffff), data);

    public void Write(ulong offset, ReadOnlySpan<byte> data) => function.Write(PciFunction.OffsetOfBar(bar) + (offset & 0xffffffffffff), data);

    public void Reset() => function.Reset();

    public void State(StateVisitor v) => function.State(v);

    public void Drain() => (function as IDrainable)?.Drain();
}
