using System.Buffers.Binary;
using Mimus.Core.Memory;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests;

/// <summary>Guests that turn a PC's devices against each other.</summary>
public sealed class HostilePcTests : IDisposable
{
    private const ushort BusMaster = 0xc000;
    private const int IdeSlot = 1, IdeFunction = 1;
    private const ulong IoApic = 0xfec0_0000, Screen = 0xa_0000, EndOfRoms = 0x10_0000, EndOfMemory = 16 << 20, TableAt = 0x2000;

    private readonly WholePc _pc = new(new TestClock().Clock, 1);

    public void Dispose() => _pc.Dispose();

    /// <summary>Hostile class: DMA to a device's own registers. Whatever a guest names, a transfer reaches memory or ends with an error, and no register changes.</summary>
    [Fact]
    public void Dma_reaches_no_registers()
    {
        WriteConfiguration(IdeSlot, IdeFunction, 0x20, BusMaster);
        WriteConfiguration(IdeSlot, IdeFunction, 4, 5);
        // The memory of this test has no hole for the screen; that of the boards has.
        var devices = _pc.Memory.Regions.Where(r => r.Device is not null && r.Range.Start > EndOfMemory).ToArray();
        Assert.NotEmpty(devices);
        foreach (var region in devices)
        {
            var before = ReadAll(region);
            _pc.Ram.TryWrite(new GuestAddress(TableAt), (uint)region.Range.Start);
            _pc.Ram.TryWrite(new GuestAddress(TableAt + 4), 0x8000_0200u);
            _pc.Out(BusMaster + 4, (uint)TableAt, 4);
            _pc.Out(BusMaster, 0x09);
            _pc.Out(0x1f2, 1);
            _pc.Out(0x1f7, 0xc8);
            _pc.Drain();
            Assert.Equal(0x02u, _pc.In(BusMaster + 2) & 0x03); // an error, and at rest
            Assert.Equal(before, ReadAll(region));
            _pc.Out(BusMaster, 0);
            _pc.Out(BusMaster + 2, 0x06);
        }
    }

    /// <summary>Hostile class: windows of PCI devices on top of memory, of each other and of what the board has: nothing that was there is hidden.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Windows_hide_nothing(int seed)
    {
        var low = _pc.Memory.Map(new AddressRange(0, Screen), _pc.Ram.Blocks[0], 0, isReadOnly: false);
        var high = _pc.Memory.Map(new AddressRange(EndOfRoms, EndOfMemory - EndOfRoms), _pc.Ram.Blocks[0], EndOfRoms, isReadOnly: false);
        var ioApic = _pc.Memory.Find(IoApic);
        var screen = _pc.Memory.Find(Screen);
        var ports = _pc.Ports.Regions.ToArray();
        uint[] places = [0, 0x1000, 0x80_0000, (uint)Screen, (uint)IoApic, 0xfee0_0000, 0xe000_0000, 0xf000_0000, 0xf000_1000, 0xffff_f000, uint.MaxValue, 0xcf8, 0x1f0, 0x60, 0xc000, 0xc100, 0xfff0];
        var random = new Random(seed);
        for (var round = 0; round < 4000; round++)
        {
            var (slot, function) = random.Next(4) switch { 0 => (1, 1), 1 => (1, 3), 2 => (2, 0), _ => (3, 0) };
            var register = random.Next(5) == 0 ? 0x40 : 0x10 + 4 * random.Next(9);
            WriteConfiguration(slot, function, register, places[random.Next(places.Length)] | (uint)random.Next(2));
            WriteConfiguration(slot, function, 4, (uint)random.Next(8));
            Assert.Same(low, _pc.Memory.Find(0x1000));
            Assert.Same(high, _pc.Memory.Find(0x80_0000));
            Assert.Same(ioApic, _pc.Memory.Find(IoApic));
            Assert.Same(screen, _pc.Memory.Find(Screen));
            Assert.All(ports, port => Assert.Same(port, _pc.Ports.Find((ushort)port.Range.Start)));
            CheckOrder(_pc.Memory.Regions);
            CheckOrder(_pc.Ports.Regions);
        }
    }

    private static void CheckOrder(IReadOnlyList<IoRegion> regions)
    {
        for (var i = 1; i < regions.Count; i++) Assert.True(regions[i - 1].Range.Last < regions[i].Range.Start, $"{regions[i - 1].Range} and {regions[i].Range}");
    }

    private static byte[] ReadAll(IoRegion region)
    {
        var bytes = new byte[0x200];
        for (var at = 0; at < bytes.Length; at += 4) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)region.Read(region.Range.Start + (ulong)at, 4));
        return bytes;
    }

    private void WriteConfiguration(int slot, int function, int register, uint value)
    {
        _pc.Out(0xcf8, 0x8000_0000 | (uint)slot << 11 | (uint)function << 8 | (uint)register, 4);
        _pc.Out(0xcfc, value, 4);
    }
}
