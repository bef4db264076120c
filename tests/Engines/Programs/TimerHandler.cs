using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Programs;

/// <summary>The handler in machine mode of the hart's timer: counts itself and has the timer come again after some ticks.</summary>
internal static class TimerHandler
{
    /// <summary>The hart's input for the timer.</summary>
    public const int Input = 7;

    /// <summary>Where the machine has the deadline of its first hart.</summary>
    public const ulong Deadline = 0x200_4000;

    /// <summary>A place in the handler's page of data: how often the timer came.</summary>
    public const int Interrupts = 144;

    private const int SavedT1 = 152, SavedT2 = 160, Period = 37;

    public static void Write(Assembler a)
    {
        const int T0 = Rv.T0, T1 = Rv.T1, T2 = Rv.T2;
        a.Label("timer").Emit(Rv.Csrrw(T0, CsrNumber.Mscratch, T0), Rv.Sd(T1, T0, SavedT1), Rv.Sd(T2, T0, SavedT2));
        a.Emit(Rv.Ld(T1, T0, Interrupts), Rv.Addi(T1, T1, 1), Rv.Sd(T1, T0, Interrupts));
        a.Emit(Rv.Lui(T1, (int)(Deadline >> 12)), Rv.Ld(T2, T1, 0), Rv.Addi(T2, T2, Period), Rv.Sd(T2, T1, 0));
        a.Emit(Rv.Ld(T2, T0, SavedT2), Rv.Ld(T1, T0, SavedT1), Rv.Csrrw(T0, CsrNumber.Mscratch, T0), Rv.Mret);
    }
}
