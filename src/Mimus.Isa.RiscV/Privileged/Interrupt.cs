namespace Mimus.Isa.RiscV.Privileged;

/// <summary>Interrupt numbers, which are also the numbers of a hart's input lines and of the bits of mip and mie.</summary>
public static class Interrupt
{
    public const int SupervisorSoftware = 1;
    public const int MachineSoftware = 3;
    public const int SupervisorTimer = 5;
    public const int MachineTimer = 7;
    public const int SupervisorExternal = 9;
    public const int MachineExternal = 11;
    public const int CounterOverflow = 13;

    internal const ulong SupervisorBits = 1 << SupervisorSoftware | 1 << SupervisorTimer | 1 << SupervisorExternal;
    internal const ulong MachineBits = 1 << MachineSoftware | 1 << MachineTimer | 1 << MachineExternal;

    /// <summary>Highest priority first (Privileged manual, section 3.1.9).</summary>
    internal static ReadOnlySpan<byte> Priority =>
    [
        MachineExternal, MachineSoftware, MachineTimer, SupervisorExternal, SupervisorSoftware, SupervisorTimer, CounterOverflow,
    ];
}
