using Mimus.Core.Memory;
using Mimus.Devices.Storage;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Storage;

public sealed class FloppyTests : IDisposable
{
    private const ulong DigitalOutput = 2, MainStatus = 4, Fifo = 5, DigitalInput = 7;
    private const int Sector = 512;

    private readonly GuestMemory _memory = new();
    private readonly Wires _irq = new(1);
    private readonly MemoryDisk _disk = new(1440 << 10);
    private readonly IsaDma _dma;
    private readonly FloppyController _controller;

    public FloppyTests()
    {
        _memory.Add("ram", new AddressRange(0, 1 << 20));
        _dma = new IsaDma("dma", _memory);
        _controller = new FloppyController("fdc", _irq.Lines[0], _dma);
        new Random(3).NextBytes(_disk.Contents);
        _controller.Insert(0, _disk);
        _controller.Write8(DigitalOutput, 0x1c);
        for (var i = 0; i < 4; i++) Command(2, 0x08);
        Command(0, 0x03, 0xdf, 0x02);
    }

    [Fact]
    public void After_a_reset_each_drive_is_polled_once()
    {
        _controller.Write8(DigitalOutput, 0x00);
        Assert.Equal(0, _controller.Read8(MainStatus));
        Assert.False(_irq[0]);
        _controller.Write8(DigitalOutput, 0x0c);
        Assert.True(_irq[0]);
        Assert.Equal(0x80, _controller.Read8(MainStatus));
        for (var i = 0; i < 4; i++) Assert.Equal([0xc0 | i, 0], Command(2, 0x08));
        Assert.False(_irq[0]);
        Assert.Equal([0x80], Command(1, 0x08));
    }

    [Fact]
    public void Seeking_interrupts_and_its_end_is_sensed()
    {
        Assert.Equal(0x80, _controller.Read8(DigitalInput));
        Command(0, 0x0f, 0x00, 20);
        Assert.True(_irq[0]);
        Assert.Equal([0x20, 20], Command(2, 0x08));
        Assert.False(_irq[0]);
        Assert.Equal(0x00, _controller.Read8(DigitalInput)); // the step has told that the diskette is known
        Command(0, 0x07, 0x00);
        Assert.Equal([0x20, 0], Command(2, 0x08));
        Assert.Equal([0x38], Command(1, 0x04, 0x00)); // at track 0
        Command(0, 0x0f, 0x00, 255);
        Assert.InRange(Command(2, 0x08)[1], 80, 255);
    }

    [Fact]
    public void Sectors_are_read_by_dma_until_the_terminal_count()
    {
        Seek(3);
        Dma(0x46, 0x8000, 2 * Sector);
        var result = Command(7, 0xe6, 0x04, 3, 1, 17, 2, 18, 0x1b, 0xff);
        Assert.Equal([0x04, 0, 0, 4, 0, 1, 2], result);
        Assert.Equal(Contents(3, 1, 17, 2), Memory(0x8000, 2 * Sector));
        Assert.False(_irq[0]);
    }

    [Fact]
    public void Multiple_tracks_go_on_at_the_other_side()
    {
        Seek(0);
        Dma(0x46, 0x8000, 20 * Sector);
        Assert.Equal([0x00, 0, 0, 0, 1, 4, 2], Command(7, 0xe6, 0x00, 0, 0, 2, 2, 18, 0x1b, 0xff));
        Assert.Equal(_disk.Contents[Sector..(21 * Sector)], Memory(0x8000, 20 * Sector));
    }

    [Fact]
    public void Without_a_terminal_count_the_end_of_the_track_is_an_error()
    {
        Seek(0);
        Dma(0x46, 0x8000, 20 * Sector);
        var result = Command(7, 0x46, 0x00, 0, 0, 17, 2, 18, 0x1b, 0xff);
        Assert.Equal(0x40, result[0]);
        Assert.Equal(0x80, result[1]);
    }

    [Fact]
    public void Sectors_are_written_by_dma()
    {
        Seek(1);
        var data = new byte[2 * Sector];
        new Random(4).NextBytes(data);
        Assert.True(_memory.TryWrite(new GuestAddress(0x9000), data));
        Dma(0x4a, 0x9000, data.Length);
        Assert.Equal([0x00, 0, 0, 1, 0, 7, 2], Command(7, 0x45, 0x00, 1, 0, 5, 2, 18, 0x1b, 0xff));
        Assert.Equal(data, Contents(1, 0, 5, 2));
    }

    [Fact]
    public void A_request_waits_for_its_dma_channel()
    {
        Seek(0);
        Dma(0x46, 0x8000, Sector, unmask: false);
        Send(0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
        _controller.Drain();
        Assert.Equal(0x10, _controller.Read8(MainStatus));
        Assert.False(_irq[0]);
        _dma.Write8(10, 2);
        Assert.True(_irq[0]);
        Assert.Equal(0xd0, _controller.Read8(MainStatus));
        Assert.Equal(_disk.Contents[..Sector], Memory(0x8000, Sector));
    }

    [Fact]
    public void Data_can_go_through_the_fifo()
    {
        Command(0, 0x03, 0xdf, 0x03); // without DMA
        Seek(0);
        Send(0x46, 0x00, 0, 0, 18, 2, 18, 0x1b, 0xff);
        _controller.Drain();
        var data = new byte[Sector];
        for (var i = 0; i < Sector; i++)
        {
            Assert.Equal(0xf0, _controller.Read8(MainStatus));
            data[i] = _controller.Read8(Fifo);
        }
        Assert.Equal(Contents(0, 0, 18, 1), data);
        Assert.Equal(0x80, Results(7)[1]);
        Send(0x45, 0x00, 0, 0, 18, 2, 18, 0x1b, 0xff);
        for (var i = 0; i < Sector; i++)
        {
            Assert.Equal(0xb0, _controller.Read8(MainStatus));
            _controller.Write8(Fifo, 0x11);
        }
        _controller.Drain();
        Results(7);
        Assert.All(Contents(0, 0, 18, 1), b => Assert.Equal(0x11, b));
    }

    [Fact]
    public void What_is_not_there_cannot_be_read()
    {
        Seek(0);
        Assert.Equal([0x40, 0x04, 0x10], Command(7, 0x46, 0x00, 5, 0, 1, 2, 18, 0x1b, 0xff)[..3]); // another cylinder
        Assert.Equal([0x40, 0x04, 0x00], Command(7, 0x46, 0x00, 0, 0, 19, 2, 19, 0x1b, 0xff)[..3]);
        Assert.Equal([0x40, 0x04, 0x00], Command(7, 0x46, 0x00, 0, 0, 1, 3, 18, 0x1b, 0xff)[..3]); // other sectors
        Assert.Equal([0x49, 0x01, 0x00], Command(7, 0x46, 0x01, 0, 0, 1, 2, 18, 0x1b, 0xff)[..3]); // no diskette
        Assert.Equal([0x40, 0x01, 0x00], Command(7, 0x4a, 0x01)[..3].Select((b, i) => i == 0 ? b & 0xf8 : b));
        _controller.Insert(0, new MemoryDisk(1440 << 10, readOnly: true));
        Assert.Equal([0x40, 0x02, 0x00], Command(7, 0x45, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff)[..3]);
        _controller.Insert(0, _disk);
        _disk.Fails = true;
        Assert.Equal([0x40, 0x20, 0x20], Command(7, 0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff)[..3]);
    }

    [Fact]
    public void A_track_is_formatted()
    {
        Seek(2);
        Dma(0x4a, 0x9000, 18 * 4);
        Assert.Equal(0x00, Command(7, 0x4d, 0x00, 2, 18, 0x54, 0xf6)[0]);
        Assert.All(Contents(2, 0, 1, 18), b => Assert.Equal(0xf6, b));
        Assert.Contains(Contents(2, 1, 1, 1), b => b != 0xf6);
    }

    [Fact]
    public void Identifiers_pass_one_after_the_other()
    {
        Seek(0);
        Assert.Equal(1, Command(7, 0x4a, 0x00)[5]);
        Assert.Equal(2, Command(7, 0x4a, 0x00)[5]);
    }

    [Fact]
    public void The_controller_tells_its_kind_and_settings()
    {
        Assert.Equal([0x90], Command(1, 0x10));
        Command(0, 0x13, 0, 0x57, 0x20);
        Assert.Equal([0x10], Command(1, 0x94));
        var dump = Command(10, 0x0e);
        Assert.Equal([0xdf, 0x02], dump[4..6]);
        Assert.Equal([0x57, 0x20], dump[8..]);
        _controller.Write8(DigitalOutput, 0x18);
        _controller.Write8(DigitalOutput, 0x1c);
        Assert.Equal([0x57, 0x20], Command(10, 0x0e)[8..]); // locked, and no polling
        Assert.Equal([0x80], Command(1, 0x1f));
    }

    /// <summary>Hostile class: floppy FIFO. One command, and then nothing that could end its parameters.</summary>
    [Theory]
    [InlineData(0x0a, 0x00)]
    [InlineData(0x4a, 0x00)]
    [InlineData(0x8e, 0x00)]
    [InlineData(0x8e, 0x40)]
    [InlineData(0x8e, 0x8e)]
    [InlineData(0x46, 0x46)]
    public void Parameters_without_end_go_nowhere(int command, int parameter)
    {
        _controller.Write8(Fifo, command);
        for (var i = 0; i < 100_000; i++) _controller.Write8(Fifo, parameter);
        _controller.Drain();
        for (var i = 0; i < 100_000; i++) _controller.Read8(Fifo);
        _controller.Write8(DigitalOutput, 0x18);
        _controller.Write8(DigitalOutput, 0x1c);
        Assert.Equal([0xc0, 0], Command(2, 0x08));
    }

    /// <summary>Hostile class: floppy FIFO.</summary>
    [Theory]
    [InlineData(0x4a)]
    [InlineData(0x8e)]
    [InlineData(0x46)]
    [InlineData(0x4d)]
    public void Bytes_without_end_go_nowhere(int command)
    {
        for (var i = 0; i < 100_000; i++) _controller.Write8(Fifo, i % 600 == 0 ? command : 0xff);
        _controller.Drain();
        _controller.Write8(DigitalOutput, 0x18);
        _controller.Write8(DigitalOutput, 0x1c);
        Assert.Equal([0xc0, 0], Command(2, 0x08));
    }

    [Fact]
    public void A_reset_in_the_middle_of_a_command_ends_it()
    {
        Seek(0);
        Dma(0x46, 0x8000, Sector);
        _disk.Hold();
        Send(0x46, 0x00, 0, 0, 1, 2, 18, 0x1b, 0xff);
        _controller.Write8(DigitalOutput, 0x18);
        _controller.Write8(DigitalOutput, 0x1c);
        _disk.LetGo();
        _controller.Drain();
        Assert.Equal(0x80, _controller.Read8(MainStatus));
        Assert.All(Memory(0x8000, Sector), b => Assert.Equal(0, b));
    }

    public void Dispose() => _memory.Dispose();

    private void Seek(int cylinder)
    {
        Command(0, 0x0f, 0x00, cylinder);
        Command(2, 0x08);
    }

    private void Send(params int[] bytes)
    {
        foreach (var value in bytes) _controller.Write8(Fifo, value);
    }

    private int[] Command(int results, params int[] bytes)
    {
        Send(bytes);
        _controller.Drain();
        return Results(results);
    }

    private int[] Results(int count)
    {
        var results = new int[count];
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(0xd0, _controller.Read8(MainStatus));
            results[i] = _controller.Read8(Fifo);
        }
        Assert.Equal(0x80, _controller.Read8(MainStatus));
        return results;
    }

    private void Dma(int mode, int address, int length, bool unmask = true)
    {
        _dma.Write8(0x24, 0);
        _dma.Write8(10, 6);
        _dma.Write8(12, 0);
        _dma.Write8(11, mode);
        _dma.Write8(4, address);
        _dma.Write8(4, address >> 8);
        _dma.Write8(5, length - 1);
        _dma.Write8(5, (length - 1) >> 8);
        _dma.Write8(0x31, 0);
        if (unmask) _dma.Write8(10, 2);
    }

    private byte[] Contents(int cylinder, int head, int sector, int count)
    {
        var start = ((cylinder * 2 + head) * 18 + sector - 1) * Sector;
        return _disk.Contents[start..(start + count * Sector)];
    }

    private byte[] Memory(ulong address, int length)
    {
        var bytes = new byte[length];
        Assert.True(_memory.TryRead(new GuestAddress(address), bytes));
        return bytes;
    }
}
