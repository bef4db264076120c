using System.Buffers.Binary;
using System.Text;
using Mimus.Core.Memory;
using Mimus.Devices.Firmware;
using Mimus.Devices.Tests.Support;
using Mimus.Devices.Tests.Virtio;

namespace Mimus.Devices.Tests.Firmware;

public sealed class FirmwareConfigurationTests : IDisposable
{
    private const ulong Ram = VirtioDriver.RamStart;

    private readonly GuestMemory _memory = VirtioDriver.NewMemory();
    private readonly FirmwareConfiguration _ports, _mapped;

    public FirmwareConfigurationTests()
    {
        _ports = new FirmwareConfiguration("fw-cfg", _memory, isInMemory: false);
        _mapped = new FirmwareConfiguration("fw-cfg", _memory, isInMemory: true);
        foreach (var device in new[] { _ports, _mapped })
        {
            device.AddNumber(5, 4, 2);
            device.AddFile("etc/zz", [1, 2, 3]);
            device.AddFile("bootorder", "disk"u8.ToArray());
            device.AddFile("etc/writable", new byte[8], isWritable: true);
        }
    }

    [Fact]
    public void Items_are_read_byte_by_byte_at_ports()
    {
        Assert.Equal("QEMU"u8.ToArray(), ReadPorts(0, 4));
        Assert.Equal([3, 0, 0, 0], ReadPorts(1, 4));
        Assert.Equal([4, 0, 0, 0], ReadPorts(5, 4)); // zeroes past the end
        Assert.Equal([0, 0], ReadPorts(0x3fff, 2));
    }

    [Fact]
    public void In_memory_data_is_wide_and_the_selector_big_endian()
    {
        _mapped.Write(8, 2, 0x0000);
        Assert.Equal(0x554d4551u, _mapped.Read32(0));
        _mapped.Write(8, 2, 0x0500); // 5
        Assert.Equal(4ul, _mapped.Read(0, 8));
    }

    [Fact]
    public void The_directory_names_the_files_in_order()
    {
        var directory = ReadPorts(0x19, 4 + 3 * 64);
        Assert.Equal(3, BinaryPrimitives.ReadInt32BigEndian(directory));
        Assert.Equal(["bootorder 4", "etc/writable 8", "etc/zz 3"], Files(directory).Select(f => $"{f.Name} {f.Size}"));
        var file = Files(directory).Single(f => f.Name == "bootorder");
        Assert.Equal("disk"u8.ToArray(), ReadPorts(file.Key, 4));
        Assert.Throws<ArgumentException>(() => _ports.AddFile(new string('x', 56), []));
    }

    [Fact]
    public void Dma_reads_skips_and_selects()
    {
        Assert.Equal(0x47464320554d4551ul, _ports.Read(4, 8)); // big-endian "QEMU CFG"
        Assert.Equal(0u, Dma(_ports, 8 | 2, key: 0, 4, Ram + 0x100));
        Assert.Equal("QEMU"u8.ToArray(), Memory(Ram + 0x100, 4));
        Assert.Equal(0u, Dma(_mapped, 8 | 4, key: Key("etc/zz"), 1, 0));
        Assert.Equal(0u, Dma(_mapped, 2, 0, 10_000, Ram + 0x200));
        Assert.Equal([2, 3, 0, 0], Memory(Ram + 0x200, 4));
    }

    [Fact]
    public void Only_writable_files_are_written_and_inside_their_length()
    {
        Assert.True(_memory.TryWrite(new GuestAddress(Ram + 0x100), "abcdefgh"u8));
        Assert.Equal(0u, Dma(_ports, 8 | 16, Key("etc/writable"), 8, Ram + 0x100));
        Assert.Equal("abcdefgh"u8.ToArray(), ReadPorts(Key("etc/writable"), 8));
        Assert.Equal(1u, Dma(_ports, 16, 0, 1, Ram + 0x100)); // at its end
        Assert.Equal(1u, Dma(_ports, 8 | 16, Key("etc/zz"), 1, Ram + 0x100));
        var saved = RecordingVisitor.Save(_ports);
        Dma(_ports, 8 | 16, Key("etc/writable"), 8, Ram);
        RecordingVisitor.Restore(_ports, saved);
        Assert.Equal("abcdefgh"u8.ToArray(), ReadPorts(Key("etc/writable"), 8));
    }

    [Fact]
    public void Dma_outside_memory_fails_at_once()
    {
        Assert.Equal(1u, Dma(_ports, 8 | 2, 0, 4, 0x10));
        Assert.Equal(1u, Dma(_ports, 8 | 2, 0, uint.MaxValue, Ram));
        Assert.Equal(1u, Dma(_ports, 8 | 2, 0, 16, ulong.MaxValue - 3));
        _ports.Write(4, 8, 0xffffffffffffffff); // the request itself
        _ports.Write(4, 8, 0);
    }

    public void Dispose() => _memory.Dispose();

    private static IEnumerable<(string Name, int Size, ushort Key)> Files(byte[] directory) =>
        directory.Skip(4).Chunk(64).Select(e => (Encoding.ASCII.GetString(e, 8, 56).TrimEnd('\0'),
            BinaryPrimitives.ReadInt32BigEndian(e), BinaryPrimitives.ReadUInt16BigEndian(e.AsSpan(4))));

    private ushort Key(string name) => Files(ReadPorts(0x19, 4 + 3 * 64)).Single(f => f.Name == name).Key;

    private byte[] ReadPorts(ushort key, int length)
    {
        _ports.Write16(0, key);
        return [.. Enumerable.Range(0, length).Select(_ => _ports.Read8(1))];
    }

    private byte[] Memory(ulong address, int length)
    {
        var bytes = new byte[length];
        Assert.True(_memory.TryRead(new GuestAddress(address), bytes));
        return bytes;
    }

    /// <summary>Makes a DMA request and returns its control word afterwards.</summary>
    private uint Dma(FirmwareConfiguration device, uint control, ushort key, uint length, ulong address)
    {
        const ulong request = Ram + 0x10;
        var access = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(access, control | (uint)key << 16);
        BinaryPrimitives.WriteUInt32BigEndian(access.AsSpan(4), length);
        BinaryPrimitives.WriteUInt64BigEndian(access.AsSpan(8), address);
        Assert.True(_memory.TryWrite(new GuestAddress(request), access));
        var register = device == _mapped ? 16ul : 4;
        device.Write32(register, 0);
        device.Write32(register + 4, BinaryPrimitives.ReverseEndianness((uint)request));
        return BinaryPrimitives.ReadUInt32BigEndian(Memory(request, 4));
    }
}
