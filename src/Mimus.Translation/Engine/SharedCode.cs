using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <summary>
/// From guest addresses to code in any context: what a new context's jump table lacks is mostly here, since another context has run it. Emitted
/// code searches by itself: first which page an address is on under the current mapping, then the code for both.
/// </summary>
internal sealed unsafe class SharedCode : IDisposable
{
    public const int PageEntryShift = 5, PageEntryCount = 1024, CodeEntryShift = 5;

    /// <summary>In an entry of a page, from the guest's address of it: the mapping under which it was found, and the page's identity.</summary>
    public const int MappingOffset = 8, PageOffset = 16;

    /// <summary>In an entry of code, from its tag: the page's identity, and the code.</summary>
    public const int CodePageOffset = 8, CodeOffset = 16;

    private const ulong PageMask = ~0xffful;
    private const uint SmallestCapacity = 1024, LargestCapacity = 1 << 20;

    private readonly byte* _engine;
    private PageEntry* _pages;
    private CodeEntry* _codes;
    private uint _capacity, _count;

    public SharedCode(byte* engine)
    {
        _engine = engine;
        _pages = (PageEntry*)Allocate(PageEntryCount * (uint)sizeof(PageEntry));
        Make(SmallestCapacity);
        *(void**)(engine + HostLayout.FetchedPages) = _pages;
    }

    ~SharedCode() => Free();

    /// <summary>An address was found on a page, given by its identity, under a mapping.</summary>
    public void AddPage(ulong pc, int mapping, byte* page) =>
        _pages[(pc >> 12) & (PageEntryCount - 1)] = new PageEntry { Address = pc & PageMask, Mapping = (uint)mapping, Page = page };

    public void Add(ulong pc, byte* page, void* code)
    {
        if (_count >= _capacity / 2) Grow();
        var entry = Search(pc, page);
        if (entry->Tag == 0) _count++;
        *entry = new CodeEntry { Tag = pc + 1, Page = page, Code = code };
    }

    /// <summary>Forgets all code: some of it is not what should run any more.</summary>
    public void Flush()
    {
        if (_count == 0) return;
        NativeMemory.Clear(_codes, _capacity * (nuint)sizeof(CodeEntry));
        _count = 0;
    }

    /// <summary>Mappings are numbered anew.</summary>
    public void ForgetPages() => NativeMemory.Clear(_pages, PageEntryCount * (nuint)sizeof(PageEntry));

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static void* Allocate(uint bytes)
    {
        var memory = NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(memory, bytes);
        return memory;
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_codes);
        NativeMemory.AlignedFree(_pages);
        _codes = null;
        _pages = null;
    }

    /// <summary>Never more than half full, so that a search ends; it goes on at the front behind the last.</summary>
    private CodeEntry* Search(ulong pc, byte* page)
    {
        var at = Sse42.X64.Crc32(Sse42.X64.Crc32(0, pc), (ulong)page) & (_capacity - 1);
        while (_codes[at].Tag != 0 && (_codes[at].Tag != pc + 1 || _codes[at].Page != page)) at = (at + 1) & (_capacity - 1);
        return _codes + at;
    }

    /// <summary>What is in the largest table is forgotten when it is full.</summary>
    private void Grow()
    {
        var old = _codes;
        var count = _capacity;
        Make(Math.Min(_capacity * 2, LargestCapacity));
        if (count < _capacity)
        {
            for (var entry = old; entry < old + count; entry++)
            {
                if (entry->Tag != 0) Add(entry->Tag - 1, entry->Page, entry->Code);
            }
        }
        NativeMemory.AlignedFree(old);
    }

    private void Make(uint capacity)
    {
        _capacity = capacity;
        _count = 0;
        _codes = (CodeEntry*)Allocate(capacity * (uint)sizeof(CodeEntry));
        *(void**)(_engine + HostLayout.SharedCodes) = _codes;
        *(ulong*)(_engine + HostLayout.SharedMask) = (ulong)(capacity - 1) << CodeEntryShift;
    }

    /// <summary>All zeroes is no entry: no mapping has the number 0.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 1 << PageEntryShift)]
    private struct PageEntry
    {
        public ulong Address;
        public ulong Mapping;
        public byte* Page;
    }

    /// <summary>The tag is the address and one, 0 where there is nothing.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 1 << CodeEntryShift)]
    private struct CodeEntry
    {
        public ulong Tag;
        public byte* Page;
        public void* Code;
    }
}
