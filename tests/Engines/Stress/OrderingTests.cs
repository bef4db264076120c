using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Stress;

/// <summary>Two harts see each other's stores in an order that the manual's memory model allows (Unprivileged manual, chapter 18).</summary>
public sealed class OrderingTests
{
    private const int Harts = 2;
    private const int S1 = Rv.S1, T0 = Rv.T0, T1 = Rv.T1, T2 = Rv.T2, T3 = Rv.T3, A0 = Rv.A0, A1 = Rv.A1, A2 = Rv.A2, A3 = Rv.A3, A4 = Rv.A4, A5 = Rv.A5;

    /// <summary>Where faults are counted, for each hart.</summary>
    private const int Faults = 1024;

    private const int Contended = 1536;

    private static readonly int s_rounds = 4_000 * (int)Math.Clamp(FuzzBudget.Or(0) / 500_000, 1, 100);

    public static TheoryData<string> Engines => EngineList.Names;

    /// <summary>Each stores, fences and loads what the other stores: one of them must see the other's.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void A_fence_keeps_a_load_behind_a_store(string engine) => Run(engine, a =>
    {
        // a1: where this hart stores, a2: where the other does, a3: where it says what it saw.
        a.Emit(Rv.Slli(T1, A0, 6), Rv.Add(A1, S1, T1), Rv.Xori(T1, T1, 64), Rv.Add(A2, S1, T1));
    }, a =>
    {
        // The second hart waits a little, in each round for another time, so that they meet sooner or later.
        a.Emit(Rv.Andi(T1, T0, 63)).Branch(0, A0, 0, "now").Label("delay").Emit(Rv.Addi(T1, T1, -1)).Branch(4, 0, T1, "delay").Label("now");
        // Stores to lines that both write to take their time, and the one that matters stands behind them.
        for (var i = 0; i < 6; i++) a.Emit(Rv.Sd(T0, S1, Contended + (i * 64)));
        a.Emit(Rv.Sd(T0, A1, 0), SharedProgram.Fence, Rv.Ld(T1, A2, 0), Rv.Sd(T1, A1, 256));
        Meet(a, "seen");
        // Both saw something other than this round's number.
        a.Emit(Rv.Ld(T1, A1, 256), Rv.Ld(T2, A2, 256), Rv.R(0, T0, T1, 4, T1, 0x33), Rv.R(0, T0, T2, 4, T2, 0x33)); // xor
        a.Emit(Rv.R(0, T1, 0, 3, T1, 0x33), Rv.R(0, T2, 0, 3, T2, 0x33), Rv.R(0, T2, T1, 7, T1, 0x33), Rv.Add(A4, A4, T1)); // sltu, sltu, and
        Meet(a, "judged");
    });

    /// <summary>One writes data and then a flag, with a fence between; who sees the flag and fences sees the data.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Who_sees_the_flag_sees_the_data(string engine) => Run(engine, a => a.Emit(Rv.Addi(A1, S1, 128)), a =>
    {
        a.Branch(1, A0, 0, "reader");
        a.Emit(Rv.Addi(A5, A5, 1), Rv.Sd(A5, S1, 0), Rv.Sd(A5, A1, 64), SharedProgram.Fence, Rv.Sd(A5, A1, 0)).Jump("next");
        a.Label("reader").Emit(Rv.Ld(T1, A1, 0), SharedProgram.Fence, Rv.Ld(T2, S1, 0), Rv.Ld(T3, A1, 64));
        a.Emit(Rv.R(0, T1, T2, 3, T2, 0x33), Rv.R(0, T1, T3, 3, T3, 0x33), Rv.Add(A4, A4, T2), Rv.Add(A4, A4, T3)); // sltu
        a.Label("next");
    }, times: 20);

    private static void Run(string engine, Action<Assembler> prepare, Action<Assembler> round, int times = 1)
    {
        using var machine = new VmMachine(EngineList.Find(engine), Harts);
        var program = new SharedProgram(Harts, s_rounds * times, a =>
        {
            a.Li(A4, 0).Li(A5, 0);
            prepare(a);
        }, a =>
        {
            round(a);
            a.Emit(Rv.Slli(T1, A0, 3), Rv.Add(T1, T1, S1), Rv.Sd(A4, T1, Faults));
        });
        machine.Prepare(program.Code, program.End);
        machine.MustEnd();
        for (ulong i = 0; i < Harts; i++) Assert.Equal(0ul, machine.Read64(SharedProgram.Counters + Faults + (i * 8)));
    }

    /// <summary>Waits until both are here: each adds one, and the number of rounds says how much that makes.</summary>
    private static void Meet(Assembler a, string name)
    {
        // What is waited for counts in a register of each meeting point.
        var (register, offset) = name == "seen" ? (A3, 512) : (A5, 576);
        a.Emit(Rv.Addi(T3, S1, offset), Rv.Addi(T2, 0, 1), Rv.AmoAddD(0, T2, T3));
        // The count of this meeting: t0 goes down by one a round, so it is kept apart and goes up by two.
        a.Emit(Rv.Slli(T2, A0, 3), Rv.Add(T2, T2, T3), Rv.Ld(register, T2, 8), Rv.Addi(register, register, Harts), Rv.Sd(register, T2, 8));
        a.Label(name).Emit(Rv.Ld(T2, T3, 0)).Branch(4, T2, register, name);
    }
}
