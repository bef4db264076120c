using System.Buffers.Binary;

namespace Mimus.Storage.Compression;

/// <summary>Writes bits, the lowest first, as section 3.1.1 of RFC 1951 has them; what has no room is only counted.</summary>
internal ref struct BitWriter(Span<byte> destination)
{
    private Span<byte> _destination = destination;
    private ulong _bits;
    private int _count, _length;

    /// <summary>There was no room for something.</summary>
    public readonly bool IsFull => _length > _destination.Length;

    public void Write(uint bits, int count)
    {
        _bits |= (ulong)bits << _count;
        _count += count;
        if (_count < 32) return;
        if (_length + 4 <= _destination.Length) BinaryPrimitives.WriteUInt32LittleEndian(_destination[_length..], (uint)_bits);
        else _destination = default;
        _length += 4;
        _bits >>= 32;
        _count -= 32;
    }

    /// <summary>Fills the last byte; how many bytes there are, 0 when they had no room.</summary>
    public int Finish()
    {
        while (_count > 0)
        {
            if (_length < _destination.Length) _destination[_length] = (byte)_bits;
            _length++;
            _bits >>= 8;
            _count -= 8;
        }
        return IsFull ? 0 : _length;
    }
}
