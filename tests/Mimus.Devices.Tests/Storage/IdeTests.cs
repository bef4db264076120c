using System.Buffers.Binary;
using System.Text;
using Mimus.Core.Memory;
using Mimus.Devices.Storage;
using Mimus.Devices.Tests.Pci;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Storage;

public sealed class IdeTests : IDisposable
{
    private const ulong Data = 0, Error = 1, Features = 1, Count = 2, Low = 3, Mid = 4, High = 5, Device = 6, Status = 7, Command = 7, Alternate = 8, Control = 8;
    private const int Busy = 0x80, Ready = 0x50, Request = 0x08, Failed = 0x01;
    private const ulong Ram = 0x100000;

    private readonly GuestMemory _memory = new();
    private readonly Wires _irq = new(1);
    private readonly MemoryDisk _disk = new(4 << 20), _disc = new(300 * 2048, readOnly: true);
    private readonly IdeChannel _channel;
    private readonly PciSystem _system = new();

    public IdeTests()
    {
        _memory.Add("ram", new AddressRange(Ram, 1 << 20));
        _channel = new IdeChannel("ide0", _irq.Lines[0], _memory);
        _channel.AddDisk(0, _disk, "SERIAL1");
        _channel.AddCdRom(1, _disc);
        _channel.Reset();
        _system.Bus.Add(new Piix3Ide("ide", _channel, new IdeChannel("ide1", new Wires(1).Lines[0], _memory)), 1);
        _system.Write(1, 0x20, 0xc000);
        _system.Write(1, 4, 5, 2);
        new Random(7).NextBytes(_disk.Contents);
        new Random(8).NextBytes(_disc.Contents);
    }

    [Fact]
    public void Drives_are_known_by_their_signatures()
    {
        Assert.Equal(Ready, Get(Status));
        Assert.Equal([1, 1, 1, 0, 0], new[] { Get(Error), Get(Count), Get(Low), Get(Mid), Get(High) });
        Select(1);
        Assert.Equal([1, 1, 1, 0x14, 0xeb], new[] { Get(Error), Get(Count), Get(Low), Get(Mid), Get(High) });
        var empty = new IdeChannel("empty", new Wires(1).Lines[0], _memory);
        empty.Write8(Count, 0x55);
        Assert.Equal(0x7f, empty.Read8(Status)); // not busy, or firmware would wait for a drive
        Assert.Equal(0x7f, empty.Read8(Count));
        var single = new IdeChannel("single", new Wires(1).Lines[0], _memory);
        single.AddDisk(0, _disk, "S");
        single.Write8(Device, 0xb0);
        Assert.Equal(0, single.Read8(Status));
        Assert.Equal(0xb0, single.Read8(Device));
    }

    [Fact]
    public void The_disk_says_what_it_is()
    {
        Run(0xec);
        Assert.True(_irq[0]);
        Assert.Equal(Ready | Request, Get(Status));
        Assert.False(_irq[0]);
        var words = Take(512);
        Assert.Equal(Ready, Get(Status));
        Assert.False(_irq[0]);
        Assert.Equal("SERIAL1", Text(words, 10, 10));
        Assert.Equal(8192u, BinaryPrimitives.ReadUInt32LittleEndian(words.AsSpan(120)));
        Assert.Equal(8192ul, BinaryPrimitives.ReadUInt64LittleEndian(words.AsSpan(200)));
        Assert.Equal(0, (byte)words.Sum(b => b));
    }

    [Fact]
    public void Sectors_are_read_one_by_one()
    {
        Address(100, 3);
        Run(0x20);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(_irq[0]);
            Assert.Equal(Ready | Request, Get(Status));
            Assert.Equal(Part(_disk, (100 + i) * 512, 512), Take(512));
            _channel.Drain();
        }
        Assert.Equal(Ready, Get(Status));
        Assert.False(_irq[0]);
    }

    [Fact]
    public void Sectors_are_read_in_blocks_by_48_bits_and_by_cylinders()
    {
        Set(Count, 4);
        Run(0xc6);
        foreach (var (register, value) in new[] { (Count, 0), (Count, 6), (Low, 0), (Low, 10), (Mid, 0), (Mid, 1), (High, 0), (High, 0) }) Set(register, value);
        Set(Device, 0x40);
        Run(0x29);
        Assert.Equal(Part(_disk, (256 + 10) * 512, 2048), Take(2048));
        _channel.Drain();
        Assert.Equal(Part(_disk, (256 + 14) * 512, 1024), Take(1024));
        Assert.Equal(Ready, Get(Status));

        Set(Count, 1);
        Set(Low, 5);
        Set(Mid, 1);
        Set(High, 0);
        Set(Device, 0xa2); // cylinder 1, head 2, sector 5
        Run(0x20);
        Assert.Equal(Part(_disk, ((16 + 2) * 63 + 4) * 512, 512), Take(512));
    }

    [Fact]
    public void Sectors_are_written()
    {
        var data = new byte[1024];
        new Random(1).NextBytes(data);
        Address(20, 2);
        Run(0x30);
        Assert.False(_irq[0]); // the first block needs no interrupt
        Assert.Equal(Ready | Request, Get(Status));
        Give(data.AsSpan(0, 512));
        _channel.Drain();
        Assert.True(_irq[0]);
        Assert.Equal(Ready | Request, Get(Status));
        Give(data.AsSpan(512));
        _channel.Drain();
        Assert.True(_irq[0]);
        Assert.Equal(Ready, Get(Status));
        Assert.Equal(data, Part(_disk, 20 * 512, 1024));
        Run(0xe7);
        Assert.Equal(1, _disk.Flushes);
    }

    [Fact]
    public void Addresses_past_the_end_and_unknown_commands_fail()
    {
        Address(4, 2);
        Run(0x20);
        Take(512);
        _channel.Drain();
        Take(512);
        Address(8191, 2);
        Run(0x20);
        Assert.Equal(Ready | Failed, Get(Status));
        Assert.Equal(0x10, Get(Error));
        RecordingVisitor.Restore(_channel, RecordingVisitor.Save(_channel));
        Run(0xb0);
        Assert.Equal(Ready | Failed, Get(Status));
        Assert.Equal(0x04, Get(Error));
        _disk.Fails = true;
        Address(0, 1);
        Run(0x20);
        Assert.Equal(Ready | Failed, Get(Status));
        Assert.Equal(0x40, Get(Error));
    }

    [Fact]
    public void Dma_reads_into_the_regions_of_the_table()
    {
        Table((Ram + 0x2000, 0x300, false), (Ram + 0x5000, 0xd00, true));
        Address(64, 8);
        Master(0, 0x08);
        Set(Command, 0xc8);
        _channel.Drain();
        Assert.Equal(Ready | Request, Get(Alternate));
        Assert.Equal(0, Master(2) & 5);
        Master(0, 0x09);
        _channel.Drain();
        Assert.True(_irq[0]);
        Assert.Equal(0x04, Master(2) & 0x07);
        Assert.Equal(Ready, Get(Status));
        Master(0, 0);
        Master(2, 0x04);
        Assert.Equal(0, Master(2) & 0x07);
        Assert.Equal(Part(_disk, 64 * 512, 0x300), Memory(Ram + 0x2000, 0x300));
        Assert.Equal(Part(_disk, 64 * 512 + 0x300, 0xd00), Memory(Ram + 0x5000, 0xd00));
    }

    [Fact]
    public void Dma_writes_longer_than_a_buffer()
    {
        var data = new byte[256 * 512];
        new Random(2).NextBytes(data);
        Assert.True(_memory.TryWrite(new GuestAddress(Ram + 0x10000), data));
        Table((Ram + 0x10000, 0, false), (Ram + 0x20000, 0, true)); // 0 is 64 KiB
        Address(1000, 0); // 0 is 256
        Master(0, 0x00);
        Set(Command, 0xca);
        Master(0, 0x01);
        _channel.Drain();
        Assert.True(_irq[0]);
        Assert.Equal(0x04, Master(2) & 0x07);
        Assert.Equal(data, Part(_disk, 1000 * 512, data.Length));
    }

    [Fact]
    public void Dma_into_nothing_is_an_error_and_a_short_table_stops()
    {
        Table((0x10, 0x200, true));
        Address(0, 1);
        Master(0, 0x09);
        Run(0xc8);
        Assert.Equal(0x02, Master(2) & 0x03);
        Assert.Equal(Ready | Failed, Get(Status));
        Master(0, 0);
        Master(2, 0x06);

        Table((Ram + 0x2000, 0x100, true));
        Address(0, 1);
        Master(0, 0x09);
        Run(0xc8);
        Assert.Equal(0, Master(2) & 0x07);
        Assert.Equal(Request, Get(Alternate) & Request);
        Table((Ram + 0x2100, 0x100, true)); // the rest
        Master(0, 0);
        Master(0, 0x09);
        _channel.Drain();
        Assert.Equal(Ready, Get(Alternate));
        Assert.Equal(Part(_disk, 0, 512), Memory(Ram + 0x2000, 512));
    }

    [Fact]
    public void A_reset_in_the_middle_of_a_command_ends_it()
    {
        _disk.Hold();
        Address(0, 1);
        Set(Command, 0x20);
        Assert.Equal(Busy, Get(Alternate) & Busy);
        Set(Command, 0xec); // ignored
        Set(Control, 4);
        Set(Control, 0);
        Assert.Equal(Ready, Get(Status));
        _disk.LetGo();
        _channel.Drain();
        Assert.Equal(Ready, Get(Status));
        Assert.False(_irq[0]);
        Assert.Equal(0xffffu, _channel.Read16(Data));
    }

    /// <summary>Hostile class: IDE, a PRD table of (nearly) empty regions that none ends.</summary>
    [Theory]
    [InlineData(2u)]
    [InlineData(3u)]
    [InlineData(0x7fff_0002u)]
    public void A_table_without_an_end_ends_where_tables_do(uint count)
    {
        const ulong TableAt = Ram + 0x10000;
        for (var at = TableAt; at < TableAt + 0x20000; at += 8)
        {
            Assert.True(_memory.TryWrite(new GuestAddress(at), (uint)Ram));
            Assert.True(_memory.TryWrite(new GuestAddress(at + 4), count));
        }
        _system.Ports.Write(0xc004, 4, (uint)TableAt);
        Address(0, 0); // 128 KiB, of which 8192 regions of two bytes take a little
        Master(0, 0x09);
        Run(0xc8);
        Assert.Equal(0, Master(2) & 0x01);
        Master(0, 0);
        Set(Control, 4);
        Set(Control, 0);
        Assert.Equal(Ready, Get(Status));
    }

    /// <summary>Hostile class: IDE, a reset in the middle of a command; and the bus master stopped there, with another table put under it.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Dma_can_be_cut_off_in_the_middle(bool resets, bool stops)
    {
        _disk.Hold();
        Table((Ram + 0x2000, 0x200, true));
        Address(64, 1);
        Master(0, 0x09);
        Set(Command, 0xc8);
        if (stops) Master(0, 0);
        if (resets)
        {
            Set(Control, 4);
            Set(Control, 0);
        }
        Table((Ram + 0x6000, 0x200, true));
        Master(0, 0x09);
        _disk.LetGo();
        _channel.Drain();
        Assert.All(Memory(Ram + 0x2000, 0x200), b => Assert.Equal(0, b));
        // What was reset is gone; a command that was not goes on with the table of the restart.
        Assert.Equal(resets ? new byte[0x200] : Part(_disk, 64 * 512, 0x200), Memory(Ram + 0x6000, 0x200));
        Master(0, 0);
        Master(2, 0x06);
        Table((Ram + 0x8000, 0x200, true));
        Address(3, 1);
        Master(0, 0x09);
        Run(0xc8);
        Assert.Equal(Part(_disk, 3 * 512, 0x200), Memory(Ram + 0x8000, 0x200));
    }

    [Fact]
    public void The_interrupt_can_be_switched_off()
    {
        Set(Control, 2);
        Run(0xec);
        Assert.False(_irq[0]);
        Set(Control, 0);
        Assert.True(_irq[0]);
    }

    [Fact]
    public void A_command_goes_on_after_a_restore()
    {
        Address(5, 2);
        Run(0x20);
        Take(100);
        var saved = RecordingVisitor.Save(_channel);
        _channel.Reset();
        RecordingVisitor.Restore(_channel, saved);
        Assert.Equal(Part(_disk, 5 * 512 + 100, 412), Take(412));
        _channel.Drain();
        Assert.Equal(Part(_disk, 6 * 512, 512), Take(512));
    }

    [Fact]
    public void The_cd_rom_identifies_itself_as_a_packet_device()
    {
        Select(1);
        Run(0xec);
        Assert.Equal(Failed, Get(Status) & Failed);
        Assert.Equal(0xeb, Get(High));
        Run(0xa1);
        var words = Take(512);
        Assert.Equal("MIMUS CD-ROM", Text(words, 27, 20));
        Assert.Equal(Ready, Get(Status));
        Assert.False(_irq[0]);
    }

    [Fact]
    public void Packets_read_sectors_in_pieces_that_the_host_chooses()
    {
        Ready1();
        Packet(0x1000, 0x28, 0, 0, 0, 0, 10, 0, 0, 3);
        var read = new List<byte>();
        while ((Get(Status) & Request) != 0)
        {
            Assert.Equal(2, Get(Count));
            var length = Get(Mid) | Get(High) << 8;
            Assert.InRange(length, 1, 0x1000);
            read.AddRange(Take(length));
            _channel.Drain();
        }
        Assert.Equal(Part(_disc, 10 * 2048, 3 * 2048), read.ToArray());
        Assert.Equal(3, Get(Count));
        Assert.Equal(Ready, Get(Status));
    }

    [Fact]
    public void Packets_read_by_dma()
    {
        Ready1();
        Table((Ram + 0x10000, 0, false), (Ram + 0x20000, 0x9000, true));
        Master(0, 0x09);
        Packet(0, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0, 50, dma: true);
        _channel.Drain();
        Assert.Equal(0x04, Master(2) & 0x07);
        Assert.Equal(Part(_disc, 0, 50 * 2048), Memory(Ram + 0x10000, 50 * 2048));
    }

    [Fact]
    public void Errors_are_explained_by_sense_data()
    {
        Select(1);
        Packet(0xfffe, 0x00); // the first command after a reset
        Assert.Equal(Failed, Get(Status) & Failed);
        Assert.Equal(0x64, Get(Error));
        Assert.Equal([0x70, 6, 0x29], Sense());
        Assert.Equal([0x70, 0, 0], Sense());
        Packet(0xfffe, 0x28, 0, 0, 0, 1, 44, 0, 0, 1); // past the end
        Assert.Equal([0x70, 5, 0x21], Sense());
        Packet(0xfffe, 0xff);
        Assert.Equal([0x70, 5, 0x20], Sense());
        _channel.ChangeDisc(1, null);
        Packet(0xfffe, 0x00);
        Assert.Equal([0x70, 6, 0x28], Sense());
        Packet(0xfffe, 0x00);
        Assert.Equal([0x70, 2, 0x3a], Sense());
        Assert.Throws<ArgumentException>(() => _channel.ChangeDisc(0, null));
    }

    [Fact]
    public void The_disc_has_a_size_and_a_table_of_contents()
    {
        Ready1();
        Packet(0xfffe, 0x25);
        Assert.Equal([0, 0, 1, 43, 0, 0, 8, 0], Take(8));
        Packet(0xfffe, 0x43, 0, 0, 0, 0, 0, 0, 0, 20);
        Assert.Equal([0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x16, 0xaa, 0, 0, 0, 1, 44], Take(20));
        Packet(0xfffe, 0x12, 0, 0, 0, 36);
        Assert.Equal("MIMUS CD-ROM", Encoding.ASCII.GetString(Take(36), 16, 16).Trim());
        Packet(0xfffe, 0x5a, 0, 0x2a, 0, 0, 0, 0, 0, 28);
        Assert.Equal(0x2a, Take(28)[8]);
    }

    public void Dispose() => _memory.Dispose();

    private int Get(ulong register) => _channel.Read8(register);

    private void Set(ulong register, int value) => _channel.Write8(register, value);

    private void Select(int drive) => Set(Device, 0xe0 | drive << 4);

    private void Run(int command)
    {
        Set(Command, command);
        _channel.Drain();
    }

    private void Address(int sector, int count)
    {
        Set(Count, count);
        Set(Low, sector);
        Set(Mid, sector >> 8);
        Set(High, sector >> 16);
        Set(Device, 0xe0);
    }

    /// <summary>Selects the CD-ROM and takes note of what it wants to say first.</summary>
    private void Ready1()
    {
        Select(1);
        Packet(0xfffe, 0x00);
        Packet(0xfffe, 0x00);
        Assert.Equal(Ready, Get(Status));
    }

    private void Packet(int limit, byte b0, byte b1 = 0, byte b2 = 0, byte b3 = 0, byte b4 = 0, byte b5 = 0, byte b6 = 0, byte b7 = 0, byte b8 = 0, byte b9 = 0, bool dma = false)
    {
        Set(Features, dma ? 1 : 0);
        Set(Mid, limit);
        Set(High, limit >> 8);
        Run(0xa0);
        Assert.Equal(1, Get(Count));
        Give([b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, 0, 0]);
        _channel.Drain();
    }

    private int[] Sense()
    {
        Packet(0xfffe, 0x03, 0, 0, 0, 18);
        var sense = Take(18);
        return [sense[0], sense[2], sense[12]];
    }

    private byte[] Take(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i += 2) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i), _channel.Read16(Data));
        return bytes;
    }

    private void Give(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i += 4) _channel.Write32(Data, BinaryPrimitives.ReadUInt32LittleEndian(bytes[i..]));
    }

    private void Table(params (ulong Address, int Length, bool Last)[] regions)
    {
        for (var i = 0; i < regions.Length; i++)
        {
            Assert.True(_memory.TryWrite(new GuestAddress(Ram + 8 * (ulong)i), (uint)regions[i].Address));
            Assert.True(_memory.TryWrite(new GuestAddress(Ram + 8 * (ulong)i + 4), (uint)regions[i].Length | (regions[i].Last ? 0x80000000 : 0)));
        }
        _system.Ports.Write(0xc004, 4, (uint)Ram);
    }

    private int Master(int register) => (int)_system.Ports.Read((ushort)(0xc000 + register), 1);

    private void Master(int register, int value) => _system.Ports.Write((ushort)(0xc000 + register), 1, (uint)value);

    private byte[] Memory(ulong address, int length)
    {
        var bytes = new byte[length];
        Assert.True(_memory.TryRead(new GuestAddress(address), bytes));
        return bytes;
    }

    private static byte[] Part(MemoryDisk disk, int start, int length) => disk.Contents[start..(start + length)];

    private static string Text(byte[] words, int index, int count)
    {
        var bytes = words.AsSpan(2 * index, 2 * count).ToArray();
        for (var i = 0; i < bytes.Length; i += 2) (bytes[i], bytes[i + 1]) = (bytes[i + 1], bytes[i]);
        return Encoding.ASCII.GetString(bytes).Trim();
    }
}
