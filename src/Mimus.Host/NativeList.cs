using System.Runtime.CompilerServices;

namespace Mimus.Host;

/// <summary>
/// A growing list outside the collected heap: for very many small things that live as long as each other. Growing moves pages, not
/// bytes, and pages that were never reached cost nothing.
/// </summary>
public sealed unsafe class NativeList<T> : IDisposable where T : unmanaged
{
    private const nuint FirstBytes = 64 * 1024;

    private readonly MemoryMapping _memory = MemoryMapping.Anonymous(FirstBytes);
    private int _capacity = CapacityOf(FirstBytes);

    public NativeList() => Items = (T*)_memory.Pointer;

    public int Count { get; private set; }

    /// <summary>Where the items are until the next one is added.</summary>
    public T* Items { get; private set; }

    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)Count) Refuse(index);
            return ref Items[index];
        }
    }

    public void Add(in T item)
    {
        if (Count == _capacity) Grow();
        Items[Count++] = item;
    }

    /// <summary>Empties the list; if it was a long one, its memory is given back.</summary>
    public void Clear()
    {
        if ((nuint)Count * (nuint)sizeof(T) > FirstBytes) _memory.Clear();
        Count = 0;
    }

    /// <summary>Drops all items from one on.</summary>
    public void Truncate(int count) => Count = Math.Min(count, Count);

    public void Dispose()
    {
        Count = 0;
        _memory.Dispose();
    }

    private static void Refuse(int index) => throw new ArgumentOutOfRangeException(nameof(index), index, "there is no such item");

    private static int CapacityOf(nuint bytes) => checked((int)(bytes / (nuint)sizeof(T)));

    private void Grow()
    {
        _memory.Grow(_memory.Length * 2);
        _capacity = CapacityOf(_memory.Length);
        Items = (T*)_memory.Pointer;
    }
}
