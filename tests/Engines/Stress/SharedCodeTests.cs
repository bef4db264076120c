using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Stress;

/// <summary>Four harts rewrite code in the same page and run it.</summary>
public sealed class SharedCodeTests
{
    private const int Harts = 4;
    private const int S1 = Rv.S1, T0 = Rv.T0, T1 = Rv.T1, T2 = Rv.T2, T3 = Rv.T3, T4 = Rv.T4, A0 = Rv.A0, A1 = Rv.A1, A2 = Rv.A2, A3 = Rv.A3, A4 = Rv.A4;

    /// <summary>Where the functions are that are rewritten.</summary>
    private const ulong Code = SharedProgram.Data + 0x1000;

    private static readonly int s_scale = (int)Math.Clamp(FuzzBudget.Or(0) / 500_000, 1, 100);

    public static TheoryData<string> Engines => EngineList.Names;

    /// <summary>Each its own function, all in one page: what one rewrites must not lose another's code, nor keep it.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Each_hart_runs_what_it_has_just_written(string engine)
    {
        var rounds = 10_000 * s_scale;
        using var machine = new VmMachine(EngineList.Find(engine), Harts);
        var program = new SharedProgram(Harts, rounds, a =>
        {
            a.Li(A1, Code).Emit(Rv.Slli(T1, A0, 6), Rv.Add(A1, A1, T1), Rv.Slli(T1, A0, 3), Rv.Add(A2, S1, T1));
            a.Li(T1, Rv.Jalr(0, Rv.Ra, 0)).Emit(Rv.Sw(T1, A1, 4)).Li(A3, 0);
        }, a =>
        {
            // addi a3, a3, the round's low bits
            a.Emit(Rv.Andi(T1, T0, 0x3ff), Rv.Slli(T1, T1, 20)).Li(T2, Rv.Addi(A3, A3, 0)).Emit(Rv.R(0, T2, T1, 6, T1, 0x33), Rv.Sw(T1, A1, 0), Rv.FenceI);
            a.Emit(Rv.Jalr(Rv.Ra, A1, 0), Rv.Sd(A3, A2, 0));
        });
        machine.Prepare(program.Code, program.End);
        machine.MustEnd();
        var expected = Enumerable.Range(1, rounds).Aggregate(0ul, (sum, i) => sum + ((ulong)i & 0x3ff));
        for (ulong i = 0; i < Harts; i++) Assert.Equal(expected, machine.Read64(SharedProgram.Counters + (i * 8)));
    }

    /// <summary>One hart writes newer and newer versions of a function and says so; the others fence and must not meet an older one.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void After_a_fence_no_hart_runs_code_older_than_what_it_was_told_of(string engine)
    {
        const int Versions = 2_000;
        using var machine = new VmMachine(EngineList.Find(engine), Harts);
        var program = new SharedProgram(Harts, Versions, a =>
        {
            a.Li(A1, Code).Li(A2, 0).Li(A4, 0);
            // Everybody writes the same first version.
            a.Li(T1, Rv.Addi(A3, 0, 0)).Emit(Rv.Sw(T1, A1, 0)).Li(T1, Rv.Jalr(0, Rv.Ra, 0)).Emit(Rv.Sw(T1, A1, 4), Rv.FenceI);
        }, a =>
        {
            a.Branch(1, A0, 0, "reader");
            a.Emit(Rv.Addi(A2, A2, 1), Rv.Slli(T1, A2, 20)).Li(T2, Rv.Addi(A3, 0, 0)).Emit(Rv.R(0, T2, T1, 6, T1, 0x33), Rv.Sw(T1, A1, 0), SharedProgram.Fence, Rv.Sd(A2, S1, 0));
            a.Jump("next");
            a.Label("reader").Emit(Rv.Ld(A2, S1, 0), SharedProgram.Fence, Rv.FenceI, Rv.Jalr(Rv.Ra, A1, 0));
            // a3 is the version that ran, a2 the version that was told, a4 counts faults.
            a.Emit(Rv.R(0, A2, A3, 2, T1, 0x33), Rv.Add(A4, A4, T1)); // slt
            a.Label("next").Emit(Rv.Slli(T1, A0, 3), Rv.Add(T1, T1, S1), Rv.Sd(A4, T1, 64));
        });
        machine.Prepare(program.Code, program.End);
        machine.MustEnd();
        Assert.Equal((ulong)Versions, machine.Read64(SharedProgram.Counters));
        for (ulong i = 1; i < Harts; i++) Assert.Equal(0ul, machine.Read64(SharedProgram.Counters + 64 + (i * 8)));
    }

    /// <summary>The same with versions that come from elsewhere than a hart, as from a disk.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void After_a_fence_no_hart_runs_code_older_than_what_was_written_for_it(string engine)
    {
        const int Versions = 2_000;
        const ulong Told = SharedProgram.Counters, Late = Told + 8, Calls = Told + 16;
        var a = new Assembler(BareMachine.RamStart).Li(S1, Told).Li(A1, Code).Li(A2, 0).Li(A4, 0).Li(T4, Versions).Li(T0, 0);
        a.Label("round").Emit(Rv.Ld(A2, S1, 0), SharedProgram.Fence, Rv.FenceI, Rv.Jalr(Rv.Ra, A1, 0), Rv.R(0, A2, A3, 2, T1, 0x33), Rv.Add(A4, A4, T1), Rv.Addi(T0, T0, 1)); // slt
        a.Emit(Rv.Sd(A4, S1, 8), Rv.Sd(T0, S1, 16)).Branch(1, A2, T4, "round");
        a.Label("end").Emit(Rv.Nop).Jump("end");
        using var machine = new VmMachine(EngineList.Find(engine));
        machine.Prepare(a.AssembleBytes(), a.AddressOf("end"));
        Write(0);
        machine.Vm.Resume();
        var random = new Random(TestSeed.Value);
        for (var version = 1; version <= Versions; version++)
        {
            Write(version);
            // At times there are many fences before the next.
            Thread.SpinWait(random.Next(16) == 0 ? 20_000 : random.Next(200));
        }
        Assert.Null(machine.WaitForEnd());
        Assert.Equal(0ul, machine.Read64(Late));
        Assert.True(machine.Read64(Calls) > 0, "the program called nothing");

        void Write(int version)
        {
            machine.Write64(Code, Rv.Addi(A3, 0, version) | ((ulong)Rv.Jalr(0, Rv.Ra, 0) << 32));
            machine.Write64(Told, (ulong)version);
        }
    }
}
