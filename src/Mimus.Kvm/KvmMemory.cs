using Mimus.Core.Memory;
using Mimus.Isa.X86;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>
/// A machine's memory slots: one for each region of RAM or ROM in the map of physical addresses, which they follow. What is not whole pages stays
/// without a slot, so that accesses to it come to the map.
/// </summary>
internal sealed unsafe class KvmMemory : IWriteLog, IDisposable
{
    private const ulong PageSize = 4096;
    private const int PageShift = 12, WordBits = 64;

    private readonly Lock _lock = new(); // innermost
    private readonly KvmFile _vm;
    private readonly AddressSpace _bus;
    private readonly GuestMemory _memory;
    private readonly Dictionary<Place, Slot> _slots = [];
    private readonly Stack<uint> _free = new();
    private bool _logsWrites;

    public KvmMemory(KvmFile vm, AddressSpace bus, GuestMemory memory)
    {
        _vm = vm;
        _bus = bus;
        _memory = memory;
        bus.Changed += Follow;
        memory.Dirty.Add(this);
        Follow();
    }

    public void Start() => SetLogging(true);

    public void Stop() => SetLogging(false);

    public void Collect()
    {
        lock (_lock)
        {
            foreach (var (place, slot) in _slots) Collect(place, slot);
        }
    }

    public void Dispose()
    {
        _bus.Changed -= Follow;
        _memory.Dirty.Remove(this);
    }

    /// <summary>Makes the slots what the map is now.</summary>
    private void Follow()
    {
        lock (_lock)
        {
            var wanted = new Dictionary<Place, RamBlock>();
            foreach (var region in _bus.Regions)
            {
                if (PlaceOf(region) is { } place) wanted.Add(place, region.Ram!);
            }
            // Those that go make room for those that come.
            foreach (var (place, slot) in _slots.Where(s => !wanted.ContainsKey(s.Key)).ToArray())
            {
                if (_logsWrites) Collect(place, slot);
                Set(place with { Length = 0 }, slot.Number);
                _slots.Remove(place);
                _free.Push(slot.Number);
            }
            foreach (var (place, block) in wanted)
            {
                if (_slots.ContainsKey(place)) continue;
                var number = _free.TryPop(out var used) ? used : (uint)_slots.Count;
                Set(place, number);
                _slots.Add(place, new Slot(number, block));
            }
        }
    }

    private void SetLogging(bool on)
    {
        lock (_lock)
        {
            _logsWrites = on;
            foreach (var (place, slot) in _slots) Set(place, slot.Number);
        }
    }

    private void Set(in Place place, uint number)
    {
        var slot = new MemorySlot
        {
            Slot = number,
            Flags = (place.IsReadOnly ? MemorySlot.IsReadOnly : 0) | (_logsWrites && !place.IsReadOnly ? MemorySlot.LogsWrites : 0),
            Address = place.Address,
            Length = place.Length,
            Host = (ulong)place.Host,
        };
        _vm.Call(KvmCalls.SetMemorySlot, &slot);
    }

    /// <summary>Hands the pages that processors have written over to the block's own log.</summary>
    private void Collect(in Place place, Slot slot)
    {
        if (place.IsReadOnly) return;
        var pages = place.Length >> PageShift;
        var bits = new ulong[(pages + WordBits - 1) / WordBits];
        fixed (ulong* bitmap = bits) // safe: the kernel writes one bit for each page of the slot, in whole words
        {
            var request = new DirtyLogRequest { Slot = slot.Number, Bitmap = bitmap };
            _vm.Call(KvmCalls.GetDirtyLog, &request);
        }
        var start = (ulong)((byte*)place.Host - slot.Block.Pointer);
        for (var word = 0; word < bits.Length; word++)
        {
            for (var rest = bits[word]; rest != 0; rest &= rest - 1)
            {
                var page = (ulong)((word * WordBits) + System.Numerics.BitOperations.TrailingZeroCount(rest));
                slot.Block.MarkWritten(start + (page << PageShift), PageSize);
            }
        }
    }

    private static Place? PlaceOf(IoRegion region)
    {
        // A guest may have moved memory where its processors do not reach.
        if (region.Ram is null || region.Range.Last >> CpuModel.PhysicalAddressBits != 0) return null;
        var start = (region.Range.Start + PageSize - 1) & ~(PageSize - 1);
        var end = (region.Range.Start + region.Range.Length) & ~(PageSize - 1);
        // The kernel wants the host's address on a page, too.
        return start >= end || (region.OffsetOf(start) & (PageSize - 1)) != 0 ? null : new Place(start, end - start, (nint)region.HostOf(start), region.IsReadOnly);
    }

    private readonly record struct Place(ulong Address, ulong Length, nint Host, bool IsReadOnly);

    private readonly record struct Slot(uint Number, RamBlock Block);
}
