using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mimus.Core.Memory;

namespace Mimus.Translation.Evaluator;

/// <summary>One remembered translation of a page.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TranslationEntry
{
    /// <summary>The page's virtual address, with the context in bits 4 to 11; bit 3 set: only the slow path may use it.</summary>
    public ulong Tag;

    /// <summary>What to add to a virtual address: to reach host memory or, in a slow entry, the physical address.</summary>
    public ulong Addend;
}

/// <summary>
/// A direct-mapped cache of translations for one kind of access. Entries of different contexts live side by side, so that a
/// switch of privilege or address space costs nothing.
/// </summary>
internal sealed unsafe class TranslationBuffer
{
    public const int EntryCount = 1024;
    public const ulong PageMask = ~0xffful;
    public const ulong SlowBit = 8;

    private const ulong Invalid = ulong.MaxValue;

    /// <summary>Flushing up to this many filled entries one by one is cheaper than all.</summary>
    private const int LogCapacity = 128;

    private readonly TranslationEntry[] _entries = GC.AllocateArray<TranslationEntry>(EntryCount, pinned: true);
    private readonly IoRegion?[] _regions = new IoRegion?[EntryCount];
    private readonly ushort[] _filled = new ushort[LogCapacity];
    private int _filledCount;
    private bool _holdsLargePages;

    public TranslationBuffer() => Array.Fill(_entries, new TranslationEntry { Tag = Invalid });

    /// <summary>The entries; pinned, alive as long as this object.</summary>
    public TranslationEntry* Entries => (TranslationEntry*)Unsafe.AsPointer(ref _entries[0]);

    public static int IndexOf(ulong address) => (int)((address >> 12) & (EntryCount - 1));

    /// <summary>The device that a slow entry leads to, when there is such an entry for the address.</summary>
    public bool TryFindSlow(ulong address, ulong contextTag, out IoRegion region, out ulong physical)
    {
        var index = IndexOf(address);
        ref var entry = ref _entries[index];
        region = _regions[index]!;
        physical = address + entry.Addend;
        return entry.Tag == ((address & PageMask) | contextTag | SlowBit);
    }

    public void Fill(ulong address, ulong tag, ulong addend, IoRegion? slowRegion, bool largePage)
    {
        var index = IndexOf(address);
        _entries[index] = new TranslationEntry { Tag = tag, Addend = addend };
        _regions[index] = slowRegion;
        if (_filledCount < LogCapacity) _filled[_filledCount] = (ushort)index;
        _filledCount++;
        _holdsLargePages |= largePage;
    }

    public void Flush()
    {
        if (_filledCount <= LogCapacity)
        {
            foreach (var index in _filled.AsSpan(0, _filledCount)) _entries[index].Tag = Invalid;
        }
        else
        {
            Array.Fill(_entries, new TranslationEntry { Tag = Invalid });
        }
        _filledCount = 0;
        _holdsLargePages = false;
    }

    /// <summary>Forgets one page. An address inside a large page stands for all of it, so then everything goes.</summary>
    public void FlushPage(ulong address)
    {
        if (_holdsLargePages) Flush();
        else _entries[IndexOf(address)].Tag = Invalid;
    }
}
