using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Storage;

/// <summary>
/// One channel of an 8237A DMA controller with its page register (Intel 8237A data sheet, 231466-005; 82371SB data sheet, 2.5.1). It has
/// no lock: its owner, <see cref="IsaDma"/>, has.
/// </summary>
/// <param name="isWide">Whether it counts words instead of bytes.</param>
internal sealed class DmaChannel8237(bool isWide) : IStateful
{
    // Mode ("Mode register"): without the channel's number
    private const byte Type = 0x0c, ToMemory = 0x04, FromMemory = 0x08, Autoinitialize = 0x10, Decrement = 0x20;
    private const byte ModeMask = 0xfc;

    private ushort _baseAddress, _baseCount, _address, _count;
    private byte _mode, _page;

    public byte Page
    {
        get => _page;
        set => _page = value;
    }

    public byte Mode
    {
        set => _mode = (byte)(value & ModeMask);
    }

    public bool IsAutomatic => (_mode & Autoinitialize) != 0;

    /// <summary>Bytes until the terminal count.</summary>
    public int Left => (_count + 1) * Width;

    private int Width => isWide ? 2 : 1;

    public byte Read(bool isCount, bool high)
    {
        var value = isCount ? _count : _address;
        return (byte)(high ? value >> 8 : value);
    }

    public void Write(bool isCount, bool high, byte value)
    {
        ref var register = ref isCount ? ref _baseCount : ref _baseAddress;
        register = (ushort)(high ? register & 0x00ff | value << 8 : register & 0xff00 | value);
        // The base and the current register are written together.
        if (isCount) _count = _baseCount;
        else _address = _baseAddress;
    }

    /// <summary>
    /// Moves data until its end or the terminal count. Memory that does not exist reads as all ones and keeps nothing, as on the bus.
    /// </summary>
    public int Transfer(GuestMemory memory, Span<byte> data, bool toMemory, out bool terminal)
    {
        var length = Math.Min(data.Length / Width * Width, Left);
        // Verify transfers, and those in the other direction than the device's, move nothing.
        var moves = (_mode & Type) == (toMemory ? ToMemory : FromMemory);
        if (!toMemory && !moves) data[..length].Fill(byte.MaxValue);
        for (var done = 0; done < length && moves;)
        {
            var part = data.Slice(done, Run(length - done, done));
            var address = new GuestAddress(Address(done));
            if (toMemory) memory.TryWrite(address, part);
            else if (!memory.TryRead(address, part)) part.Fill(byte.MaxValue);
            done += part.Length;
        }
        terminal = length == Left;
        Advance(length / Width);
        if (terminal && IsAutomatic) (_address, _count) = (_baseAddress, _baseCount);
        return length;
    }

    public void Reset()
    {
        _baseAddress = _baseCount = _address = _count = 0;
        _mode = _page = 0;
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "base-address", ref _baseAddress);
        v.Field(2, "base-count", ref _baseCount);
        v.Field(3, "address", ref _address);
        v.Field(4, "count", ref _count);
        v.Field(5, "mode", ref _mode);
        v.Field(6, "page", ref _page);
        if (v.IsRestoring) _mode &= ModeMask;
    }

    /// <summary>Addresses of words have one bit less of the page (2.5.1.6); they do not leave it.</summary>
    private ulong Address(int done)
    {
        var steps = done / Width;
        var offset = (ushort)((_mode & Decrement) != 0 ? _address - steps : _address + steps);
        return isWide ? (ulong)(_page & 0xfe) << 16 | (ulong)offset << 1 : (ulong)_page << 16 | offset;
    }

    /// <summary>How many bytes follow each other in memory.</summary>
    private int Run(int length, int done)
    {
        if ((_mode & Decrement) != 0) return Width;
        var untilWrap = 0x10000 - (ushort)(_address + done / Width);
        return Math.Min(length, untilWrap * Width);
    }

    private void Advance(int steps)
    {
        _address = (ushort)((_mode & Decrement) != 0 ? _address - steps : _address + steps);
        _count = (ushort)(_count - steps);
    }
}
