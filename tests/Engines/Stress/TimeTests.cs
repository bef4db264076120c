using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Stress;

/// <summary>Harts that read the time and tell each other the latest that any has read: it never goes back, not even over pauses.</summary>
public sealed class TimeTests
{
    private const int Harts = 2, Rounds = 400_000, Pauses = 5;
    private const int TimeCsr = 0xc01, Faults = 1024;
    private const int S1 = Rv.S1, T1 = Rv.T1, T2 = Rv.T2, T3 = Rv.T3, A0 = Rv.A0, A4 = Rv.A4;

    public static TheoryData<string> Engines => EngineList.Names;

    [Theory]
    [MemberData(nameof(Engines))]
    public void Nobody_reads_a_time_before_one_that_was_read(string engine)
    {
        using var machine = new VmMachine(EngineList.Find(engine), Harts);
        var program = new SharedProgram(Harts, Rounds, a => a.Li(A4, 0), a =>
        {
            a.Emit(Rv.Ld(T1, S1, 0), SharedProgram.Fence, Rv.Csrrs(T2, TimeCsr, 0));
            a.Emit(Rv.R(0, T1, T2, 3, T3, 0x33), Rv.Add(A4, A4, T3)); // sltu
            a.Emit(Rv.R(0x70, T2, S1, 3, 0, 0x2f)); // amomaxu.d
            a.Emit(Rv.Slli(T1, A0, 3), Rv.Add(T1, T1, S1), Rv.Sd(A4, T1, Faults));
        });
        machine.Prepare(program.Code, program.End);
        for (var i = 0; i < Pauses && !machine.HasStopped; i++)
        {
            machine.Vm.Resume();
            Thread.Sleep(5);
            machine.Vm.Pause();
        }
        if (!machine.HasStopped) machine.MustEnd();
        for (ulong i = 0; i < Harts; i++) Assert.Equal(0ul, machine.Read64(SharedProgram.Counters + Faults + (i * 8)));
        Assert.NotEqual(0ul, machine.Read64(SharedProgram.Counters));
    }
}
