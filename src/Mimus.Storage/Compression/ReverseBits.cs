using System.Buffers.Binary;

namespace Mimus.Storage.Compression;

/// <summary>Bits of a Zstandard bitstream, which is read from its end; the highest 1 of the last byte marks where it ends. Behind its beginning there are zeroes.</summary>
internal ref struct ReverseBits
{
    private readonly ReadOnlySpan<byte> _data;
    private long _position; // in bits from the start of the data; what is below is still to come

    public ReverseBits(ReadOnlySpan<byte> data)
    {
        _data = data;
        IsValid = data.Length > 0 && data[^1] != 0;
        _position = IsValid ? (data.Length * 8L) - 8 + int.Log2(data[^1]) : 0;
    }

    public bool IsValid { get; }

    /// <summary>How many bits are left; less than 0 after more were read than there were.</summary>
    public readonly long Left => _position;

    public uint Read(int count)
    {
        var value = Peek(count);
        _position -= count;
        return value;
    }

    /// <summary>The next bits, at least 57, from the highest bit on; false near the end, where there may be less.</summary>
    public readonly bool TryTop(out ulong bits)
    {
        var at = (int)((_position - 1) >> 3) - 7;
        bits = at < 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(_data[at..]) << (int)((at * 8L) + 64 - _position);
        return at >= 0;
    }

    public void Skip(int count) => _position -= count;

    public readonly uint Peek(int count)
    {
        if (count == 0) return 0;
        var low = _position - count;
        var shift = 0;
        if (low < 0)
        {
            if (_position <= 0) return 0;
            shift = (int)-low;
            low = 0;
        }
        var at = (int)(low >> 3);
        ulong window;
        if (at + 8 <= _data.Length) window = BinaryPrimitives.ReadUInt64LittleEndian(_data[at..]);
        else
        {
            window = 0;
            for (var i = _data.Length - 1; i >= at; i--) window = (window << 8) | _data[i];
        }
        var bits = count - shift;
        return (uint)((window >> (int)(low & 7)) & ((1ul << bits) - 1)) << shift;
    }
}
