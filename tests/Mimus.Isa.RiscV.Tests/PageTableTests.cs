using Mimus.Isa.RiscV.Privileged;
using Mimus.TestSupport.RiscV;
using static Mimus.Isa.RiscV.Tests.TestHart;
using static Mimus.TestSupport.RiscV.PageTables;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>Address translation (Privileged manual, chapter 12), of well-made tables and of those that mean harm.</summary>
public sealed class PageTableTests : IDisposable
{
    private const ulong PageSize = 4096, Gigabyte = 1 << 30, Window = 0x40_0000;
    private const ulong Good = Valid | Read | Write | Accessed | Dirty, HardwareDirty = 1ul << 61, PageTypes = 1ul << 62;

    private readonly TestHart _hart = new();

    public void Dispose() => _hart.Dispose();

    public static TheoryData<int, ulong> Modes => new()
    {
        { 3, 0x3f_ffff_f000 }, { 3, 0xffff_ffc0_0000_0000 }, { 4, 0x7fff_ffff_f000 }, { 4, 0xffff_8000_0000_0000 },
        { 5, 0xff_ffff_ffff_f000 }, { 5, 0xff00_0000_0000_0000 },
    };

    [Theory]
    [MemberData(nameof(Modes))]
    public void Every_mode_translates_to_the_ends_of_its_range(int levels, ulong address)
    {
        Use(levels, t => t.Set(address, 0, Leaf(Data, Good)));
        _hart.Machine.Write64(Data + 8, 1234);
        Assert.Null(_hart.Load(Privilege.Supervisor, address + 8));
        Assert.Equal(1234ul, _hart.Loaded);
    }

    [Theory]
    [InlineData(3, 0x40_0000_0000ul)]
    [InlineData(3, 0xffff_ffbf_ffff_f000ul)]
    [InlineData(4, 0x8000_0000_0000ul)]
    [InlineData(5, 0x100_0000_0000_0000ul)]
    public void Addresses_that_are_not_canonical_are_page_faults(int levels, ulong address)
    {
        // An entry where the walk of the low bits would come to.
        Use(levels, t => t.Set(address & ((1ul << (11 + (9 * levels))) - 1), 0, Leaf(Data, Good)));
        Assert.Equal(new Trap(Cause.LoadPage, address), _hart.Load(Privilege.Supervisor, address));
        Assert.Equal(new Trap(Cause.FetchPage, address), _hart.Fetch(Privilege.Supervisor, address));
    }

    [Fact]
    public void Permissions_are_those_of_the_mode_and_of_Sum_and_Mxr()
    {
        const ulong Sum = 1 << 18, Mxr = 1 << 19;
        Use(3, t =>
        {
            t.Set(Window, 0, Leaf(Data, Valid | Read | User | Accessed | Dirty));
            t.Set(Window + PageSize, 0, Leaf(Data, Valid | Execute | Accessed | Dirty));
        });
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Supervisor, Window)?.Cause);
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Supervisor, Window + PageSize)?.Cause);
        _hart[CsrNumber.Mstatus] = Sum | Mxr;
        Assert.Null(_hart.Load(Privilege.Supervisor, Window));
        Assert.Null(_hart.Load(Privilege.Supervisor, Window + PageSize));
        Assert.Equal(Cause.StorePage, _hart.Store(Privilege.Supervisor, Window)?.Cause);
        Assert.Equal(new Trap(Cause.FetchPage, Window), _hart.Fetch(Privilege.Supervisor, Window));
    }

    [Theory]
    [InlineData(Valid | Write | Accessed | Dirty)]
    [InlineData(Valid | Write | Execute | Accessed | Dirty)]
    [InlineData(Good & ~Valid)]
    [InlineData(Good | 1ul << 54)]
    [InlineData(Good | 1ul << 60)]
    [InlineData(Good | 3ul << 61)]
    [InlineData(Valid | User)]
    [InlineData(Valid | Dirty)]
    [InlineData(Valid)]
    public void Malformed_entries_are_page_faults(ulong flags)
    {
        Use(3, t => t.Set(Window, 0, Leaf(Data, flags)));
        Assert.Equal(new Trap(Cause.LoadPage, Window), _hart.Load(Privilege.Supervisor, Window));
        Assert.Equal(new Trap(Cause.StorePage, Window), _hart.Store(Privilege.Supervisor, Window));
    }

    [Fact]
    public void A_superpage_that_is_not_aligned_is_a_page_fault()
    {
        Use(3, t =>
        {
            t.Set(Window, 1, Leaf(Code, Good));
            t.Set(Window + 0x20_0000, 1, Leaf(Code + PageSize, Good));
        });
        Assert.Null(_hart.Load(Privilege.Supervisor, Window + 0x1_0000));
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Supervisor, Window + 0x20_0000)?.Cause);
    }

    [Fact]
    public void Sixteen_pages_in_one_need_their_extension_and_the_one_size()
    {
        Action<PageTables> tables = t =>
        {
            for (ulong i = 0; i < 16; i++) t.Set(Window + (i * PageSize), 0, Leaf(Data, Good) | Napot | (8ul << 10));
            t.Set(Window + 0x2_0000, 0, Leaf(Data, Good) | Napot | (4ul << 10));
            t.Set(Window + 0x20_0000, 1, Leaf(Code, Good) | Napot);
        };
        Use(3, tables);
        _hart.Machine.Write64(Data + 0xabc0, 99);
        Assert.Null(_hart.Load(Privilege.Supervisor, Window + 0xabc0));
        Assert.Equal(99ul, _hart.Loaded);
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Supervisor, Window + 0x2_0000)?.Cause);
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Supervisor, Window + 0x20_0000)?.Cause);

        using var without = new TestHart(Profiles.Max & ~Extension.Svnapot);
        Use(without, 3, tables);
        Assert.Equal(Cause.LoadPage, without.Load(Privilege.Supervisor, Window)?.Cause);
    }

    [Fact]
    public void Memory_types_need_to_be_enabled()
    {
        Use(3, t => t.Set(Window, 0, Leaf(Data, Good | Uncached)));
        _hart[CsrNumber.Menvcfg] = PageTypes;
        Assert.Null(_hart.Load(Privilege.Supervisor, Window));
        _hart[CsrNumber.Menvcfg] = 0;
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Supervisor, Window)?.Cause);
    }

    [Fact]
    public void Accessed_and_dirty_are_set_by_hardware_or_fault()
    {
        var entry = Use(3, t => t.Set(Window, 0, Leaf(Data, Valid | Read | Write)));
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Supervisor, Window)?.Cause);
        Assert.Equal(0ul, _hart.Machine.Read64(entry) & (Accessed | Dirty));
        _hart[CsrNumber.Menvcfg] = HardwareDirty;
        Assert.Null(_hart.Load(Privilege.Supervisor, Window));
        Assert.Equal(Accessed, _hart.Machine.Read64(entry) & (Accessed | Dirty));
        Assert.Null(_hart.Store(Privilege.Supervisor, Window));
        Assert.Equal(Accessed | Dirty, _hart.Machine.Read64(entry) & (Accessed | Dirty));
    }

    [Fact]
    public void A_load_does_not_let_a_later_store_pass_over_the_dirty_bit()
    {
        Use(3, t => t.Set(Window, 0, Leaf(Data, Valid | Read | Write | Accessed)));
        Assert.Null(_hart.Load(Privilege.Supervisor, Window));
        Assert.Equal(new Trap(Cause.StorePage, Window), _hart.Store(Privilege.Supervisor, Window));
    }

    [Theory]
    [InlineData(0ul)] // no memory
    [InlineData(0x8020_0000ul)] // behind memory
    [InlineData(0xff_ffff_ffff_f000ul)] // the highest page there can be
    public void A_table_outside_of_memory_is_an_access_fault(ulong table)
    {
        Use(3, t => t.Set(Window, 1, Leaf(table, Valid)));
        Assert.Equal(new Trap(Cause.LoadAccess, Window), _hart.Load(Privilege.Supervisor, Window));
        Assert.Equal(new Trap(Cause.StoreAccess, Window + 8), _hart.Store(Privilege.Supervisor, Window + 8));
        Assert.Equal(new Trap(Cause.FetchAccess, Window), _hart.Fetch(Privilege.Supervisor, Window));
        _hart[CsrNumber.Satp] = (8ul << 60) | (table >> 12);
        Assert.Equal(Cause.FetchAccess, _hart.Load(Privilege.Supervisor, Window)?.Cause);
    }

    [Fact]
    public void A_page_outside_of_memory_is_an_access_fault()
    {
        Use(3, t => t.Set(Window, 0, Leaf(0x8020_0000, Good | Execute)));
        Assert.Equal(new Trap(Cause.LoadAccess, Window), _hart.Load(Privilege.Supervisor, Window));
        Assert.Equal(new Trap(Cause.FetchAccess, Window), _hart.Fetch(Privilege.Supervisor, Window));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_table_that_leads_to_itself_ends_in_a_page_fault(int levels)
    {
        Use(levels, t => t.Set(Gigabyte * 5, levels - 1, Leaf(Tables, Valid)));
        var address = levels switch { 3 => Gigabyte * 5, _ => 0ul };
        for (var level = 0; level < levels; level++) address |= ((Gigabyte * 5) >> (12 + (9 * (levels - 1))) & 511) << (12 + (9 * level));
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Supervisor, address)?.Cause);
    }

    [Fact]
    public void Random_tables_never_do_worse_than_a_fault()
    {
        var random = new Random(5);
        Use(3, _ => { });
        for (var i = 0; i < 3000; i++)
        {
            if (i % 100 == 0)
            {
                random.NextBytes(_hart.Machine.Bytes(Tables + PageSize, 8 * (int)PageSize));
                for (ulong at = 0; at < 8 * PageSize; at += 8)
                {
                    // Many of them valid, and pointing around in memory.
                    var entry = _hart.Machine.Read64(Tables + PageSize + at);
                    if (random.Next(4) != 0) entry = (entry & 0xff) | 1 | ((Code >> 12) + ((entry >> 32) % 0x210)) << 10;
                    _hart.Machine.Write64(Tables + PageSize + at, entry);
                }
                _hart.Machine.Vcpu.Forget();
            }
            var mode = (ulong)random.Next(8, 11);
            _hart[CsrNumber.Satp] = (mode << 60) | ((Tables >> 12) + 1 + (ulong)random.Next(8));
            _hart[CsrNumber.Mstatus] = (1ul << 17) | (ulong)random.Next(2) << 11 | (ulong)random.Next(4) << 18;
            var address = (ulong)(random.NextInt64() >> random.Next(1, 40)) & ~7ul;
            var trap = random.Next(2) == 0 ? _hart.Load(Privilege.Machine, address) : _hart.Execute(Privilege.Machine, Rv.AmoAddD(0, 0, Rv.A0));
            if (trap is not null) Assert.True(trap.Cause is Cause.LoadPage or Cause.LoadAccess or Cause.StorePage or Cause.StoreAccess, trap.ToString());
        }
    }

    [Fact]
    public void An_access_across_pages_goes_to_both_and_faults_whole()
    {
        Use(3, t =>
        {
            t.Set(Window, 0, Leaf(Data + PageSize, Good));
            t.Set(Window + PageSize, 0, Leaf(Data, Good));
            t.Set(Window + (2 * PageSize), 0, Leaf(Data, Valid | Read | Accessed));
        });
        Assert.Null(_hart.Store(Privilege.Supervisor, Window + PageSize - 3, 0x1122_3344_5566_7788));
        Assert.Equal(0x66_7788ul, _hart.Machine.Read64(Data + (2 * PageSize) - 8) >> 40);
        Assert.Equal(0x11_2233_4455ul, _hart.Machine.Read64(Data) & 0xff_ffff_ffff);
        Assert.Null(_hart.Load(Privilege.Supervisor, Window + PageSize - 3));
        Assert.Equal(0x1122_3344_5566_7788ul, _hart.Loaded);

        var before = _hart.Machine.Read64(Data + PageSize - 8);
        Assert.Equal(new Trap(Cause.StorePage, Window + (2 * PageSize)), _hart.Store(Privilege.Supervisor, Window + (2 * PageSize) - 4));
        Assert.Equal(before, _hart.Machine.Read64(Data + PageSize - 8));
        Assert.Equal(new Trap(Cause.LoadPage, Window + (3 * PageSize)), _hart.Load(Privilege.Supervisor, Window + (3 * PageSize) - 1, 2));
    }

    [Fact]
    public void An_instruction_across_pages_faults_at_its_second_half()
    {
        Use(3, t => t.Set(Window, 0, Leaf(Data, Valid | Execute | Accessed)));
        _hart.Machine.Load(Data + PageSize - 2, Rv.Nop);
        Assert.Equal(new Trap(Cause.FetchPage, Window + PageSize), _hart.Fetch(Privilege.Supervisor, Window + PageSize - 2));
        Assert.Equal(Window + PageSize - 2, _hart[CsrNumber.Mepc]);
    }

    [Fact]
    public void A_fence_of_one_address_forgets_all_of_its_large_page()
    {
        var entry = Use(3, t => t.Set(Window, 1, Leaf(Code, Good)), level: 1);
        Assert.Null(_hart.Load(Privilege.Supervisor, Window + 0x1_0000));
        Assert.Null(_hart.Load(Privilege.Supervisor, Window + 0x2_0000));
        _hart.Machine.Write64(entry, 0);
        _hart.Machine[Rv.A0] = Window;
        Assert.Null(_hart.Execute(Privilege.Supervisor, Rv.SfenceVma(Rv.A0, 0)));
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Supervisor, Window + 0x1_0000)?.Cause);
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Supervisor, Window + 0x2_0000)?.Cause);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, Rv.A0)]
    [InlineData(Rv.A1, 0)]
    [InlineData(Rv.A1, Rv.A0)]
    public void A_fence_finds_its_address_space_and_its_page(int addressRegister, int identifierRegister)
    {
        var entry = Use(3, t => t.Set(Window, 0, Leaf(Data, Good)));
        _hart.Machine.Write64(Data, 1);
        _hart.Machine.Write64(Data + PageSize, 2);
        _hart[CsrNumber.Satp] |= 5ul << 44;
        Assert.Null(_hart.Load(Privilege.Supervisor, Window));
        Assert.Equal(1ul, _hart.Loaded);
        _hart.Machine.Write64(entry, Leaf(Data + PageSize, Good));
        _hart.Machine[Rv.A0] = 5 | (1 << 16); // identifiers have 16 bits
        _hart.Machine[Rv.A1] = Window;
        Assert.Null(_hart.Execute(Privilege.Supervisor, Rv.SfenceVma(addressRegister, identifierRegister)));
        Assert.Null(_hart.Load(Privilege.Supervisor, Window));
        Assert.Equal(2ul, _hart.Loaded);
    }

    [Fact]
    public void Many_address_spaces_are_kept_apart()
    {
        const int Spaces = 24;
        var values = new ulong[Spaces];
        for (var i = 0; i < Spaces; i++)
        {
            var start = Tables + ((ulong)i * 6 * PageSize);
            var tables = new PageTables(3, start);
            tables.Set(Window, 0, Leaf(Data + ((ulong)i * PageSize), Good));
            tables.Set(Code, 0, Leaf(Code, Valid | Read | Execute | Accessed));
            for (var page = 0; page < tables.Pages.Count; page++) tables.Pages[page].CopyTo(_hart.Machine.Bytes(start + ((ulong)page * PageSize), (int)PageSize));
            _hart.Machine.Write64(Data + ((ulong)i * PageSize), (ulong)i);
            values[i] = tables.Satp((ulong)i / 2);
        }
        var random = new Random(1);
        for (var i = 0; i < 2000; i++)
        {
            // Mostly the same few, as processes that stay among many that do not.
            var space = random.Next(2) == 0 ? random.Next(4) : random.Next(Spaces);
            Assert.Null(_hart.WriteCsr(Privilege.Supervisor, CsrNumber.Satp, values[space]));
            Assert.Null(_hart.Load(Privilege.Supervisor, Window));
            Assert.Equal((ulong)space, _hart.Loaded);
        }
    }

    private ulong Use(int levels, Action<PageTables> fill, int level = 0) => Use(_hart, levels, fill, level);

    /// <summary>Tables with the code's own page in them; the result is the address of the entry for the window.</summary>
    private static ulong Use(TestHart hart, int levels, Action<PageTables> fill, int level = 0)
    {
        var tables = new PageTables(levels, Tables);
        fill(tables);
        tables.Set(Code, 0, Leaf(Code, Valid | Read | Execute | Accessed));
        hart.Use(tables);
        var table = Tables;
        for (var at = levels - 1; at > level; at--)
        {
            var found = hart.Machine.Read64(table + (((Window >> (12 + (9 * at))) & 511) * 8));
            if (found == 0) return 0;
            table = found >> 10 << 12;
        }
        return table + (((Window >> (12 + (9 * level))) & 511) * 8);
    }
}
