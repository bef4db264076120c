using System.Buffers.Binary;

namespace Mimus.TestSupport.RiscV;

/// <summary>Builds page tables that are to lie at a physical address: three levels are Sv39, four Sv48, five Sv57.</summary>
public sealed class PageTables(int levels, ulong start)
{
    public const ulong Valid = 1, Read = 2, Write = 4, Execute = 8, User = 16, Global = 32, Accessed = 64, Dirty = 128, Uncached = 1ul << 61, Napot = 1ul << 63;

    private readonly List<byte[]> _pages = [new byte[4096]];

    /// <summary>The tables' pages in their order in memory; the first is the root.</summary>
    public IReadOnlyList<byte[]> Pages => _pages;

    /// <summary>satp for these tables: Sv39 is mode 8.</summary>
    public ulong Satp(ulong addressSpace) => ((ulong)(levels + 5) << 60) | (addressSpace << 44) | (start >> 12);

    /// <summary>Puts a leaf, or anything, where the walk for an address comes to at a level.</summary>
    public void Set(ulong address, int level, ulong entry)
    {
        var page = FindTable(address, level);
        BinaryPrimitives.WriteUInt64LittleEndian(Place(page, address, level), entry);
    }

    /// <summary>The physical address of the entry where the walk for an address comes to at a level.</summary>
    public ulong EntryAddress(ulong address, int level) =>
        start + ((ulong)FindTable(address, level) * 4096) + (((address >> (12 + (9 * level))) & 511) * 8);

    /// <summary>What stands there.</summary>
    public ulong Get(ulong address, int level) => BinaryPrimitives.ReadUInt64LittleEndian(Place(FindTable(address, level), address, level));

    public static ulong Leaf(ulong physical, ulong flags) => (physical >> 12 << 10) | flags;

    /// <summary>The table of a level for an address, with the tables above it; they are made where they are missing.</summary>
    private int FindTable(ulong address, int level)
    {
        var page = 0;
        for (var at = levels - 1; at > level; at--)
        {
            var place = Place(page, address, at);
            var found = BinaryPrimitives.ReadUInt64LittleEndian(place);
            if (found == 0)
            {
                _pages.Add(new byte[4096]);
                found = (((start >> 12) + (ulong)(_pages.Count - 1)) << 10) | Valid;
                BinaryPrimitives.WriteUInt64LittleEndian(place, found);
            }
            page = (int)((found >> 10) - (start >> 12));
        }
        return page;
    }

    private Span<byte> Place(int page, ulong address, int level) => _pages[page].AsSpan((int)((address >> (12 + (9 * level))) & 511) * 8, 8);
}
