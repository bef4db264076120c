using Mimus.Isa.RiscV.Privileged;
using Mimus.TestSupport.RiscV;
using static Mimus.Isa.RiscV.Tests.TestHart;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>Physical memory protection (Privileged manual, section 3.7).</summary>
public sealed class PmpTests : IDisposable
{
    private const byte Read = 1, Write = 2, Execute = 4, TopOfRange = 1 << 3, Four = 2 << 3, Napot = 3 << 3, Locked = 0x80;
    private const ulong PageSize = 4096;

    private readonly TestHart _hart = new();

    public void Dispose() => _hart.Dispose();

    [Fact]
    public void Without_a_matching_entry_only_machine_mode_may()
    {
        _hart[CsrNumber.Pmpcfg0] = 0;
        // The fetch itself must be allowed for the load to be tried.
        Entry(0, Code >> 2 | 0x1ff, Napot | Execute);
        Assert.Null(_hart.Load(Privilege.Machine, Data));
        Assert.Equal(new Trap(Cause.LoadAccess, Data), _hart.Load(Privilege.Supervisor, Data));
        Assert.Equal(new Trap(Cause.StoreAccess, Data), _hart.Store(Privilege.User, Data));
    }

    [Fact]
    public void A_hart_without_entries_protects_nothing()
    {
        using var open = new TestHart(pmpEntries: 0);
        Assert.Null(open.Load(Privilege.User, Data));
    }

    [Fact]
    public void Four_bytes_hold_a_word_and_nothing_larger()
    {
        Entry(0, Data >> 2, Four | Read);
        Assert.Null(_hart.Load(Privilege.User, Data, 4));
        Assert.Null(_hart.Load(Privilege.User, Data + 2, 2));
        Assert.Null(_hart.Store(Privilege.User, Data + 4, 0, 4));
        Assert.Equal(new Trap(Cause.StoreAccess, Data), _hart.Store(Privilege.User, Data, 0, 4));
        Assert.Equal(new Trap(Cause.LoadAccess, Data), _hart.Load(Privilege.User, Data));
    }

    [Fact]
    public void An_access_that_an_entry_holds_in_part_fails_in_machine_mode_too()
    {
        Entry(0, (Data + 4) >> 2, Four | Read | Write);
        Assert.Equal(Cause.LoadAccess, _hart.Load(Privilege.Machine, Data)?.Cause);
        Assert.Equal(Cause.StoreAccess, _hart.Store(Privilege.Machine, Data)?.Cause);
        Assert.Null(_hart.Store(Privilege.Machine, Data + 8));
    }

    [Fact]
    public void A_range_goes_from_the_entry_before_to_its_own_address_exclusively()
    {
        _hart[CsrNumber.Pmpaddr0] = (Data + 16) >> 2;
        Entry(1, (Data + 32) >> 2, TopOfRange);
        Assert.Null(_hart.Load(Privilege.User, Data + 8));
        Assert.Equal(Cause.LoadAccess, _hart.Load(Privilege.User, Data + 16)?.Cause);
        Assert.Equal(Cause.LoadAccess, _hart.Load(Privilege.User, Data + 24)?.Cause);
        Assert.Null(_hart.Load(Privilege.User, Data + 32));
    }

    [Fact]
    public void A_range_that_ends_before_it_begins_matches_nothing()
    {
        _hart[CsrNumber.Pmpaddr0] = (Data + 32) >> 2;
        Entry(1, (Data + 16) >> 2, TopOfRange);
        Assert.Null(_hart.Load(Privilege.User, Data + 16));
        Assert.Null(_hart.Load(Privilege.User, Data + 24));
    }

    [Fact]
    public void The_lowest_entry_decides()
    {
        Entry(0, (Data >> 2) | 3, Napot | Read); // 32 bytes
        Entry(1, (Data >> 2) | 0x1ff, Napot); // 4 KiB
        Assert.Null(_hart.Load(Privilege.User, Data + 24));
        Assert.Equal(Cause.LoadAccess, _hart.Load(Privilege.User, Data + 32)?.Cause);
    }

    [Fact]
    public void Parts_of_a_page_keep_their_rules_whichever_is_used_first()
    {
        Entry(0, (Data >> 2) | 0xff, Napot | Read | Write); // the first half of the page
        Entry(1, ((Data + 0x800) >> 2) | 0xff, Napot); // the second
        for (var i = 0; i < 2; i++)
        {
            Assert.Null(_hart.Store(Privilege.User, Data + 0x7f8, 5));
            Assert.Equal(Cause.StoreAccess, _hart.Store(Privilege.User, Data + 0x800, 5)?.Cause);
            Assert.Null(_hart.Load(Privilege.User, Data));
            Assert.Equal(Cause.LoadAccess, _hart.Load(Privilege.User, Data + 0xff8)?.Cause);
        }
        Assert.Null(_hart.Load(Privilege.Machine, Data + 0x800));
    }

    [Fact]
    public void Code_that_runs_into_a_forbidden_part_of_its_page_stops_there()
    {
        Entry(0, ((Data + 0x800) >> 2) | 0xff, Napot | Read | Write);
        var machine = _hart.Machine;
        machine.Load(Data + 0x7f8, Rv.Addi(1, 0, 1), Rv.Addi(1, 1, 1), Rv.Addi(1, 1, 1));
        machine.Hart.Registers.Privilege = 0;
        machine.Hart.ProgramCounter = Data + 0x7f8;
        machine.Step(3);
        Assert.Equal(Vector, _hart.Pc);
        Assert.Equal(((ulong)Cause.FetchAccess, Data + 0x800, Data + 0x800),
            (_hart[CsrNumber.Mcause], _hart[CsrNumber.Mtval], _hart[CsrNumber.Mepc]));
        Assert.Equal(2u, machine[1]);
    }

    [Fact]
    public void The_two_halves_of_an_instruction_are_checked_both()
    {
        Entry(0, ((Data + 0x800) >> 2) | 0xff, Napot | Read | Write);
        _hart.Machine.Load(Data + 0x7fe, Rv.Addi(1, 0, 1));
        var trap = _hart.Fetch(Privilege.User, Data + 0x7fe);
        Assert.Equal(Cause.FetchAccess, trap?.Cause);
        Assert.Equal(Data + 0x7fe, _hart[CsrNumber.Mepc]);
    }

    [Fact]
    public void A_locked_entry_binds_machine_mode_and_cannot_be_changed()
    {
        Entry(0, (Data >> 2) | 0x1ff, Napot | Read | Locked);
        Assert.Null(_hart.Load(Privilege.Machine, Data));
        Assert.Equal(Cause.StoreAccess, _hart.Store(Privilege.Machine, Data)?.Cause);
        Entry(0, 0, Napot | Read | Write | Execute);
        Assert.Equal((Data >> 2) | 0x1ff, _hart[CsrNumber.Pmpaddr0]);
        Assert.Equal((ulong)(Napot | Read | Locked), _hart[CsrNumber.Pmpcfg0] & 0xff);
        _hart.Machine.Hart.Reset();
        Assert.Equal(0u, _hart[CsrNumber.Pmpcfg0]);
    }

    [Fact]
    public void A_locked_range_locks_the_address_that_it_begins_at()
    {
        _hart[CsrNumber.Pmpaddr0] = 5;
        Entry(1, 9, TopOfRange | Locked);
        _hart[CsrNumber.Pmpaddr0] = 7;
        Assert.Equal(5u, _hart[CsrNumber.Pmpaddr0]);
    }

    [Fact]
    public void Tables_that_may_not_be_read_are_an_access_fault_of_the_access()
    {
        var tables = new PageTables(3, Tables);
        tables.Set(Code, 2, PageTables.Leaf(Code, 0xcf));
        _hart.Use(tables);
        Assert.Null(_hart.Load(Privilege.Supervisor, Data));
        Entry(0, (Tables >> 2) | 0x1ff, Napot);
        Assert.Equal(new Trap(Cause.FetchAccess, Code), _hart.Load(Privilege.Supervisor, Data));
    }

    [Fact]
    public void Write_without_read_is_not_kept()
    {
        Entry(0, 0, Napot | Write);
        Assert.Equal((ulong)Napot, _hart[CsrNumber.Pmpcfg0] & 0xff);
    }

    [Fact]
    public void A_store_across_pages_changes_nothing_when_the_second_is_forbidden()
    {
        Entry(0, ((Data + PageSize) >> 2) | 0x1ff, Napot | Read);
        _hart.Machine.Write64(Data + PageSize - 8, ulong.MaxValue);
        Assert.Equal(new Trap(Cause.StoreAccess, Data + PageSize), _hart.Store(Privilege.User, Data + PageSize - 4));
        Assert.Equal(ulong.MaxValue, _hart.Machine.Read64(Data + PageSize - 8));
    }

    /// <summary>Against the definition, byte by byte; what is said of a whole page must hold for all of it.</summary>
    [Fact]
    public void Random_entries_mean_what_the_manual_says()
    {
        const int Entries = 5;
        var random = new Random(1);
        var state = default(RiscVState);
        for (var round = 0; round < 400; round++)
        {
            for (var i = 0; i < Entries; i++)
            {
                state.PmpConfigurations[i] = (byte)(random.Next(256) & 0x9f);
                // Around a few pages, some at the edges of pages.
                state.PmpAddresses[i] = random.Next(8) == 0 ? AllMemory : (Data >> 2) + (ulong)(random.Next(8 * 1024) & ~(random.Next(2) == 0 ? 0x3ff : 0));
                if (random.Next(2) == 0) state.PmpAddresses[i] |= (1ul << random.Next(13)) - 1;
            }
            Pmp pmp;
            unsafe { pmp = new Pmp(&state, Entries); }
            for (var i = 0; i < 200; i++)
            {
                var size = 1ul << random.Next(4);
                var address = Data + ((ulong)random.Next(8 * 4096) & ~(size - 1));
                var access = (MemoryAccess)random.Next(3);
                var privilege = random.Next(2) == 0 ? Privilege.User : Privilege.Machine;
                var verdict = pmp.Check(address, size, access, privilege);
                Assert.Equal(IsAllowed(ref state, Entries, address, size, access, privilege), verdict.Allowed);
                if (!verdict.WholePage) continue;
                var other = (address & ~(PageSize - 1)) + ((ulong)random.Next(4096) & ~7ul);
                Assert.Equal(verdict.Allowed, IsAllowed(ref state, Entries, other, 8, access, privilege));
            }
        }
    }

    private static bool IsAllowed(ref RiscVState state, int entries, ulong address, ulong size, MemoryAccess access, Privilege privilege)
    {
        for (var i = 0; i < entries; i++)
        {
            var value = state.PmpAddresses[i];
            var (first, length) = ((state.PmpConfigurations[i] >> 3) & 3) switch
            {
                0 => (0ul, 0ul),
                1 => (i == 0 ? 0 : state.PmpAddresses[i - 1] << 2, (value << 2) - (i == 0 ? 0 : state.PmpAddresses[i - 1] << 2)),
                2 => (value << 2, 4ul),
                _ => ((value & (value + 1)) << 2, 8ul << System.Numerics.BitOperations.TrailingZeroCount(~value)),
            };
            if ((long)length <= 0) continue;
            var inside = 0ul;
            for (var at = address; at < address + size; at++) inside += at - first < length ? 1u : 0;
            if (inside == 0) continue;
            var needed = access switch { MemoryAccess.Load => Read, MemoryAccess.Store => Write, _ => Execute };
            var bound = privilege != Privilege.Machine || (state.PmpConfigurations[i] & Locked) != 0;
            return inside == size && (!bound || (state.PmpConfigurations[i] & needed) != 0);
        }
        return privilege == Privilege.Machine;
    }

    private void Entry(int index, ulong address, byte configuration)
    {
        _hart[CsrNumber.Pmpaddr0 + index] = address;
        var shift = 8 * index;
        _hart[CsrNumber.Pmpcfg0] = (_hart[CsrNumber.Pmpcfg0] & ~(0xfful << shift)) | ((ulong)configuration << shift);
    }
}
