using Mimus.Core.Memory;
using Mimus.Devices.Storage;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Storage;

public sealed class IsaDmaTests : IDisposable
{
    private const ulong Second = 0x10, Pages = 0x30;
    private const int ToMemory = 0x44, FromMemory = 0x48, Verify = 0x40, Automatic = 0x10, Decrement = 0x20;

    private readonly GuestMemory _memory = new();
    private readonly IsaDma _dma;

    public IsaDmaTests()
    {
        _memory.Add("ram", new AddressRange(0, 1 << 20));
        _dma = new IsaDma("dma", _memory);
    }

    [Fact]
    public void A_channel_moves_bytes_until_its_terminal_count()
    {
        Program(2, ToMemory, 0x3456, 4, page: 2);
        Assert.False(_dma.IsReady(2));
        Unmask(2);
        Assert.True(_dma.IsReady(2));
        Assert.Equal(3, _dma.Transfer(2, new byte[] { 1, 2, 3 }, true, out var terminal));
        Assert.False(terminal);
        Assert.Equal(0x3459, Word(4));
        Assert.Equal(1, Word(5));
        Assert.Equal(2, _dma.Transfer(2, new byte[] { 4, 5, 6 }, true, out terminal));
        Assert.True(terminal);
        Assert.Equal([1, 2, 3, 4, 5], Memory(0x23456, 5));
        Assert.False(_dma.IsReady(2)); // masked at the end
        Assert.Equal(0x04, _dma.Read8(8) & 0x0f);
        Assert.Equal(0x00, _dma.Read8(8) & 0x0f);
    }

    [Fact]
    public void An_automatic_channel_begins_again()
    {
        Program(1, ToMemory | Automatic, 0x1000, 1, page: 0);
        Unmask(1);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(2, _dma.Transfer(1, new byte[] { (byte)i, 7, 9 }, true, out var terminal));
            Assert.True(terminal);
        }
        Assert.Equal([2, 7, 0], Memory(0x1000, 3));
    }

    [Fact]
    public void Words_have_channels_of_their_own()
    {
        _dma.Write8(Second + 0x14, 0);   // mask of channel 4
        Program(5, FromMemory, 0x0100, 1, page: 0x03);
        _dma.Write8(Second + 0x14, 1);
        Assert.True(_memory.TryWrite(new GuestAddress(0x20200), new byte[] { 1, 2, 3, 4, 5 }));
        var data = new byte[8];
        Assert.Equal(4, _dma.Transfer(5, data, false, out var terminal));
        Assert.True(terminal);
        Assert.Equal([1, 2, 3, 4, 0, 0, 0, 0], data);
    }

    [Fact]
    public void Addresses_stay_in_their_page_and_can_count_down()
    {
        Program(3, ToMemory, 0xfffe, 3, page: 1);
        Unmask(3);
        _dma.Transfer(3, new byte[] { 1, 2, 3, 4 }, true, out _);
        Assert.Equal([1, 2], Memory(0x1fffe, 2));
        Assert.Equal([3, 4], Memory(0x10000, 2));
        Program(3, ToMemory | Decrement, 0x0003, 3, page: 4);
        Unmask(3);
        _dma.Transfer(3, new byte[] { 1, 2, 3, 4 }, true, out _);
        Assert.Equal([4, 3, 2, 1], Memory(0x40000, 4));
    }

    [Fact]
    public void The_other_direction_and_verifying_move_nothing()
    {
        Program(2, Verify, 0x1000, 1, page: 0);
        Unmask(2);
        Assert.Equal(2, _dma.Transfer(2, new byte[] { 9, 9 }, true, out var terminal));
        Assert.True(terminal);
        Assert.Equal([0, 0], Memory(0x1000, 2));
        Program(2, FromMemory, 0x1000, 1, page: 0xff); // no memory there
        Unmask(2);
        var data = new byte[2];
        _dma.Transfer(2, data, false, out _);
        Assert.Equal([0xff, 0xff], data);
    }

    [Fact]
    public void The_first_controller_works_through_the_cascade()
    {
        Program(2, ToMemory, 0, 0, page: 0);
        _dma.Write8(10, 2);
        Assert.False(_dma.IsReady(2)); // channel 4 is masked after reset
        var told = 0;
        _dma.Listen(2, () => told++);
        _dma.Write8(Second + 0x14, 0);
        Assert.Equal(1, told);
        Assert.True(_dma.IsReady(2));
        _dma.Write8(8, 4); // the controller is off
        Assert.False(_dma.IsReady(2));
        _dma.Write8(13, 0); // master clear
        Assert.Equal(0xff, _dma.Read8(15));
    }

    public void Dispose() => _memory.Dispose();

    private void Program(int channel, int mode, int address, int count, int page)
    {
        ulong[] pages = [7, 3, 1, 2, 15, 11, 9, 10];
        var wide = channel >= 4;
        ulong At(int register) => wide ? Second + 2 * (ulong)register : (ulong)register;
        _dma.Write8(At(10), 4 | channel & 3);
        _dma.Write8(At(12), 0);
        _dma.Write8(At(11), mode | channel & 3);
        foreach (var (register, value) in new[] { (2 * (channel & 3), address), (2 * (channel & 3) + 1, count) })
        {
            _dma.Write8(At(register), value);
            _dma.Write8(At(register), value >> 8);
        }
        _dma.Write8(Pages + pages[channel], page);
        Assert.Equal(page, _dma.Read8(Pages + pages[channel]));
        if (wide) _dma.Write8(At(10), channel & 3);
    }

    private void Unmask(int channel)
    {
        _dma.Write8(Second + 0x14, 0);
        _dma.Write8(10, channel);
    }

    private int Word(ulong register)
    {
        _dma.Write8(12, 0);
        return _dma.Read8(register) | _dma.Read8(register) << 8;
    }

    private byte[] Memory(ulong address, int length)
    {
        var bytes = new byte[length];
        Assert.True(_memory.TryRead(new GuestAddress(address), bytes));
        return bytes;
    }
}
