using System.Runtime.CompilerServices;
using Mimus.Core.State;

namespace Mimus.Core.Memory;

/// <summary>
/// The guest's RAM as devices and loaders see it: by physical address, never reaching a device register, so that a
/// descriptor which names one cannot recurse through the bus.
/// </summary>
public sealed unsafe class GuestMemory : IStateful, IDisposable
{
    private RamBlock[] _blocks = [];

    public GuestMemory()
    {
        Dirty = new DirtyLog(this);
        Code = new CodeWatch(Writers);
    }

    public IReadOnlyList<RamBlock> Blocks => _blocks;

    /// <summary>Reservations of load-reserved / load-exclusive instructions, which every write has to respect.</summary>
    public ReservationTable Reservations { get; } = new();

    /// <summary>Which pages are written, for who wants to know.</summary>
    public DirtyLog Dirty { get; }

    /// <summary>Which pages of code may have changed.</summary>
    public CodeWatch Code { get; }

    /// <summary>The vCPUs that write without asking.</summary>
    public MemoryWriters Writers { get; } = new();

    /// <param name="name">The name in snapshots.</param>
    /// <param name="range">Where it is.</param>
    /// <param name="readOnly">Guests' stores have no effect.</param>
    /// <param name="isHidden">No device reaches it by an address: guests see it through a window, and only those parts of them that may.</param>
    public RamBlock Add(string name, AddressRange range, bool readOnly = false, bool isHidden = false)
    {
        foreach (var other in _blocks)
        {
            if (other.Range.Overlaps(range)) throw new ArgumentException($"{name} at {range} overlaps {other.Name} at {other.Range}", nameof(range));
        }

        var block = new RamBlock(name, range, readOnly, Code) { IsHidden = isHidden };
        _blocks = [.. _blocks, block];
        return block;
    }

    /// <summary>The block that holds all of the given bytes, or null.</summary>
    public RamBlock? Find(GuestAddress address, ulong length)
    {
        foreach (var block in _blocks)
        {
            if (block.Range.Contains(address.Value, length) && !block.IsHidden) return block;
        }
        return null;
    }

    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        if (destination.IsEmpty) return true;
        if (!TryPointer(address, (ulong)destination.Length, forWriting: false, out var source)) return false;
        new ReadOnlySpan<byte>(source, destination.Length).CopyTo(destination);
        return true;
    }

    public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty) return true;
        if (!TryPointer(address, (ulong)source.Length, forWriting: true, out var destination)) return false;
        Reservations.BreakRange(destination, (ulong)source.Length);
        source.CopyTo(new Span<byte>(destination, source.Length));
        MarkWritten(address, (ulong)source.Length);
        return true;
    }

    /// <summary>The memory itself, for host I/O without a copy. Who has written to it says so by <see cref="MarkWritten"/>.</summary>
    public bool TryGetMemory(GuestAddress address, int length, bool forWriting, out Memory<byte> memory)
    {
        memory = default;
        if (length == 0) return true;
        var block = Find(address, (ulong)length);
        if (block is null || (forWriting && block.ReadOnly)) return false;
        memory = block.Memory(address.Value - block.Range.Start, length);
        if (forWriting) Reservations.BreakRange(block.Pointer + (address.Value - block.Range.Start), (ulong)length);
        return true;
    }

    /// <summary>Notes that bytes of one block were written.</summary>
    public void MarkWritten(GuestAddress address, ulong length)
    {
        if (Find(address, length) is { } block) block.MarkWritten(address.Value - block.Range.Start, length);
    }

    /// <summary>Reads a little-endian number; one that is aligned is read as a whole and before all later reads.</summary>
    public bool TryRead<T>(GuestAddress address, out T value) where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("guest memory needs a little-endian host");
        if (!TryPointer(address, (ulong)sizeof(T), forWriting: false, out var source)) return false;
        value = Unsafe.ReadUnaligned<T>(source);
        Volatile.ReadBarrier();
        return true;
    }

    /// <summary>Writes a little-endian number; one that is aligned is written as a whole and after all earlier writes.</summary>
    public bool TryWrite<T>(GuestAddress address, T value) where T : unmanaged
    {
        if (!TryPointer(address, (ulong)sizeof(T), forWriting: true, out var destination)) return false;
        Reservations.BreakRange(destination, (ulong)sizeof(T));
        Volatile.WriteBarrier();
        Unsafe.WriteUnaligned(destination, value);
        MarkWritten(address, (ulong)sizeof(T));
        return true;
    }

    public void State(StateVisitor v)
    {
        foreach (var block in _blocks) v.Child(block.Name, block);
    }

    public void Dispose()
    {
        foreach (var block in _blocks) block.Dispose();
        _blocks = [];
    }

    private bool TryPointer(GuestAddress address, ulong length, bool forWriting, out byte* pointer)
    {
        var block = Find(address, length);
        if (block is null || (forWriting && block.ReadOnly))
        {
            pointer = null;
            return false;
        }
        // Safe: Find has checked that all of the bytes are inside the block, which lives as long as this memory.
        pointer = block.Pointer + (address.Value - block.Range.Start);
        return true;
    }
}
