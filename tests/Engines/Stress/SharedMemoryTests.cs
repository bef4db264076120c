using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Stress;

/// <summary>Four harts on the same memory: every result is exact, however their instructions fall together.</summary>
public sealed class SharedMemoryTests
{
    private const int Harts = 4;
    private const int S1 = Rv.S1, T1 = Rv.T1, T2 = Rv.T2, T3 = Rv.T3, T4 = Rv.T4, A0 = Rv.A0, A1 = Rv.A1, A2 = Rv.A2, A3 = Rv.A3;

    /// <summary>A place of its own in each reservation granule.</summary>
    private const int Granule = 64;

    private static readonly int s_scale = (int)Math.Clamp(FuzzBudget.Or(0) / 500_000, 1, 100);

    public static TheoryData<string> Engines => EngineList.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void Reservations_lose_no_count_even_when_others_write_beside_it(string engine)
    {
        var rounds = 80_000 * s_scale;
        using var machine = Run(engine, rounds, a => a.Emit(Rv.Slli(A1, A0, 3), Rv.Add(A1, A1, S1)), a =>
        {
            a.Label("double").Emit(Rv.LrD(T1, S1), Rv.Addi(T1, T1, 1), Rv.ScD(T2, T1, S1)).Branch(1, T2, 0, "double");
            // The same granule, and half of the width.
            a.Emit(Rv.Addi(A2, S1, 8)).Label("word").Emit(Rv.LrW(T1, A2), Rv.Addi(T1, T1, 3), Rv.ScW(T2, T1, A2)).Branch(1, T2, 0, "word");
            a.Emit(Rv.Ld(T1, A1, 16), Rv.Addi(T1, T1, 1), Rv.Sd(T1, A1, 16));
        });
        Assert.Equal((ulong)(Harts * rounds), machine.Read64(SharedProgram.Counters));
        Assert.Equal((uint)(3 * Harts * rounds), (uint)machine.Read64(SharedProgram.Counters + 8));
        for (ulong i = 0; i < Harts; i++) Assert.Equal((ulong)rounds, machine.Read64(SharedProgram.Counters + 16 + (8 * i)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void Atomic_operations_are(string engine)
    {
        var rounds = (80_000 * s_scale) | 1;
        using var machine = Run(engine, rounds, a => a.Li(A1, 1).Li(A2, 3).Emit(Rv.R(0, A0, A1, 1, A3, 0x33)), a =>
        {
            a.Emit(Rv.AmoAddD(T1, A1, S1), Rv.Addi(T2, S1, 8), Rv.AmoAddW(0, A2, T2));
            Amo(a, 0x04, 3, A3, 16); // amoxor.d: each turns its own bit
            a.Emit(Rv.Slli(T3, Rv.T0, 2), Rv.Add(T3, T3, A0));
            Amo(a, 0x1c, 3, T3, 24); // amomaxu.d
            Amo(a, 0x08, 2, A3, 32); // amoor.w
            // What amoadd.d has given back is given to one hart only: the sum of all is known.
            Amo(a, 0x00, 3, T1, 40);
        });
        ulong total = (ulong)(Harts * rounds), at = SharedProgram.Counters;
        Assert.Equal(total, machine.Read64(at));
        Assert.Equal((uint)(3 * total), (uint)machine.Read64(at + 8));
        Assert.Equal((1ul << Harts) - 1, machine.Read64(at + 16));
        Assert.Equal((ulong)((4 * rounds) + Harts - 1), machine.Read64(at + 24));
        Assert.Equal((1u << Harts) - 1, (uint)machine.Read64(at + 32));
        Assert.Equal(total * (total - 1) / 2, machine.Read64(at + 40));

        static void Amo(Assembler a, uint function, uint width, int operand, int offset) =>
            a.Emit(Rv.Addi(T2, S1, offset), Rv.R(function << 2, operand, T2, width, 0, 0x2f));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public void A_lock_keeps_others_out(string engine)
    {
        var rounds = 8_000 * s_scale;
        using var machine = Run(engine, rounds, a => a.Li(A1, 1).Emit(Rv.Addi(A2, S1, Granule)), a =>
        {
            a.Label("acquire").Emit(Rv.Lw(T1, S1, 0)).Branch(1, T1, 0, "acquire");
            a.Emit(Rv.R(0x06, A1, S1, 2, T1, 0x2f)).Branch(1, T1, 0, "acquire"); // amoswap.w.aq
            for (var i = 0; i < 4; i++) a.Emit(Rv.Ld(T2, A2, i * Granule), Rv.Addi(T2, T2, i + 1), Rv.Sd(T2, A2, i * Granule));
            a.Emit(Rv.R(0x05, 0, S1, 2, 0, 0x2f)); // amoswap.w.rl
        });
        for (ulong i = 0; i < 4; i++) Assert.Equal((ulong)(Harts * rounds) * (i + 1), machine.Read64(SharedProgram.Counters + ((i + 1) * Granule)));
    }

    /// <summary>
    /// Two nodes are taken and put back in the order that makes a store-conditional succeed wrongly which compares values only: the
    /// head is the same again, and what it leads to is not.
    /// </summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void A_stack_without_a_lock_keeps_its_nodes(string engine)
    {
        const int Nodes = 9;
        const ulong First = SharedProgram.Counters + Granule;
        var rounds = 40_000 * s_scale;
        using var machine = new VmMachine(EngineList.Find(engine), Harts);
        var program = new SharedProgram(Harts, rounds, _ => { }, a =>
        {
            foreach (var node in new[] { A1, A2 })
            {
                a.Label($"pop{node}").Emit(Rv.LrD(node, S1)).Branch(0, node, 0, $"pop{node}");
                a.Emit(Rv.Ld(T1, node, 0), Rv.ScD(T2, T1, S1)).Branch(1, T2, 0, $"pop{node}");
                // A node that was taken is this hart's alone.
                a.Emit(Rv.Ld(T1, node, 8), Rv.Addi(T1, T1, 1), Rv.Sd(T1, node, 8));
            }
            foreach (var node in new[] { A1, A2 })
            {
                a.Label($"push{node}").Emit(Rv.Ld(T1, S1, 0), Rv.Sd(T1, node, 0), SharedProgram.Fence, Rv.LrD(T2, S1));
                a.Branch(1, T1, T2, $"push{node}").Emit(Rv.ScD(T2, node, S1)).Branch(1, T2, 0, $"push{node}");
            }
        });
        machine.Prepare(program.Code, program.End);
        for (ulong i = 0; i < Nodes; i++) machine.Write64(First + (i * Granule), i + 1 < Nodes ? First + ((i + 1) * Granule) : 0);
        machine.Write64(SharedProgram.Counters, First);
        machine.MustEnd();

        var seen = new HashSet<ulong>();
        ulong taken = 0;
        for (var node = machine.Read64(SharedProgram.Counters); node != 0; node = machine.Read64(node))
        {
            Assert.True(seen.Add(node), $"node 0x{node:x} is in the stack twice");
            taken += machine.Read64(node + 8);
        }
        Assert.Equal(Nodes, seen.Count);
        Assert.Equal((ulong)(2 * Harts * rounds), taken);
    }

    private static VmMachine Run(string engine, int rounds, Action<Assembler> prepare, Action<Assembler> round)
    {
        var machine = new VmMachine(EngineList.Find(engine), Harts);
        var program = new SharedProgram(Harts, rounds, prepare, round);
        machine.Prepare(program.Code, program.End);
        machine.MustEnd();
        return machine;
    }
}
