using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests;

/// <summary>Where time is counted in instructions, what a device is told in the middle of straight code interrupts right there.</summary>
public sealed class ExactInterruptTests
{
    private const int Rounds = 3000;
    private const ulong Software = 0x200_0000, Deadline = 0x200_4000, Time = 0x200_bff8;
    private const ulong Enables = (1 << 3) | (1 << 7);

    public static TheoryData<string> Engines => EngineList.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void Every_interrupt_comes_between_the_same_two_instructions(string engine)
    {
        using var reference = Run(EngineList.Reference);
        using var machine = Run(EngineList.Find(engine));
        Assert.Equal(StateTrail.Entry(reference.Vm), StateTrail.Entry(machine.Vm));
        // Each of its own interrupts comes after the store that asks for it; those of the timer come where they come, but come.
        Assert.Equal((ulong)Rounds, machine.Hart.Registers.Integers[Rv.S3]);
        Assert.Equal((ulong)Rounds * 2, machine.Hart.Registers.Integers[Rv.S2]);
    }

    private static VmMachine Run(Engine engine)
    {
        var program = Program();
        var machine = new VmMachine(engine, time: new CountedTime { SleepsWhenIdle = false });
        machine.Prepare(program.AssembleBytes(), program.AddressOf("end"));
        machine.MustEnd();
        return machine;
    }

    /// <summary>
    /// Counts interrupts in s2 and those after the store in s3, adds up where they came in s1, and how many instructions had
    /// retired by then.
    /// </summary>
    private static Assembler Program()
    {
        const int T3 = Rv.T3, T4 = Rv.T4;
        var a = new Assembler(BareMachine.RamStart).Jump("start");
        a.Label("handler").Emit(Rv.Csrrs(T3, CsrNumber.Mepc, 0), Rv.Addi(Rv.S2, Rv.S2, 1), Rv.Sub(T4, T3, Rv.S0), Rv.Sltiu(T4, T4, 1), Rv.Add(Rv.S3, Rv.S3, T4));
        a.Emit(Rv.Slli(T4, Rv.S1, 7), Rv.Add(Rv.S1, Rv.S1, T4), Rv.Add(Rv.S1, Rv.S1, T3), Rv.Csrrs(T4, CsrNumber.Minstret, 0), Rv.Add(Rv.S1, Rv.S1, T4));
        a.Emit(Rv.Sw(0, Rv.A1, 0), Rv.Addi(T4, 0, -1), Rv.Sd(T4, Rv.A2, 0), Rv.Mret);
        a.Label("start").Li(Rv.S0, BareMachine.RamStart + 4).Emit(Rv.Csrrw(0, CsrNumber.Mtvec, Rv.S0)).Li(T3, Enables).Emit(Rv.Csrrw(0, CsrNumber.Mie, T3));
        a.Li(Rv.A1, Software).Li(Rv.A2, Deadline).Li(Rv.A3, Time).Li(Rv.A4, 1).Li(Rv.T0, Rounds);
        a.Call("here").Label("here").Emit(Rv.Addi(Rv.S0, Rv.Ra, 4 * Ahead)).Emit(Rv.Csrrw(0, CsrNumber.Mip, 0)).Li(T3, 8).Emit(Rv.Csrrs(0, CsrNumber.Mstatus, T3));
        a.Label("round").Emit(Count, Count, Count, Rv.Sw(Rv.A4, Rv.A1, 0));
        a.Label("after").Emit(Count, Count, Count, Count, Count);
        // A few ticks, so that the timer is due in what follows.
        a.Emit(Rv.Ld(Rv.A5, Rv.A3, 0), Rv.Addi(Rv.A5, Rv.A5, 3), Rv.Sd(Rv.A5, Rv.A2, 0));
        for (var i = 0; i < 70; i++) a.Emit(Count);
        a.Emit(Rv.Addi(Rv.T0, Rv.T0, -1)).Branch(1, Rv.T0, 0, "round");
        a.Label("end").Emit(Rv.Nop).Jump("end");
        if (a.AddressOf("after") != a.AddressOf("here") + (4 * Ahead)) throw new InvalidOperationException("the program has another length");
        return a;
    }

    /// <summary>Instructions from where the program finds out where it is to the one after the store.</summary>
    private const int Ahead = 8;

    private static uint Count => Rv.Addi(Rv.A6, Rv.A6, 1);
}
