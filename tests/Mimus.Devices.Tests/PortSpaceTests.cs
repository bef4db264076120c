using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Core.State;
using Mimus.Devices.Serial;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests;

public sealed class PortSpaceTests
{
    private readonly PortSpace _ports = new();

    [Fact]
    public void Where_nothing_answers_a_read_gives_all_ones()
    {
        _ports.Write(0x1234, 4, 0);
        Assert.Equal(0xffu, _ports.Read(0x1234, 1));
        Assert.Equal(0xffffu, _ports.Read(0x1234, 2));
        Assert.Equal(0xffffffffu, _ports.Read(0x1234, 4));
        Assert.Equal(0xffffffffu, _ports.Read(0xfffe, 4)); // past the last port
        _ports.Write(0xfffe, 4, 0);
    }

    [Fact]
    public void A_wide_access_reaches_byte_devices_in_bytes()
    {
        var device = new Recorder();
        _ports.Map(0x70, 4, device);
        _ports.Write(0x70, 2, 0x1234);
        Assert.Equal([(0, 1, 0x34), (1, 1, 0x12)], device.Writes);
        Assert.Equal(0x03020100u, _ports.Read(0x70, 4));
    }

    [Fact]
    public void A_wide_device_gets_wide_accesses_whole_and_pieces_at_its_edge()
    {
        var device = new Recorder();
        _ports.Map(0x100, 4, device, offset: 8, widest: 4);
        _ports.Write(0x100, 4, 0x12345678);
        _ports.Write(0x102, 4, 0xaabbccdd);
        Assert.Equal([(8, 4, 0x12345678), (10, 1, 0xdd), (11, 1, 0xcc)], device.Writes);
        Assert.Equal(0xffff0b0au, _ports.Read(0x102, 4));
    }

    [Fact]
    public void A_device_can_have_ports_in_several_places()
    {
        var device = new Recorder();
        _ports.Map(0x20, 2, device);
        var second = _ports.Map(0xa0, 2, device, offset: 2);
        Assert.Equal(3u, _ports.Read(0xa1, 1));
        _ports.Unmap(second);
        Assert.Equal(0xffu, _ports.Read(0xa1, 1));
        Assert.Throws<ArgumentException>(() => _ports.Map(0x21, 1, device));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ports.Map(0xffff, 2, device));
    }

    [Fact]
    public void The_serial_port_works_at_ports()
    {
        var console = new FakeConsole();
        _ports.Map(0x3f8, 8, new Uart16550("com1", console, new Wires(1).Lines[0]));
        _ports.Write(0x3f8, 1, 'A');
        Assert.Equal("A"u8.ToArray(), console.Output);
        _ports.Write(0x3ff, 1, 0x5a);
        Assert.Equal(0x5au, _ports.Read(0x3ff, 1));
        Assert.Equal(0x60u, _ports.Read(0x3fd, 1));
        _ports.Write(0x3fb, 1, 0x80);
        _ports.Write(0x3f8, 2, 0x0c); // both halves of the divisor latch
        Assert.Equal(0x000cu, _ports.Read(0x3f8, 2));
    }

    /// <summary>Each offset reads as its own number.</summary>
    private sealed class Recorder : IMmioDevice
    {
        public List<(int Offset, int Length, long Value)> Writes { get; } = [];

        public string Name => "recorder";

        public void Read(ulong offset, Span<byte> data)
        {
            for (var i = 0; i < data.Length; i++) data[i] = (byte)(offset + (ulong)i);
        }

        public void Write(ulong offset, ReadOnlySpan<byte> data) => Writes.Add(((int)offset, data.Length, (long)Register.Value(data)));

        public void Reset()
        {
        }

        public void State(StateVisitor v)
        {
        }
    }
}
