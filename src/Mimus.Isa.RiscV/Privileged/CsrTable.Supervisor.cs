namespace Mimus.Isa.RiscV.Privileged;

/// <content>Supervisor-level registers (Privileged manual, chapter 12).</content>
internal static partial class CsrTable
{
    private static IEnumerable<Csr> SupervisorRows() =>
    [
        new(0x100, "sstatus", null, (h, v) => WriteStatus(h, v, Mstatus.SupervisorWritable), Extension.S)
        {
            Slot = Slot.Mstatus, Visible = Mstatus.SupervisorWritable | Mstatus.UserWidth, Writable = Mstatus.SupervisorWritable,
            Enabling = Mstatus.Sie, Steering = Mstatus.Translating, ShowsFloatStatus = true, SharesSlot = true,
        },
        new(0x104, "sie", h => h.Registers.Mie & h.Registers.Mideleg, (h, v) => WriteMie(h, v, h.Registers.Mideleg), Extension.S),
        new(0x105, "stvec", null, (h, v) => WriteVector(ref h.Registers.Stvec, v), Extension.S) { Slot = Slot.Stvec, Checked = AllBits, EndsBlock = false },
        new(0x106, "scounteren", Slot.Scounteren, uint.MaxValue, Extension.S),
        new(0x10a, "senvcfg", h => h.Registers.Senvcfg, (h, v) => h.Registers.Senvcfg = v & EnvironmentBits, Extension.S,
            h => HasStateEnable(h, 0, 62)),
        new(0x10c, "sstateen0", _ => 0, (_, _) => { }, Extension.S | Extension.Smstateen, h => HasStateEnable(h, 0, 63)),
        new(0x10d, "sstateen1", _ => 0, (_, _) => { }, Extension.S | Extension.Smstateen, h => HasStateEnable(h, 1, 63)),
        new(0x10e, "sstateen2", _ => 0, (_, _) => { }, Extension.S | Extension.Smstateen, h => HasStateEnable(h, 2, 63)),
        new(0x10f, "sstateen3", _ => 0, (_, _) => { }, Extension.S | Extension.Smstateen, h => HasStateEnable(h, 3, 63)),
        new(0x140, "sscratch", Slot.Sscratch, AllBits, Extension.S),
        new(0x141, "sepc", Slot.Sepc, ~1ul, Extension.S) { Read = h => h.Registers.Sepc & h.InstructionAddressMask },
        new(0x142, "scause", Slot.Scause, AllBits, Extension.S),
        new(0x143, "stval", Slot.Stval, AllBits, Extension.S),
        new(0x144, "sip", h => h.PendingInterrupts & h.Registers.Mideleg, null, Extension.S)
        {
            Change = (h, set, clear) => h.ChangePending(set, clear, h.Registers.Mideleg & (1ul << Interrupt.SupervisorSoftware | 1ul << Interrupt.CounterOverflow)),
        },
        new(0x14d, "stimecmp", h => h.Registers.Stimecmp, WriteStimecmp, Extension.S | Extension.Sstc, IsSupervisorTimerAllowed),
        new(0x180, "satp", h => h.Registers.Satp, WriteSatp, Extension.S,
            h => h.Privilege != Privilege.Supervisor || (h.Registers.Mstatus & Mstatus.Tvm) == 0),
        new(0xda0, "scountovf", _ => 0, null, Extension.S | Extension.Sscofpmf),
    ];

    private static bool HasStateEnable(RiscVHart h, int register, int bit) =>
        h.Privilege == Privilege.Machine || !h.Has(Extension.Smstateen) || ((h.Registers.StateEnables[register] >> bit) & 1) != 0;

    private static bool IsSupervisorTimerAllowed(RiscVHart h) =>
        h.Privilege == Privilege.Machine || (h.SupervisorTimerEnabled && (h.Registers.Mcounteren & 2) != 0);

    private static void WriteStimecmp(RiscVHart h, ulong value)
    {
        h.Registers.Stimecmp = value;
        h.ArmSupervisorTimer();
    }

    internal static bool IsLegalSatp(RiscVHart h, ulong value) => (value >> 60) switch
    {
        0 or 8 => true,
        9 => h.Has(Extension.Sv48),
        10 => h.Has(Extension.Sv57),
        _ => false,
    };

    /// <summary>A write with a mode that the hart does not have changes nothing.</summary>
    private static void WriteSatp(RiscVHart h, ulong value)
    {
        if (IsLegalSatp(h, value)) h.WriteSatp(value);
    }
}
