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

    public int Count { get; private set; }

    /// <summary>Where the items are until the next one is added.</summary>
    public T* Items => (T*)_memory.Pointer;

    public ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return ref Items[index];
        }
    }

    public void Add(in T item)
    {
        if (Count == _capacity) Grow();
        Items[Count++] = item;
    }

    /// <summary>Empties the list and gives its memory back.</summary>
    public void Clear()
    {
        Count = 0;
        _memory.Clear();
    }

    public void Dispose() => _memory.Dispose();

    private static int CapacityOf(nuint bytes) => checked((int)(bytes / (nuint)sizeof(T)));

    private void Grow()
    {
        _memory.Grow(_memory.Length * 2);
        _capacity = CapacityOf(_memory.Length);
    }
}
