using Mimus.Core.Cpus;
using Mimus.Core.Memory;
using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;
using Mimus.Isa.RiscV;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Stress;

/// <summary>The dirty log and what engines write.</summary>
public sealed class DirtyLogTests
{
    private const int PageSize = 4096;
    private const int S1 = Rv.S1, T0 = Rv.T0, T1 = Rv.T1, T2 = Rv.T2, A0 = Rv.A0, A1 = Rv.A1, A2 = Rv.A2, A3 = Rv.A3, A4 = Rv.A4;

    /// <summary>Where every kind of access has a page of its own, with one between that nobody writes.</summary>
    private const ulong Data = BareMachine.RamStart + 0x10_0000;

    private static readonly int s_scale = (int)Math.Clamp(FuzzBudget.Or(0) / 500_000, 1, 100);

    public static TheoryData<string> Engines => EngineList.Names;

    public static TheoryData<string, int> EnginesAndHarts
    {
        get
        {
            var cases = new TheoryData<string, int>();
            foreach (var engine in EngineList.All)
            {
                cases.Add(engine.Name, 1);
                cases.Add(engine.Name, 4);
            }
            return cases;
        }
    }

    /// <summary>Again after each collection, from code that is cold at first and then hot.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Every_kind_of_write_is_logged_and_nothing_else(string engine)
    {
        const int Kinds = 9;
        var code = new Assembler(BareMachine.RamStart);
        code.Li(S1, Data).Li(T1, 2 * PageSize).Li(A1, 5).Li(T0, 50).Label("again").Emit(Rv.Add(A0, S1, 0));
        Next(Rv.Sb(A1, A0, 0));
        Next(Rv.Sd(A1, A0, 8), Rv.Sd(A1, A0, 16)); // a group
        Next(Rv.AmoAddD(0, A1, A0));
        Next(Rv.R(1 << 2, A1, A0, 2, 0, 0x2f)); // amoswap.w
        Next(Rv.LrD(A2, A0), Rv.ScD(A3, A1, A0));
        Next(Rv.Store(3, 1, A0, 64) ^ 4); // fsd
        Next(Rv.I(4, A0, 2, 0, 0x0f)); // cbo.zero
        Next(Rv.Sh(A1, A0, 101));
        Next(Rv.Ld(A2, A0, 0), Rv.LrW(A2, A0), Rv.I(3, A0, 2, 0, 0x07)); // reads only, the last into a floating-point register
        code.Emit(Rv.Addi(T0, T0, -1)).Branch(1, T0, 0, "again").Label("end").Emit(Rv.Nop);

        using var accelerator = EngineList.Find(engine).Create();
        using var machine = new BareMachine(new RiscVConfiguration { Extensions = InstructionGenerator.Extensions }, accelerator: accelerator);
        machine.Load(BareMachine.RamStart, code.Assemble());
        machine.Debug.Breakpoints = [code.AddressOf("end")];
        machine.SetCsr(0x300, 3 << 13); // floating point is on
        machine.Memory.Dirty.Start();
        var expected = Enumerable.Range(0, Kinds - 1).Select(kind => (int)((Data - BareMachine.RamStart) / PageSize) + (2 * kind));
        for (var round = 0; round < 4; round++)
        {
            machine.Hart.ProgramCounter = BareMachine.RamStart;
            Assert.Equal(VcpuExit.Breakpoint, machine.Vcpu.Run());
            Assert.Equal(expected, machine.Memory.Dirty.Collect().Single().Pages);
        }

        void Next(params ReadOnlySpan<uint> access) => code.Emit(access).Emit(Rv.Add(A0, A0, T1));
    }

    /// <summary>Also where the programs use page tables, in which the processor itself writes.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void What_random_programs_change_is_logged(string engine)
    {
        var programs = 10 * s_scale;
        for (var i = 0; i < programs; i++)
        {
            var program = ProgramGenerator.Create(TestSeed.Value + i, new ProgramOptions { HasDevice = false });
            using var machine = new VmMachine(EngineList.Find(engine));
            machine.Prepare(program.Build());
            var before = machine.Memory();
            machine.Vm.Machine.Memory.Dirty.Start();
            machine.MustEnd();
            var logged = RamPages(machine);
            var after = machine.Memory();
            for (var page = 0; page < before.Length / PageSize; page++)
            {
                var changed = !before.AsSpan(page * PageSize, PageSize).SequenceEqual(after.AsSpan(page * PageSize, PageSize));
                Assert.True(!changed || logged.Contains(page), $"seed {program.Seed}: page {page} has changed and is not in the log");
            }
            Assert.True(logged.Count < 200, $"seed {program.Seed}: {logged.Count} pages are logged");
        }
    }

    /// <summary>A copy that is made of what the log names, while harts write all over memory, is complete in the end.</summary>
    [Theory]
    [MemberData(nameof(EnginesAndHarts))]
    public void A_mirror_of_what_is_logged_is_true_in_the_end(string engine, int harts)
    {
        var rounds = 60_000 * s_scale;
        using var machine = new VmMachine(EngineList.Find(engine), harts);
        var program = new SharedProgram(harts, rounds, a => a.Li(A1, Data).Li(A2, 0x7_ffff).Li(A3, 0x9e37_79b9).Emit(Rv.Addi(A4, A0, 1)), a =>
        {
            // Linear congruences, different for each hart; then stores, of which one is not aligned, and an atomic operation.
            a.Emit(Rv.R(1, A3, A4, 0, A4, 0x33), Rv.Addi(A4, A4, 1), Rv.Srli(T2, A4, 13), Rv.R(0, A2, T2, 7, T2, 0x33), Rv.Add(T2, T2, A1));
            a.Emit(Rv.Sb(A4, T2, 0), Rv.Sd(T0, T2, 4), Rv.Andi(T2, T2, -8), Rv.AmoAddD(0, A4, T2), Rv.Sw(A4, T2, 40));
        });
        Mirror(machine, program);
    }

    /// <summary>
    /// Each page is written for a moment and never again, so a write that is lost stays lost. There is no branch between the stores to a
    /// page, and the last pages are copied first: that gives a collector that does not wait for vCPUs the best chance to lose one.
    /// </summary>
    [Theory]
    [MemberData(nameof(EnginesAndHarts))]
    public void The_last_write_to_a_page_is_in_the_mirror(string engine, int harts)
    {
        const int Pages = 8192;
        using var machine = new VmMachine(EngineList.Find(engine), harts, Data - BareMachine.RamStart + (Pages * PageSize));
        var program = new SharedProgram(harts, Pages / harts, a =>
        {
            a.Li(A1, Data).Li(A2, (ulong)(Pages / harts * PageSize)).Li(A3, PageSize);
            a.Emit(Rv.R(1, A0, A2, 0, A2, 0x33), Rv.Add(A1, A1, A2));
        }, a =>
        {
            for (var i = 0; i < 128; i++) a.Emit(Rv.Sd(T0, A1, i % 32 * 64), Rv.Addi(T0, T0, 1));
            a.Emit(Rv.Addi(T0, T0, -128), Rv.Add(A1, A1, A3));
        });
        Mirror(machine, program);
    }

    private static void Mirror(VmMachine machine, SharedProgram program)
    {
        machine.Prepare(program.Code, program.End);
        var memory = machine.Vm.Machine.Memory;
        memory.Dirty.Start();
        var mirror = machine.Memory();
        machine.Vm.Resume();
        var collections = 0;
        for (; !machine.HasStopped; collections++) Copy();
        Assert.Null(machine.WaitForEnd());
        Copy();
        Assert.True(mirror.AsSpan().SequenceEqual(machine.Memory()), $"the mirror is not true after {collections} collections");

        void Copy()
        {
            foreach (var page in RamPages(machine).Pages.Reverse())
                memory.TryRead(new GuestAddress(BareMachine.RamStart + ((ulong)page * PageSize)), mirror.AsSpan(page * PageSize, PageSize));
        }
    }

    private static PageSet RamPages(VmMachine machine) =>
        machine.Vm.Machine.Memory.Dirty.Collect().Single(s => s.Block.Range.Start == BareMachine.RamStart);
}
