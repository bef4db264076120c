using System.Numerics;
using System.Runtime.InteropServices;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Virtio;

/// <summary>
/// The device's end of a split virtqueue (virtio 1.2, 2.7). All that is in the rings comes from the guest and can be anything;
/// what breaks the rules stops the device until it is reset.
/// </summary>
public sealed class VirtQueue : IStateful
{
    // Descriptor (2.7.5)
    private const ulong DescriptorSize = 16;
    private const ushort DescriptorNext = 1, DescriptorWrite = 2, DescriptorIndirect = 4;

    // Available ring (2.7.6) and used ring (2.7.8): flags, index, entries, event of the other side
    private const ulong IndexOffset = 2, EntriesOffset = 4, AvailableEntrySize = 2, UsedEntrySize = 8;
    private const ushort AvailableNoInterrupt = 1, UsedNoNotify = 1;

    private const ulong LegacyAlignmentMaximum = 1ul << 31;

    private readonly VirtioDevice _device;
    private readonly GuestMemory _memory;
    private readonly Lock _lock = new(); // held for one look at the rings; nothing else is called under it

    private int _size;
    private volatile bool _ready;
    private ulong _descriptors, _available, _used;
    private ushort _nextAvailable, _nextUsed;
    private int _taken; // chains that are with the device
    private uint _epoch; // counts the times the queue was taken away, so that older chains are known

    internal VirtQueue(VirtioDevice device, int index, int maximumSize, GuestMemory memory)
    {
        if (maximumSize is < 1 or > 32768 || !BitOperations.IsPow2(maximumSize))
            throw new ArgumentOutOfRangeException(nameof(maximumSize), maximumSize, "must be a power of two up to 32768");
        _device = device;
        _memory = memory;
        Index = index;
        MaximumSize = maximumSize;
        _size = maximumSize;
    }

    public int Index { get; }

    public int MaximumSize { get; }

    /// <summary>How many descriptors the driver has chosen; cannot change while the queue is ready.</summary>
    public int Size => _size;

    public bool IsReady => _ready;

    /// <summary>The addresses of the descriptor table, the available ring and the used ring.</summary>
    public (ulong Descriptors, ulong Available, ulong Used) Addresses => (_descriptors, _available, _used);

    /// <summary>The driver chooses the size; one that is not allowed shows when it enables the queue.</summary>
    public void SetSize(uint size)
    {
        if (!_ready) _size = (int)Math.Min(size, ushort.MaxValue);
    }

    public void SetAddresses(ulong descriptors, ulong available, ulong used)
    {
        if (!_ready) (_descriptors, _available, _used) = (descriptors, available, used);
    }

    /// <summary>Lays the rings out one behind the other as drivers of before virtio 1.0 do (2.7.2).</summary>
    public void SetLegacyAddress(ulong address, ulong alignment)
    {
        if (alignment > LegacyAlignmentMaximum || !BitOperations.IsPow2(alignment)) alignment = 1;
        var available = address + DescriptorSize * (ulong)_size;
        var end = available + EntriesOffset + AvailableEntrySize * ((ulong)_size + 1);
        SetAddresses(address, available, (end + alignment - 1) & ~(alignment - 1));
    }

    /// <summary>Begins to look at the rings, unless the driver has described them wrongly.</summary>
    public void Enable()
    {
        if (_ready) return;
        var fault = Fault();
        if (fault is null) _ready = true;
        else _device.Fail($"queue {Index}: {fault}");
    }

    /// <summary>Looks at the rings no more; chains that are with the device do not come back to the driver.</summary>
    public void Disable()
    {
        lock (_lock)
        {
            _ready = false;
            _nextAvailable = _nextUsed = 0;
            _taken = 0;
            _epoch++;
        }
    }

    internal void Reset()
    {
        Disable();
        lock (_lock)
        {
            _size = MaximumSize;
            _descriptors = _available = _used = 0;
        }
    }

    /// <summary>Takes the next request; false when there is none or the rings are broken.</summary>
    internal bool TryPop(VirtChain chain)
    {
        string? fault;
        lock (_lock)
        {
            if (!_ready || _device.NeedsReset || !TryCountWaiting(out var waiting, out fault)) return false;
            if (fault is null)
            {
                if (waiting == 0) return false;
                fault = Collect(chain);
            }
            if (fault is null)
            {
                _nextAvailable++;
                _taken++;
                return true;
            }
        }
        _device.Fail($"queue {Index}: {fault}");
        return false;
    }

    /// <summary>Whether a request waits. A hint: it may be wrong by the time the caller acts.</summary>
    internal bool HasWaiting
    {
        get
        {
            lock (_lock) return _ready && TryCountWaiting(out var waiting, out var fault) && fault is null && waiting != 0;
        }
    }

    /// <summary>
    /// Asks the driver not to notify while the device looks at the ring anyway; taken back by <see cref="TryRest"/>.
    /// </summary>
    internal void SuppressNotifications()
    {
        lock (_lock)
        {
            // With event indices the driver notifies only when it passes the event, which stays behind meanwhile (2.7.10).
            if (_ready && !UsesEventIndex) _memory.TryWrite(new GuestAddress(_used), UsedNoNotify);
        }
    }

    /// <summary>Asks for notifications again; false when a request has come meanwhile, so that the caller must go on.</summary>
    internal bool TryRest()
    {
        lock (_lock)
        {
            if (!_ready || _device.NeedsReset) return true;
            if (UsesEventIndex) _memory.TryWrite(new GuestAddress(AvailableEvent), _nextAvailable);
            else _memory.TryWrite<ushort>(new GuestAddress(_used), 0);
            // The driver writes its index and then reads what was written here; here the order is the reverse (2.7.13.4.1).
            Interlocked.MemoryBarrier();
            return !TryCountWaiting(out var waiting, out var fault) || (fault is null && waiting == 0);
        }
    }

    /// <summary>Gives a chain back; true when the driver wants an interrupt for it (2.7.7, 2.7.8).</summary>
    internal bool Push(VirtChain chain, uint written)
    {
        chain.MarkWritten();
        lock (_lock)
        {
            if (!_ready || chain.Epoch != _epoch) return false;
            _taken--;
            var entry = _used + EntriesOffset + UsedEntrySize * (uint)(_nextUsed & (_size - 1));
            _memory.TryWrite(new GuestAddress(entry), (uint)chain.Head);
            _memory.TryWrite(new GuestAddress(entry + sizeof(uint)), written);
            var next = unchecked((ushort)(_nextUsed + 1));
            _memory.TryWrite(new GuestAddress(_used + IndexOffset), next);
            _nextUsed = next;
            // The driver writes its wish and then reads the index; here the order is the reverse.
            Interlocked.MemoryBarrier();
            if (UsesEventIndex)
                return _memory.TryRead<ushort>(new GuestAddress(UsedEvent), out var wanted) && wanted == unchecked((ushort)(next - 1));
            return _memory.TryRead<ushort>(new GuestAddress(_available), out var flags) && (flags & AvailableNoInterrupt) == 0;
        }
    }

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            var ready = _ready;
            v.Field(1, "size", ref _size, ushort.MaxValue);
            v.Field(2, "ready", ref ready);
            v.Field(3, "descriptors", ref _descriptors);
            v.Field(4, "available", ref _available);
            v.Field(5, "used", ref _used);
            v.Field(6, "next-available", ref _nextAvailable);
            v.Field(7, "next-used", ref _nextUsed);
            if (!v.IsRestoring) return;
            _taken = 0;
            _ready = false;
            if (ready && Fault() is { } fault) StateVisitor.Refuse($"{_device.Name}: queue {Index}: {fault}");
            _ready = ready;
        }
    }

    private bool UsesEventIndex => (_device.DriverFeatures & VirtioFeatures.EventIndex) != 0;

    private ulong UsedEvent => _available + EntriesOffset + AvailableEntrySize * (ulong)_size;

    private ulong AvailableEvent => _used + EntriesOffset + UsedEntrySize * (ulong)_size;

    /// <summary>What is wrong with the size or the places of the rings, or null.</summary>
    private string? Fault()
    {
        if (_size < 1 || _size > MaximumSize || !BitOperations.IsPow2(_size)) return $"a size of {_size}";
        var size = (ulong)_size;
        if (_memory.Find(new GuestAddress(_descriptors), DescriptorSize * size) is null) return $"a descriptor table at 0x{_descriptors:x}";
        if (_memory.Find(new GuestAddress(_available), EntriesOffset + AvailableEntrySize * (size + 1)) is null)
            return $"an available ring at 0x{_available:x}";
        if (_memory.Find(new GuestAddress(_used), EntriesOffset + UsedEntrySize * size + sizeof(ushort)) is null or { ReadOnly: true })
            return $"a used ring at 0x{_used:x}";
        return null;
    }

    private bool TryCountWaiting(out int waiting, out string? fault)
    {
        waiting = 0;
        fault = null;
        if (!_memory.TryRead<ushort>(new GuestAddress(_available + IndexOffset), out var index)) return false;
        waiting = unchecked((ushort)(index - _nextAvailable));
        // A chain is the driver's again only when the device has given it back, so the two together fit the ring.
        if (waiting + _taken > _size && waiting != 0) fault = $"an available index {waiting} ahead in a ring of {_size}, {_taken} of them in use";
        return true;
    }

    /// <summary>Walks the chain of the next request; returns what is wrong with it.</summary>
    private string? Collect(VirtChain chain)
    {
        var entry = _available + EntriesOffset + AvailableEntrySize * (uint)(_nextAvailable & (_size - 1));
        if (!_memory.TryRead<ushort>(new GuestAddress(entry), out var head)) return "an available ring outside memory";
        chain.Clear();
        chain.Head = head;
        chain.Epoch = _epoch;
        var table = _descriptors;
        var count = (uint)_size;
        uint index = head;
        var indirect = false;
        for (uint steps = 0; ; steps++)
        {
            if (index >= count) return $"descriptor {index} of a table of {count}";
            if (steps == count) return "a chain that loops";
            if (!_memory.TryRead<Descriptor>(new GuestAddress(table + DescriptorSize * index), out var descriptor))
                return "a descriptor table outside memory";
            if ((descriptor.Flags & DescriptorIndirect) != 0)
            {
                // 2.7.5.3.1: one level, whole descriptors, nothing behind it.
                if (indirect) return "an indirect table in an indirect table";
                if ((descriptor.Flags & DescriptorNext) != 0) return "a descriptor that is indirect and has a next";
                if (descriptor.Length == 0 || descriptor.Length % DescriptorSize != 0) return $"an indirect table of {descriptor.Length} bytes";
                if (_memory.Find(new GuestAddress(descriptor.Address), descriptor.Length) is null)
                    return $"an indirect table at 0x{descriptor.Address:x} that is not in memory";
                indirect = true;
                table = descriptor.Address;
                count = Math.Min((uint)(descriptor.Length / DescriptorSize), ushort.MaxValue + 1u); // all that "next" can name
                index = 0;
                steps = uint.MaxValue; // begins anew at 0
                continue;
            }
            var fault = chain.Add(new GuestAddress(descriptor.Address), descriptor.Length, (descriptor.Flags & DescriptorWrite) != 0);
            if (fault is not null) return fault;
            if ((descriptor.Flags & DescriptorNext) == 0) return null;
            index = descriptor.Next;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Descriptor(ulong Address, uint Length, ushort Flags, ushort Next);
}
