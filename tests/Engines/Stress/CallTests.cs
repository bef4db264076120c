using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Stress;

/// <summary>Calls and returns that a stack of return addresses predicts badly or cannot hold.</summary>
public sealed class CallTests
{
    private const int Sp = Rv.Sp, Ra = Rv.Ra, T0 = Rv.T0, T1 = Rv.T1, T2 = Rv.T2, A0 = Rv.A0, A1 = Rv.A1, A2 = Rv.A2, A3 = Rv.A3, S0 = Rv.S0, S1 = Rv.S1;
    private const ulong StackTop = BareMachine.RamStart + VmMachine.RamSize, Result = SharedProgram.Counters;

    public static TheoryData<string> Engines => EngineList.Names;

    /// <summary>Deeper than 256 KiB of host stack has room for, several times over.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Recursion_returns_from_any_depth(string engine)
    {
        const int Depth = 60_000, Times = 5;
        Assert.Equal((ulong)Depth * (Depth + 1) / 2 * Times, Run(engine, a =>
        {
            a.Li(S0, Times).Li(A1, 0);
            a.Label("again").Li(A0, Depth);
            a.Call("sum");
            a.Emit(Rv.Addi(S0, S0, -1)).Branch(1, S0, 0, "again").Jump("end");
            a.Label("sum").Emit(Rv.Addi(Sp, Sp, -16), Rv.Sd(Ra, Sp, 0), Rv.Sd(A0, Sp, 8), Rv.Addi(A0, A0, -1)).Branch(0, A0, 0, "bottom");
            a.Call("sum");
            a.Label("bottom").Emit(Rv.Ld(A0, Sp, 8), Rv.Add(A1, A1, A0), Rv.Ld(Ra, Sp, 0), Rv.Addi(Sp, Sp, 16), Rv.Jalr(0, Ra, 0));
        }));
    }

    /// <summary>A jump out of a deep recursion to where it began, as C's longjmp does it.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void A_recursion_may_be_left_at_its_bottom(string engine)
    {
        const int Depth = 900, Times = 500;
        Assert.Equal((ulong)Depth * Times, Run(engine, a =>
        {
            a.Li(S0, Times).Li(A1, 0).Label("again").Li(A0, Depth).Emit(Rv.Addi(S1, Sp, 0));
            a.Call("down");
            a.Label("back").Emit(Rv.Addi(Sp, S1, 0), Rv.Addi(S0, S0, -1)).Branch(1, S0, 0, "again").Jump("end");
            a.Label("down").Emit(Rv.Addi(Sp, Sp, -8), Rv.Sd(Ra, Sp, 0), Rv.Addi(A1, A1, 1), Rv.Addi(A0, A0, -1)).Branch(0, A0, 0, "out");
            a.Call("down");
            a.Emit(Rv.Ebreak); // nobody returns here
            // The first return address, which lies at the top of the stack.
            a.Label("out").Emit(Rv.Ld(T0, S1, -8), Rv.Jalr(0, T0, 0));
        }));
    }

    /// <summary>Two sequences hand over to each other by jumps that are call and return in one.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Coroutines_take_turns(string engine)
    {
        const int Rounds = 100_000;
        Assert.Equal((ulong)Rounds * 3 + (ulong)Rounds * (Rounds + 1) / 2, Run(engine, a =>
        {
            a.Li(S0, Rounds).Li(A1, 0).Emit(Rv.Auipc(Rv.T0, 0), Rv.Addi(T0, T0, 16)).Jump("first").Emit(Rv.Nop);
            a.Label("second").Emit(Rv.Add(A1, A1, S0), Rv.Jalr(T0, T0, 0)).Emit(Rv.Addi(A1, A1, 1), Rv.Jalr(T0, T0, 0)).Jump("second");
            a.Label("first").Emit(Rv.Jalr(T0, T0, 0), Rv.Addi(A1, A1, 1), Rv.Jalr(T0, T0, 0), Rv.Addi(A1, A1, 1));
            a.Emit(Rv.Addi(S0, S0, -1)).Branch(1, S0, 0, "first").Jump("end");
        }));
    }

    /// <summary>A function that is called from many places and sometimes returns further on than it was called from.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void A_function_may_return_elsewhere(string engine)
    {
        const int Rounds = 50_000, Calls = 8;
        Assert.Equal((ulong)Rounds * Calls / 2 * 5, Run(engine, a =>
        {
            a.Li(S0, Rounds).Li(A1, 0).Li(A2, 0).Label("round");
            for (var i = 0; i < Calls; i++)
            {
                a.Call("f").Emit(Rv.Addi(A1, A1, 4), Rv.Addi(A1, A1, 0));
            }
            a.Emit(Rv.Addi(S0, S0, -1)).Branch(0, S0, 0, "over").Jump("round").Label("over").Jump("end");
            // Every second time it leaves out the addition of four and adds one itself.
            a.Label("f").Emit(Rv.Xori(A2, A2, 4), Rv.Add(Ra, Ra, A2), Rv.Srli(T1, A2, 2), Rv.Add(A1, A1, T1), Rv.Jalr(0, Ra, 0));
        }));
    }

    /// <summary>The result in a1 of a program that goes to "end".</summary>
    private static ulong Run(string engine, Action<Assembler> write)
    {
        var a = new Assembler(BareMachine.RamStart).Li(Sp, StackTop);
        write(a);
        a.Label("end").Li(T0, Result).Emit(Rv.Sd(A1, T0, 0));
        var end = a.Here;
        a.Emit(Rv.Nop).Label("stay").Jump("stay");
        using var machine = new VmMachine(EngineList.Find(engine));
        machine.Prepare(a.AssembleBytes(), end);
        machine.MustEnd();
        return machine.Read64(Result);
    }
}
