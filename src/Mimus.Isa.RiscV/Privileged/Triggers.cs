namespace Mimus.Isa.RiscV.Privileged;

/// <summary>Triggers of the debug specification (Sdtrig): address matches of type 6 on execution, in the hart's own modes.</summary>
internal static class Triggers
{
    private const int TypeShift = 60;
    private const ulong TypeMatch = 6;
    private const ulong Execute = 1 << 2;
    private const ulong InUser = 1 << 3, InSupervisor = 1 << 4, InMachine = 1 << 6;

    /// <summary>A trigger that does nothing: type 15, disabled.</summary>
    public const ulong Empty = 15ul << TypeShift;

    /// <summary>The legal value nearest to what software wrote to tdata1.</summary>
    public static ulong LegalControl(ulong value) => (value >> TypeShift) == TypeMatch
        ? (TypeMatch << TypeShift) | (value & (Execute | InUser | InSupervisor | InMachine))
        : Empty;

    /// <summary>Whether the hart is to take a breakpoint exception before the instruction at an address.</summary>
    public static bool Matches(RiscVHart hart, ulong address)
    {
        var mode = hart.Privilege switch
        {
            Privilege.User => InUser,
            Privilege.Supervisor => InSupervisor,
            // Without a re-entrance control a handler in M mode must not meet triggers while interrupts are off.
            _ => (hart.Registers.Mstatus & Mstatus.Mie) != 0 ? InMachine : 0,
        };
        for (var i = 0; i < RiscVState.TriggerCount; i++)
        {
            var control = hart.Registers.TriggerControls[i];
            if ((control & Execute) != 0 && (control & mode) != 0 && hart.Registers.TriggerAddresses[i] == address) return true;
        }
        return false;
    }
}
