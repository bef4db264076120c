using System.Buffers.Binary;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Display;

/// <summary>
/// The processor's way to the four planes of a VGA's memory, from A0000h to BFFFFh (IBM PS/2 hardware reference, "Video subsystem",
/// "Display memory addressing" and the graphics controller's modes). The planes lie byte by byte side by side, so that one 32-bit word
/// is what a latch holds. It has no lock.
/// </summary>
internal sealed class VgaMemory(RamBlock memory, VgaRegisters registers) : IStateful
{
    /// <summary>The length of the window in the address space.</summary>
    public const int WindowLength = 0x20000;

    /// <summary>The length of one plane.</summary>
    public const int PlaneLength = 0x10000;

    private const int Planes = 4;

    // Sequencer registers
    private const int MapMask = 2, MemoryMode = 4;
    private const byte OddEvenOff = 0x04, Chain4 = 0x08;

    // Graphics controller registers
    private const int SetReset = 0, EnableSetReset = 1, ColorCompare = 2, DataRotate = 3, ReadMapSelect = 4, Mode = 5, Miscellaneous = 6,
        ColorDontCare = 7, BitMask = 8;
    private const byte ReadModeCompare = 0x08, ChainOddEven = 0x02;

    private uint _latch;

    /// <summary>Where the VBE's bank begins when it is in charge of the window; null while the VGA is.</summary>
    public int? LinearBase { get; set; }

    public byte Read(int offset)
    {
        if (LinearBase is { } start) return IsInBank(start, offset) ? memory.Bytes((ulong)(start + offset), 1)[0] : byte.MaxValue;
        if (!TryPlace(offset, out var address)) return byte.MaxValue;
        if ((registers.Sequencer[MemoryMode] & Chain4) != 0)
        {
            _latch = Load(address & ~3);
            return (byte)(_latch >> 8 * (address & 3));
        }
        var plane = registers.Graphics[ReadMapSelect];
        if (IsOddEven)
        {
            plane = (byte)(plane & 2 | address & 1);
            address &= ~1;
        }
        _latch = Load(address);
        if ((registers.Graphics[Mode] & ReadModeCompare) == 0) return (byte)(_latch >> 8 * plane);
        // Read mode 1: a bit for each pixel that has the colour, in the planes that matter.
        var differs = (_latch ^ Spread(registers.Graphics[ColorCompare])) & Spread(registers.Graphics[ColorDontCare]);
        return (byte)~(differs | differs >> 8 | differs >> 16 | differs >> 24);
    }

    public void Write(int offset, byte value)
    {
        if (LinearBase is { } start)
        {
            if (IsInBank(start, offset)) Store((ulong)(start + offset), [value]);
            return;
        }
        if (!TryPlace(offset, out var address)) return;
        var planes = registers.Sequencer[MapMask];
        if ((registers.Sequencer[MemoryMode] & Chain4) != 0)
        {
            planes &= (byte)(1 << (address & 3));
            address &= ~3;
        }
        else if (IsOddEven)
        {
            planes &= (byte)((address & 1) != 0 ? 0x0a : 0x05);
            address &= ~1;
        }
        var mask = Spread(planes);
        var word = Load(address) & ~mask | Combine(value) & mask;
        Span<byte> bytes = stackalloc byte[Planes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        Store((ulong)address * Planes, bytes);
    }

    public void State(StateVisitor v) => v.Field(1, "latch", ref _latch);

    public void Reset() => _latch = 0;

    /// <summary>The four planes' bytes at an address.</summary>
    public uint Load(int address) => BinaryPrimitives.ReadUInt32LittleEndian(memory.Bytes((ulong)(address & (PlaneLength - 1)) * Planes, Planes));

    /// <summary>All of the memory, as modes of the VBE see it.</summary>
    public ReadOnlySpan<byte> Linear => memory.Bytes(0, Length);

    public int Length => (int)memory.Range.Length;

    /// <summary>Writes to the memory as such.</summary>
    public void Store(ulong offset, ReadOnlySpan<byte> data)
    {
        data.CopyTo(memory.Bytes(offset, data.Length));
        memory.MarkWritten(offset, (ulong)data.Length);
    }

    public void Clear() => memory.Clear();

    private bool IsInBank(int start, int offset) => offset < PlaneLength && start + offset < Length;

    private bool IsOddEven => (registers.Sequencer[MemoryMode] & OddEvenOff) == 0;

    /// <summary>Four bits as a word with all bits of the planes whose bit is set.</summary>
    private static uint Spread(uint planes) =>
        (planes & 1) * 0xff | (planes >> 1 & 1) * 0xff00 | (planes >> 2 & 1) * 0xff0000 | (planes >> 3 & 1) * 0xff000000;

    /// <summary>
    /// The address in the planes for one in the window, by the four places the memory can have ("Miscellaneous register").
    /// </summary>
    private bool TryPlace(int offset, out int address)
    {
        var (start, length) = (registers.Graphics[Miscellaneous] >> 2 & 3) switch
        {
            0 => (0x00000, 0x20000),
            1 => (0x00000, 0x10000),
            2 => (0x10000, 0x08000),
            _ => (0x18000, 0x08000),
        };
        address = offset - start;
        if ((uint)address >= (uint)length) return false;
        // With odd and even chained in 128 KiB, the highest bit chooses the half that the lowest can no more.
        if (length == WindowLength && IsOddEven && (registers.Graphics[Miscellaneous] & ChainOddEven) != 0)
            address = address & 0xfffe | address >> 16 & 1;
        address &= PlaneLength - 1;
        return true;
    }

    /// <summary>What the graphics controller makes of a byte, in its write modes 0 to 3.</summary>
    private uint Combine(byte value)
    {
        var g = registers.Graphics;
        var mode = g[Mode] & 3;
        if (mode == 1) return _latch;
        var rotated = (byte)(value >> (g[DataRotate] & 7) | value << (8 - (g[DataRotate] & 7)));
        uint data;
        uint bits = g[BitMask] * 0x01010101u;
        switch (mode)
        {
            case 0:
                var enabled = Spread(g[EnableSetReset]);
                data = rotated * 0x01010101u & ~enabled | Spread(g[SetReset]) & enabled;
                break;
            case 2:
                data = Spread(value);
                break;
            default:
                data = Spread(g[SetReset]);
                bits &= rotated * 0x01010101u;
                break;
        }
        data = (g[DataRotate] >> 3 & 3) switch
        {
            0 => data,
            1 => data & _latch,
            2 => data | _latch,
            _ => data ^ _latch,
        };
        return data & bits | _latch & ~bits;
    }
}
