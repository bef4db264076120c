using Mimus.Core.Memory;

namespace Mimus.Devices.Virtio;

/// <summary>
/// One request: the buffers of a descriptor chain, first those that the device reads, then those that it writes (virtio 1.2,
/// 2.7.4.2). Every buffer has been checked to be in memory. An object is filled again and again.
/// </summary>
public sealed class VirtChain
{
    /// <summary>How many buffers a chain may have; indirect tables can be longer than their queue in practice.</summary>
    public const int MaximumSegments = 1024;

    private readonly GuestMemory _memory;
    private Segment[] _segments = new Segment[16];
    private int _count, _readable;

    internal VirtChain(GuestMemory memory) => _memory = memory;

    /// <summary>Bytes that the device reads.</summary>
    public long ReadableLength { get; private set; }

    /// <summary>Bytes that the device writes.</summary>
    public long WritableLength { get; private set; }

    /// <summary>The descriptor that the chain begins with.</summary>
    internal ushort Head { get; set; }

    /// <summary>Since when its queue has been in use.</summary>
    internal uint Epoch { get; set; }

    /// <summary>Copies out of the readable bytes from <paramref name="offset"/>; false when there are not enough.</summary>
    public bool TryRead(long offset, Span<byte> destination)
    {
        if (offset > ReadableLength - destination.Length) return false;
        var position = Seek(writable: false, offset);
        while (!destination.IsEmpty)
        {
            if (!TryNext(ref position, destination.Length, out var part)) return false;
            part.Span.CopyTo(destination);
            destination = destination[part.Length..];
        }
        return true;
    }

    /// <summary>Copies into the writable bytes from <paramref name="offset"/>; false when there is not enough room.</summary>
    public bool TryWrite(long offset, ReadOnlySpan<byte> source)
    {
        if (offset > WritableLength - source.Length) return false;
        var position = Seek(writable: true, offset);
        while (!source.IsEmpty)
        {
            if (!TryNext(ref position, source.Length, out var part)) return false;
            source[..part.Length].CopyTo(part.Span);
            source = source[part.Length..];
        }
        return true;
    }

    /// <summary>The place of a byte among the readable or among the writable ones.</summary>
    public VirtPosition Seek(bool writable, long offset)
    {
        var segment = writable ? _readable : 0;
        while (segment < _count && offset >= _segments[segment].Length) offset -= _segments[segment++].Length;
        return new VirtPosition(segment, (int)offset);
    }

    /// <summary>
    /// The memory at a place, at most <paramref name="limit"/> bytes of it, and moves on behind it. Neighbouring buffers come
    /// as one.
    /// </summary>
    public bool TryNext(ref VirtPosition position, long limit, out Memory<byte> memory)
    {
        memory = default;
        if (limit <= 0 || position.Segment >= _count) return false;
        limit = Math.Min(limit, int.MaxValue);
        var writable = position.Segment >= _readable;
        var end = writable ? _count : _readable;
        var first = _segments[position.Segment];
        var address = first.Address + (ulong)position.Offset;
        var length = Math.Min(first.Length - position.Offset, limit);
        var next = position.Offset + length < first.Length
            ? position with { Offset = (int)(position.Offset + length) }
            : new VirtPosition(position.Segment + 1, 0);
        while (next.Offset == 0 && next.Segment < end && length < limit && _segments[next.Segment].Address == address + (ulong)length)
        {
            var segment = _segments[next.Segment];
            var taken = (int)Math.Min(segment.Length, limit - length);
            if (_memory.Find(address, (ulong)(length + taken)) is null) break; // two blocks that touch are not one
            length += taken;
            next = taken < segment.Length ? new VirtPosition(next.Segment, taken) : new VirtPosition(next.Segment + 1, 0);
        }
        position = next;
        return _memory.TryGetMemory(address, (int)length, writable, out memory);
    }

    /// <summary>Says of all writable buffers that the device has written to them, which it may have done.</summary>
    internal void MarkWritten()
    {
        foreach (var segment in _segments.AsSpan(_readable, _count - _readable)) _memory.MarkWritten(segment.Address, (ulong)segment.Length);
    }

    internal void Clear()
    {
        _count = _readable = 0;
        ReadableLength = WritableLength = 0;
    }

    /// <summary>Takes one more buffer; otherwise says what is wrong with it.</summary>
    internal string? Add(GuestAddress address, uint length, bool writable)
    {
        if (_count == MaximumSegments) return "a chain of too many buffers";
        if (!writable && _count > _readable) return "a readable buffer behind a writable one";
        if (length == 0) return null; // nothing to read or write
        if (length > int.MaxValue) return "a buffer of more than 2 GiB";
        var block = _memory.Find(address, length);
        if (block is null || (writable && block.ReadOnly)) return $"a buffer of {length} bytes at {address} that is not in memory";
        if (_count == _segments.Length) Array.Resize(ref _segments, _count * 2);
        _segments[_count++] = new Segment(address, (int)length);
        if (writable)
        {
            WritableLength += length;
        }
        else
        {
            _readable = _count;
            ReadableLength += length;
        }
        return null;
    }

    private readonly record struct Segment(GuestAddress Address, int Length);
}
