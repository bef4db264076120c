using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests;

/// <summary>What supervisor mode finds at an address that address spaces map differently, or alike by global pages (Privileged manual, section 12.2.1).</summary>
public sealed class AddressSpaceTests
{
    private const ulong Address = 0x4000_0000, CodeAddress = 0x4000_1000, Data = SupervisorProgram.Data, PageSize = 4096;
    private const int Rounds = 400, FirstSatp = Rv.A0, SecondSatp = Rv.A1, At = Rv.A2, CodeAt = Rv.A3, Value = Rv.T1, Wanted = Rv.T2;
    private const int LoadFault = 13;

    private readonly SupervisorProgram _program = new();

    public static TheoryData<string> Engines => EngineList.Names;

    private Assembler Code => _program.Code;

    /// <summary>Reads, writes and runs pages that are different ones in each address space, and fences only now and then or never.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Pages_that_are_not_global_are_never_taken_for_another_space_s(string engine)
    {
        Prepare(flags: 0);
        _program.Repeat(Rounds, () =>
        {
            foreach (var (satp, number) in (ReadOnlySpan<(int, int)>)[(FirstSatp, 1), (SecondSatp, 2)])
            {
                Code.Emit(Rv.Csrrw(0, CsrNumber.Satp, satp), Rv.Ld(Value, At, 0), Rv.Addi(Wanted, 0, number));
                _program.Expect(Value, Wanted);
                // What is written here must not be found there.
                Code.Emit(Rv.Addi(Wanted, Rv.T0, number), Rv.Sd(Wanted, At, 8), Rv.Jalr(Rv.Ra, CodeAt, 0), Rv.Ld(Value, At, 8));
                _program.Expect(Value, Wanted);
                Code.Emit(Rv.Addi(Wanted, 0, number));
                _program.Expect(Rv.A4, Wanted);
            }
            // Everything begins anew, and with it the sharing.
            Code.Emit(Rv.Andi(Value, Rv.T0, 63), Rv.Bne(Value, 0, 8), Rv.SfenceVma(0, 0));
        });
        using var machine = RunWithPages(engine);
        AssertRight(machine, faults: 0);
    }

    /// <summary>More address spaces than an engine keeps apart at a time, in any order.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Nor_with_many_address_spaces(string engine)
    {
        const int Spaces = 24, Switches = 200;
        const ulong List = Data + (8 * PageSize);
        PageTables[] tables = [_program.AddTables(), _program.AddTables()];
        for (var i = 0; i < tables.Length; i++) Map(tables[i], (ulong)i, flags: 0);
        Begin(tables[0], tables[1]);
        var random = new Random(TestSeed.Value);
        var list = new List<(ulong, ulong)>();
        for (ulong i = 0; i < Switches; i++)
        {
            var space = random.Next(Spaces);
            list.Add((List + (16 * i), tables[space & 1].Satp((ulong)(10 + space))));
            list.Add((List + (16 * i) + 8, (ulong)(1 + (space & 1))));
        }
        _program.Repeat(Rounds / 10, () =>
        {
            Code.Li(Rv.A5, List).Li(Rv.A7, Switches).Label("switch");
            Code.Emit(Rv.Ld(Rv.A6, Rv.A5, 0), Rv.Ld(Wanted, Rv.A5, 8), Rv.Csrrw(0, CsrNumber.Satp, Rv.A6), Rv.Ld(Value, At, 0), Rv.Jalr(Rv.Ra, CodeAt, 0));
            _program.Expect(Value, Wanted);
            _program.Expect(Rv.A4, Wanted);
            Code.Emit(Rv.Addi(Rv.A5, Rv.A5, 16), Rv.Addi(Rv.A7, Rv.A7, -1)).Branch(1, Rv.A7, 0, "switch");
        });
        using var machine = RunWithPages(engine, [.. list]);
        AssertRight(machine, faults: 0);
    }

    /// <summary>A global page may be found where it is not mapped, or fault; but it is never another page, and after a fence it faults.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void A_global_page_may_be_found_in_a_space_that_does_not_map_it_until_a_fence(string engine)
    {
        var first = _program.AddTables();
        var second = _program.AddTables();
        first.Set(Address, 0, PageTables.Leaf(Data, SupervisorProgram.SystemFlags | PageTables.Global));
        Begin(first, second);
        _program.Repeat(Rounds, () =>
        {
            Code.Emit(Rv.Csrrw(0, CsrNumber.Satp, FirstSatp), Rv.Ld(Value, At, 0), Rv.Addi(Wanted, 0, 1));
            _program.Expect(Value, Wanted);
            // A fault leaves the register as it is.
            Code.Emit(Rv.Csrrw(0, CsrNumber.Satp, SecondSatp), Rv.Addi(Value, 0, 1), Rv.Ld(Value, At, 0), Rv.Addi(Rv.A6, Rv.S2, 1));
            _program.Expect(Value, Wanted);
            Code.Emit(Rv.SfenceVma(0, 0), Rv.Ld(Value, At, 0));
            _program.Expect(Rv.S2, Rv.A6);
        });
        using var machine = RunWithPages(engine);
        var registers = machine.Hart.Registers;
        Assert.Equal(0ul, registers.Integers[SupervisorProgram.Faults]);
        Assert.InRange(registers.Integers[Rv.S2], (ulong)Rounds, 2 * (ulong)Rounds);
        Assert.Equal(LoadFault * registers.Integers[Rv.S2], registers.Integers[Rv.S3]);
        Assert.Equal(Address, registers.Integers[Rv.S4]);
    }

    /// <summary>Global pages of one mode are nothing to another.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void A_change_of_the_mode_changes_global_pages(string engine)
    {
        PageTables first = _program.AddTables(3), second = _program.AddTables(4);
        Map(first, 0, PageTables.Global);
        Map(second, 1, PageTables.Global);
        Begin(first, second);
        _program.Repeat(Rounds, () =>
        {
            foreach (var (satp, number) in (ReadOnlySpan<(int, int)>)[(FirstSatp, 1), (SecondSatp, 2)])
            {
                Code.Emit(Rv.Csrrw(0, CsrNumber.Satp, satp), Rv.Ld(Value, At, 0), Rv.Addi(Wanted, 0, number), Rv.Jalr(Rv.Ra, CodeAt, 0));
                _program.Expect(Value, Wanted);
                _program.Expect(Rv.A4, Wanted);
            }
        });
        using var machine = RunWithPages(engine);
        AssertRight(machine, faults: 0);
    }

    /// <summary>After a page-table entry has changed, each kind of fence that concerns it makes the change seen.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Fences_make_a_change_of_a_mapping_seen(string engine)
    {
        var tables = Prepare(flags: 0);
        ulong one = PageTables.Leaf(Data, SupervisorProgram.SystemFlags), two = PageTables.Leaf(Data + PageSize, SupervisorProgram.SystemFlags);
        ulong code = PageTables.Leaf(Data + (2 * PageSize), SupervisorProgram.SystemFlags), otherCode = PageTables.Leaf(Data + (3 * PageSize), SupervisorProgram.SystemFlags);
        Code.Li(Rv.A5, tables.EntryAddress(Address, 0)).Li(Rv.A6, one).Li(Rv.A7, two).Li(Rv.S6, code).Li(Rv.S7, otherCode).Li(Rv.S8, 1);
        Code.Emit(Rv.Csrrw(0, CsrNumber.Satp, FirstSatp));
        uint[] fences = [Rv.SfenceVma(At, Rv.S8), Rv.SfenceVma(0, Rv.S8), Rv.SfenceVma(At, 0), Rv.SfenceVma(0, 0)];
        _program.Repeat(Rounds, () =>
        {
            foreach (var fence in fences)
            {
                foreach (var (entry, codeEntry, number) in (ReadOnlySpan<(int, int, int)>)[(Rv.A7, Rv.S7, 2), (Rv.A6, Rv.S6, 1)])
                {
                    Code.Emit(Rv.Sd(entry, Rv.A5, 0), Rv.Sd(codeEntry, Rv.A5, 8), fence);
                    if (fence == fences[0]) Code.Emit(Rv.SfenceVma(CodeAt, Rv.S8));
                    if (fence == fences[2]) Code.Emit(Rv.SfenceVma(CodeAt, 0));
                    Code.Emit(Rv.Ld(Value, At, 0), Rv.Addi(Wanted, 0, number), Rv.Jalr(Rv.Ra, CodeAt, 0));
                    _program.Expect(Value, Wanted);
                    _program.Expect(Rv.A4, Wanted);
                }
            }
        });
        using var machine = RunWithPages(engine);
        AssertRight(machine, faults: 0);
    }

    /// <summary>The same where the entry leads to another table: what is known of where tables lead is concerned by fences of all addresses.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Fences_make_a_change_of_a_table_s_place_seen(string engine)
    {
        PageTables first = _program.AddTables(), second = _program.AddTables();
        Map(first, 0, flags: 0);
        Map(second, 1, flags: 0);
        Begin(first, second);
        Code.Li(Rv.A5, first.EntryAddress(Address, 1)).Li(Rv.A7, second.EntryAddress(Address, 1)).Li(Rv.S8, 1);
        Code.Emit(Rv.Csrrw(0, CsrNumber.Satp, FirstSatp), Rv.Ld(Rv.A6, Rv.A5, 0), Rv.Ld(Rv.A7, Rv.A7, 0));
        _program.Repeat(Rounds, () =>
        {
            foreach (var fence in (ReadOnlySpan<uint>)[Rv.SfenceVma(0, Rv.S8), Rv.SfenceVma(0, 0)])
            {
                foreach (var (entry, number) in (ReadOnlySpan<(int, int)>)[(Rv.A7, 2), (Rv.A6, 1)])
                {
                    Code.Emit(Rv.Sd(entry, Rv.A5, 0), fence, Rv.Ld(Value, At, 0), Rv.Addi(Wanted, 0, number), Rv.Jalr(Rv.Ra, CodeAt, 0));
                    _program.Expect(Value, Wanted);
                    _program.Expect(Rv.A4, Wanted);
                }
            }
        });
        using var machine = RunWithPages(engine);
        AssertRight(machine, faults: 0);
    }

    /// <summary>The same where a page stays where it is, but may not be written, or is not marked as written, any more.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void A_fence_of_all_makes_a_change_of_what_is_allowed_seen(string engine)
    {
        const int StoreFault = 15;
        const ulong Flags = SupervisorProgram.SystemFlags;
        var tables = Prepare(flags: 0);
        Code.Li(Rv.A5, tables.EntryAddress(Address, 0)).Li(Rv.A6, PageTables.Leaf(Data, Flags)).Li(Rv.A7, PageTables.Leaf(Data, Flags & ~PageTables.Write));
        Code.Li(Rv.S6, PageTables.Leaf(Data, Flags & ~PageTables.Valid)).Emit(Rv.Csrrw(0, CsrNumber.Satp, FirstSatp));
        _program.Repeat(Rounds, () =>
        {
            Code.Emit(Rv.Sd(Rv.A6, Rv.A5, 0), Rv.SfenceVma(0, 0), Rv.Ld(Value, At, 0), Rv.Sd(Value, At, 8), Rv.Sd(Rv.A7, Rv.A5, 0), Rv.SfenceVma(0, 0));
            Code.Emit(Rv.Ld(Value, At, 8), Rv.Addi(Wanted, 0, 1), Rv.Sd(0, At, 8));
            _program.Expect(Value, Wanted);
            // A fault leaves the register as it is.
            Code.Emit(Rv.Sd(Rv.S6, Rv.A5, 0), Rv.SfenceVma(0, 0), Rv.Addi(Value, 0, 7), Rv.Addi(Wanted, 0, 7), Rv.Ld(Value, At, 8));
            _program.Expect(Value, Wanted);
        });
        using var machine = RunWithPages(engine);
        AssertRight(machine, faults: 2 * Rounds);
        Assert.Equal((ulong)(Rounds * (LoadFault + StoreFault)), machine.Hart.Registers.Integers[Rv.S3]);
    }

    /// <summary>A global page is concerned by fences that name no address space.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Fences_of_all_spaces_make_a_change_of_a_global_mapping_seen(string engine)
    {
        const ulong Flags = SupervisorProgram.SystemFlags | PageTables.Global;
        PageTables first = _program.AddTables(), second = _program.AddTables();
        Map(first, 0, PageTables.Global);
        Map(second, 0, PageTables.Global);
        Begin(first, second);
        Code.Li(Rv.A5, first.EntryAddress(Address, 0)).Li(Rv.A4, second.EntryAddress(Address, 0));
        Code.Li(Rv.A6, PageTables.Leaf(Data, Flags)).Li(Rv.A7, PageTables.Leaf(Data + PageSize, Flags));
        _program.Repeat(Rounds, () =>
        {
            foreach (var fence in (ReadOnlySpan<uint>)[Rv.SfenceVma(At, 0), Rv.SfenceVma(0, 0)])
            {
                foreach (var (entry, number) in (ReadOnlySpan<(int, int)>)[(Rv.A7, 2), (Rv.A6, 1)])
                {
                    Code.Emit(Rv.Sd(entry, Rv.A5, 0), Rv.Sd(entry, Rv.A4, 0), fence, Rv.Addi(Wanted, 0, number));
                    foreach (var satp in (ReadOnlySpan<int>)[SecondSatp, FirstSatp])
                    {
                        Code.Emit(Rv.Csrrw(0, CsrNumber.Satp, satp), Rv.Ld(Value, At, 0));
                        _program.Expect(Value, Wanted);
                    }
                }
            }
        });
        using var machine = RunWithPages(engine);
        AssertRight(machine, faults: 0);
    }

    /// <summary>Pages of users are reached while SUM is set, and not one instruction longer.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Sum_holds_from_the_next_instruction_on(string engine)
    {
        const ulong Sum = 1 << 18;
        const int StoreFault = 15;
        Prepare(PageTables.User);
        Code.Li(Rv.A4, Sum).Emit(Rv.Csrrs(Rv.A5, CsrNumber.Sstatus, 0), Rv.R(0, Rv.A4, Rv.A5, 6, Rv.A6, 0x33)).Li(Wanted, 1); // or
        _program.Repeat(Rounds, () =>
        {
            Code.Emit(Rv.Ld(Value, At, 0), Rv.Csrrs(0, CsrNumber.Sstatus, Rv.A4), Rv.Ld(Value, At, 0), Rv.Csrrc(0, CsrNumber.Sstatus, Rv.A4), Rv.Sd(0, At, 0));
            _program.Expect(Value, Wanted);
            Code.Emit(Rv.Csrrw(0, CsrNumber.Sstatus, Rv.A6), Rv.Sd(Rv.T0, At, 8), Rv.Ld(Value, At, 8), Rv.Csrrw(0, CsrNumber.Sstatus, Rv.A5), Rv.Sd(0, At, 8));
            _program.Expect(Value, Rv.T0);
            // Set for nothing and set twice.
            Code.Emit(Rv.Csrrs(0, CsrNumber.Sstatus, Rv.A4), Rv.Csrrc(0, CsrNumber.Sstatus, Rv.A4), Rv.Ld(Value, At, 0));
            Code.Emit(Rv.Csrrs(0, CsrNumber.Sstatus, Rv.A4), Rv.Csrrs(0, CsrNumber.Sstatus, Rv.A4), Rv.Ld(Value, At, 0), Rv.Csrrc(0, CsrNumber.Sstatus, Rv.A4));
            _program.Expect(Value, Wanted);
        });
        using var machine = RunWithPages(engine);
        AssertRight(machine, faults: 4 * Rounds);
        Assert.Equal((ulong)(Rounds * 2 * (LoadFault + StoreFault)), machine.Hart.Registers.Integers[Rv.S3]);
    }

    private static void AssertRight(VmMachine machine, int faults)
    {
        var registers = machine.Hart.Registers;
        Assert.Equal(0ul, registers.Integers[SupervisorProgram.Faults]);
        Assert.Equal((ulong)faults, registers.Integers[Rv.S2]);
        Assert.Equal(0ul, registers.Integers[Rv.T0]);
    }

    /// <summary>Two address spaces with pages of their own for data and code, and the way to supervisor mode under the first, which is the result.</summary>
    private PageTables Prepare(ulong flags)
    {
        var (first, second) = (_program.AddTables(), _program.AddTables());
        Map(first, 0, flags);
        Map(second, 1, flags);
        Begin(first, second);
        return first;
    }

    /// <summary>Maps the first or the second page of data, and of code.</summary>
    private static void Map(PageTables tables, ulong number, ulong flags)
    {
        tables.Set(Address, 0, PageTables.Leaf(Data + (number * PageSize), SupervisorProgram.SystemFlags | flags));
        tables.Set(CodeAddress, 0, PageTables.Leaf(Data + ((2 + number) * PageSize), SupervisorProgram.SystemFlags | flags));
    }

    private void Begin(PageTables first, PageTables second)
    {
        Code.Li(FirstSatp, first.Satp(1)).Li(SecondSatp, second.Satp(2)).Li(At, Address).Li(CodeAt, CodeAddress);
        _program.EnterSupervisor(FirstSatp);
    }

    /// <summary>The pages of data begin with 1 and 2; the functions return these numbers in a4.</summary>
    private VmMachine RunWithPages(string engine, params ReadOnlySpan<(ulong Address, ulong Value)> more)
    {
        (ulong Address, ulong Value)[] pages = [(Data, 1), (Data + PageSize, 2), (Data + (2 * PageSize), Function(1)), (Data + (3 * PageSize), Function(2))];
        return _program.Run(engine, [.. pages, .. more]);
    }

    private static ulong Function(int number) => Rv.Addi(Rv.A4, 0, number) | ((ulong)Rv.Jalr(0, Rv.Ra, 0) << 32);
}
