using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Stress;

/// <summary>
/// A program for several harts in machine mode: each does the same with its own number in a0 and the number of rounds in t0, then
/// says that it is done; the first ends the run when all are.
/// </summary>
internal sealed class SharedProgram
{
    public const ulong Data = 0x8008_0000;

    public const ulong Counters = Data + 0x400;

    private const ulong Done = Data, Begun = Data + 0x100;

    /// <param name="harts">How many.</param>
    /// <param name="rounds">How often each does it.</param>
    /// <param name="prepare">Written once before the loop.</param>
    /// <param name="round">Written as the loop's body; t0 is taken.</param>
    public SharedProgram(int harts, int rounds, Action<Assembler> prepare, Action<Assembler> round)
    {
        var a = new Assembler(BareMachine.RamStart);
        a.Li(Rv.S1, Counters);
        prepare(a);
        // All begin together, or the first would be done before the last has been woken.
        a.Li(Rv.T1, Begun).Li(Rv.T2, 1).Emit(Rv.AmoAddD(0, Rv.T2, Rv.T1)).Li(Rv.T2, (ulong)harts);
        a.Label("wait").Emit(Rv.Ld(Rv.T3, Rv.T1, 0)).Branch(1, Rv.T3, Rv.T2, "wait");
        a.Li(Rv.T0, (ulong)rounds);
        a.Label("round");
        round(a);
        a.Emit(Rv.Addi(Rv.T0, Rv.T0, -1)).Branch(0, Rv.T0, 0, "done").Jump("round").Label("done");
        a.Li(Rv.T1, Done).Li(Rv.T2, 1).Emit(Fence, Rv.AmoAddD(0, Rv.T2, Rv.T1)).Branch(1, Rv.A0, 0, "rest");
        a.Li(Rv.T2, (ulong)harts).Label("others").Emit(Rv.Ld(Rv.T3, Rv.T1, 0)).Branch(1, Rv.T3, Rv.T2, "others");
        a.Label("end").Emit(Rv.Nop).Jump("end");
        a.Label("rest").Emit(Rv.Wfi).Jump("rest");
        Code = a.AssembleBytes();
        End = a.AddressOf("end");
    }

    public static uint Fence => 0x0ff0_000f;

    public byte[] Code { get; }

    public ulong End { get; }
}
