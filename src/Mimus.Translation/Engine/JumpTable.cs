using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Mimus.Translation.Engine;

/// <summary>
/// From guest addresses to code, for indirect jumps, in one context in which code is fetched: a hash table that grows with what is in it.
/// Emitted code searches it by itself, from the hashed entry up to an empty one; the last entry stays empty.
/// </summary>
internal sealed unsafe class JumpTable : IDisposable
{
    public const int EntryBytes = 16;

    /// <summary>From an entry's tag to its code.</summary>
    public const int CodeOffset = 8;

    private const uint SmallestCapacity = 64, LargestCapacity = 1 << 20;

    /// <summary>Entries behind the last that an address hashes to, so that a search need not begin anew at the front.</summary>
    private const uint Overhang = 32;

    private readonly ContextRecord* _record;
    private uint _capacity;
    private Entry* _entries;

    /// <param name="record">Where emitted code finds the table.</param>
    public JumpTable(ContextRecord* record)
    {
        _record = record;
        Make(SmallestCapacity);
    }

    ~JumpTable() => NativeMemory.AlignedFree(_entries);

    public void* Find(ulong pc)
    {
        var entry = Search(pc);
        return entry->Tag == TagOf(pc) ? entry->Code : null;
    }

    public void Insert(ulong pc, void* code)
    {
        var entry = Search(pc);
        while (entry->Tag != TagOf(pc) && !HasRoomAt(entry))
        {
            Grow();
            entry = Search(pc);
        }
        if (entry->Tag != TagOf(pc)) _record->Room--;
        *entry = new Entry { Tag = TagOf(pc), Code = code };
    }

    /// <summary>Forgets all; a table that had little in it gets smaller.</summary>
    public void Flush()
    {
        var used = MostUsed - _record->Room;
        if (used == 0) return;
        if (_capacity > SmallestCapacity && used < _capacity / 8) Make(_capacity / 2);
        else new Span<Entry>(_entries, (int)(_capacity + Overhang)).Clear();
        _record->Room = MostUsed;
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_entries);
        _entries = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>The tag is the address and one: instructions have even addresses, so that an empty entry is nobody's.</summary>
    private static ulong TagOf(ulong pc) => pc + 1;

    private Entry* Search(ulong pc)
    {
        var entry = (Entry*)((byte*)_entries + (Sse42.X64.Crc32(0, pc) & _record->Mask));
        while (entry->Tag != 0 && entry->Tag != TagOf(pc)) entry++;
        return entry;
    }

    private int MostUsed => (int)(_capacity / 2);

    private bool HasRoomAt(Entry* entry) => _record->Room > 0 && entry < _record->Last;

    /// <summary>What is in the largest table is forgotten when it is full: it is found again by whoever needs it.</summary>
    private void Grow()
    {
        var old = _entries;
        var length = _capacity + Overhang;
        _entries = null;
        Make(Math.Min(_capacity * 2, LargestCapacity));
        if (length < _capacity)
        {
            for (var entry = old; entry < old + length; entry++)
            {
                if (entry->Tag != 0) Insert(entry->Tag - 1, entry->Code);
            }
        }
        NativeMemory.AlignedFree(old);
    }

    private void Make(uint capacity)
    {
        NativeMemory.AlignedFree(_entries);
        _capacity = capacity;
        var bytes = (capacity + Overhang) * (nuint)EntryBytes;
        _entries = (Entry*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(_entries, bytes);
        _record->Jumps = _entries;
        _record->Mask = (ulong)(capacity - 1) * EntryBytes;
        _record->Last = _entries + capacity + Overhang - 1;
        _record->Room = MostUsed;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Entry
    {
        public ulong Tag;
        public void* Code;
    }
}
