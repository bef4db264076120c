using Mimus.Core.State;

namespace Mimus.Devices.Input;

/// <summary>A first-in, first-out buffer of a fixed number of bytes.</summary>
internal sealed class ByteQueue(int capacity) : IStateful
{
    private readonly byte[] _bytes = new byte[capacity];
    private int _head, _count;

    public int Count => _count;

    public int Room => capacity - _count;

    /// <summary>Adds a byte; a full queue loses it.</summary>
    public void Add(byte value)
    {
        if (_count == capacity) return;
        _bytes[(_head + _count) % capacity] = value;
        _count++;
    }

    public bool TryTake(out byte value)
    {
        value = 0;
        if (_count == 0) return false;
        value = _bytes[_head];
        _head = (_head + 1) % capacity;
        _count--;
        return true;
    }

    public void Clear()
    {
        _bytes.AsSpan().Clear();
        _head = _count = 0;
    }

    public void State(StateVisitor v)
    {
        v.Bytes(1, "bytes", _bytes);
        v.Field(2, "head", ref _head, capacity - 1);
        v.Field(3, "count", ref _count, capacity);
    }
}
