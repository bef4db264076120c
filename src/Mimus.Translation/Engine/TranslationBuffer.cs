using System.Runtime.InteropServices;
using Mimus.Host;

namespace Mimus.Translation.Engine;

/// <summary>One remembered translation of a page. All zeroes is one of no page: page 0 would have it, see <see cref="TranslationBuffer"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TranslationEntry
{
    /// <summary>The page's virtual address; bit 3 set: only the slow path may use it.</summary>
    public ulong Tag;

    /// <summary>What to add to a virtual address: to reach host memory or, in a slow entry, the physical address.</summary>
    public ulong Addend;
}

/// <summary>
/// Direct-mapped caches of translations, one for reads and one for writes in every translation context, so that a switch of
/// privilege or address space changes one pointer. The memory is reserved for all and costs what is touched.
/// </summary>
internal sealed unsafe class TranslationBuffer : IDisposable
{
    public const int EntryCount = 1 << 14;
    public const int ContextCount = 256;
    public const ulong PageMask = ~0xffful;
    public const ulong SlowBit = 8;

    /// <summary>Instead of a context's number: none.</summary>
    public const int NoContext = -1;

    /// <summary>From the entries for reads to those for writes of the same context, in bytes.</summary>
    public const int WritesOffset = ContextCount * EntryCount * EntrySize;

    private const int EntrySize = 16;
    private const ulong Invalid = ulong.MaxValue;

    /// <summary>Flushing up to this many filled entries of a context one by one is cheaper than giving its memory back.</summary>
    private const int MostLogged = 4096;

    /// <summary>In the number of a logged entry: it is one for writes, or of a page that all address spaces share.</summary>
    private const ushort ForWriting = EntryCount, Global = EntryCount << 1;

    private readonly MemoryMapping _memory = MemoryMapping.Anonymous((nuint)WritesOffset * 2);
    private readonly LargePages _largePages = new();
    private readonly ContextSet _contexts = new();
    private readonly NativeList<Filled>?[] _logs = new NativeList<Filled>?[ContextCount];
    private NativeList<Filled> _log = null!;
    private int _context = NoContext;

    public TranslationBuffer() => Select(0);

    /// <summary>The current context.</summary>
    public int Context => _context;

    /// <summary>How many entries of the current context have been filled since it was flushed.</summary>
    public int FilledCount => _log.Count;

    /// <summary>The current context's entries for reads.</summary>
    public TranslationEntry* Reads { get; private set; }

    /// <summary>The current context's entries for writes.</summary>
    public TranslationEntry* Writes => (TranslationEntry*)((byte*)Reads + WritesOffset);

    public static int IndexOf(ulong address) => (int)((address >> 12) & (EntryCount - 1));

    /// <summary>Makes a context the current one.</summary>
    public void Select(int context)
    {
        if (context == _context) return;
        _context = context;
        Reads = ReadsOf(context);
        _log = _logs[context] ?? Begin(context);
    }

    /// <summary>The entry of a page that only the slow path may use: a device's, a watched one.</summary>
    public bool TryFindSlow(ulong address, bool forWriting, out ulong physical)
    {
        var entry = (forWriting ? Writes : Reads) + IndexOf(address);
        physical = address + entry->Addend;
        return entry->Tag == ((address & PageMask) | SlowBit);
    }

    /// <summary>
    /// Remembers a page in the current context. <paramref name="pageMask"/> has the bits inside the page of the guest's tables; a global page stays
    /// when <see cref="FlushLocal(int, int)"/> makes way for another address space.
    /// </summary>
    public void Fill(ulong address, bool forWriting, ulong addend, bool slow, ulong pageMask, bool isGlobal = false)
    {
        var entry = (forWriting ? Writes : Reads) + IndexOf(address);
        *entry = new TranslationEntry { Tag = (address & PageMask) | (slow ? SlowBit : 0), Addend = addend };
        if (_log.Count <= MostLogged) _log.Add(new Filled((ushort)(IndexOf(address) | (forWriting ? ForWriting : 0) | (isGlobal ? Global : 0))));
        _largePages.Add(address, pageMask);
    }

    public void Flush() => FlushBut(NoContext);

    /// <summary>Forgets all pages but those of one context, of which the caller says by <see cref="Keep"/> which are kept.</summary>
    public void FlushBut(int exception)
    {
        for (var context = _contexts.Next(0); context < ContextCount; context = _contexts.Next(context + 1))
        {
            if (context != exception) FlushContext(context);
        }
        _largePages.Clear();
    }

    /// <summary>One of the entries of the current context that have been filled. It may have been forgotten since, or be another's.</summary>
    public TranslationEntry* FilledEntry(int index, out bool forWriting)
    {
        var number = _log[index].Number;
        forWriting = (number & ForWriting) != 0;
        return (forWriting ? Writes : Reads) + (number & (EntryCount - 1));
    }

    public static bool IsFilled(TranslationEntry* entry) => entry->Tag != Invalid;

    public static void Forget(TranslationEntry* entry) => entry->Tag = Invalid;

    public void Keep(TranslationEntry* entry, ulong pageMask) => _largePages.Add(entry->Tag, pageMask);

    /// <summary>Forgets all pages for writing, and keeps those for reading.</summary>
    public void FlushWrites()
    {
        for (var context = _contexts.Next(0); context < ContextCount; context = _contexts.Next(context + 1)) FlushWrites(context);
    }

    public void FlushContexts(int first, int count)
    {
        var end = ContextSet.EndOf(first, count);
        for (var context = _contexts.Next(first); context < end; context = _contexts.Next(context + 1)) FlushContext(context);
    }

    /// <summary>Forgets the pages of some contexts, but need not forget global ones.</summary>
    public void FlushLocal(int first, int count)
    {
        var end = ContextSet.EndOf(first, count);
        for (var context = _contexts.Next(first); context < end; context = _contexts.Next(context + 1)) FlushLocal(context);
    }

    /// <summary>Forgets one page in some contexts. An address inside a large page stands for all of it, so then everything goes.</summary>
    public void FlushPage(ulong address, int first, int count)
    {
        if (_largePages.MayContain(address))
        {
            FlushContexts(first, count);
            return;
        }
        var index = IndexOf(address);
        var end = ContextSet.EndOf(first, count);
        for (var context = _contexts.Next(first); context < end; context = _contexts.Next(context + 1))
        {
            ForgetPage(ReadsOf(context) + index, address);
            ForgetPage(WritesOf(context) + index, address);
        }
    }

    public void Dispose()
    {
        foreach (var log in _logs) log?.Dispose();
        _memory.Dispose();
    }

    private void Invalidate(int context)
    {
        Invalidate(ReadsOf(context));
        Invalidate(WritesOf(context));
    }

    /// <summary>An entry of zeroes would be one of page 0, which is looked for in the first, and in the last by an access that goes on there from the top.</summary>
    private static void Invalidate(TranslationEntry* table) => table[0].Tag = table[EntryCount - 1].Tag = Invalid;

    private NativeList<Filled> Begin(int context)
    {
        Invalidate(context);
        _contexts.Add(context);
        return _logs[context] = new NativeList<Filled>();
    }

    private void FlushContext(int context)
    {
        var log = _logs[context]!;
        if (log.Count <= MostLogged)
        {
            for (var i = 0; i < log.Count; i++)
            {
                Invalidate(context, log.Items[i].Number);
            }
        }
        else
        {
            _memory.Clear((nuint)((byte*)ReadsOf(context) - _memory.Pointer), EntryCount * EntrySize);
            _memory.Clear((nuint)((byte*)WritesOf(context) - _memory.Pointer), EntryCount * EntrySize);
            Invalidate(context);
        }
        log.Clear();
    }

    /// <summary>A place that was filled again is in the log twice; if either page was not global, it is forgotten.</summary>
    private void FlushLocal(int context)
    {
        var log = _logs[context]!;
        if (log.Count > MostLogged)
        {
            FlushContext(context);
            return;
        }
        var kept = 0;
        for (var i = 0; i < log.Count; i++)
        {
            var number = log.Items[i].Number;
            if ((number & Global) == 0) Invalidate(context, number);
            else log.Items[kept++] = log.Items[i];
        }
        log.Truncate(kept);
    }

    private void Invalidate(int context, ushort number) =>
        ((number & ForWriting) != 0 ? WritesOf(context) : ReadsOf(context))[number & (EntryCount - 1)].Tag = Invalid;

    /// <summary>The log keeps what it has of reads, and need not lose the rest: what is filled again is in it twice.</summary>
    private void FlushWrites(int context)
    {
        var log = _logs[context]!;
        var writes = WritesOf(context);
        if (log.Count <= MostLogged)
        {
            for (var i = 0; i < log.Count; i++)
            {
                var number = log.Items[i].Number;
                if ((number & ForWriting) != 0) writes[number & (EntryCount - 1)].Tag = Invalid;
            }
        }
        else
        {
            _memory.Clear((nuint)((byte*)writes - _memory.Pointer), EntryCount * EntrySize);
            Invalidate(writes);
        }
    }

    /// <summary>An entry that is not the page's is only read: writing would make memory resident that was never filled.</summary>
    private static void ForgetPage(TranslationEntry* entry, ulong address)
    {
        if ((entry->Tag & PageMask) == (address & PageMask)) entry->Tag = Invalid;
    }

    private TranslationEntry* ReadsOf(int context) => (TranslationEntry*)_memory.Pointer + ((nint)context * EntryCount);

    private TranslationEntry* WritesOf(int context) => (TranslationEntry*)((byte*)ReadsOf(context) + WritesOffset);

    /// <summary>An entry that was filled. A type of its own, since lists of plain numbers are not precompiled.</summary>
    private readonly record struct Filled(ushort Number);
}
