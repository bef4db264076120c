namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>Which control registers random instructions may touch.</summary>
public sealed class CsrRules
{
    private readonly int[] _open, _readable;

    private CsrRules(int[] open, int[] readable)
    {
        _open = open;
        _readable = readable;
    }

    /// <summary>
    /// All that <see cref="Harness"/> can stand. What it rests on may only be read: trap vectors and their scratch, where traps return
    /// to, what is delegated (a call from the supervisor's handler must come to machine mode), page tables, memory protection.
    /// </summary>
    public static CsrRules Standard { get; } = new(
    [
        CsrNumber.Fflags, CsrNumber.Frm, CsrNumber.Fcsr, CsrNumber.Sstatus, CsrNumber.Sie, CsrNumber.Scounteren, CsrNumber.Senvcfg,
        CsrNumber.Sscratch, CsrNumber.Scause, CsrNumber.Stval, CsrNumber.Sip, CsrNumber.Mstatus, CsrNumber.Misa, CsrNumber.Mideleg,
        CsrNumber.Mie, CsrNumber.Mcounteren, CsrNumber.Menvcfg, CsrNumber.Mstateen0, CsrNumber.Mcountinhibit,
        CsrNumber.Mcause, CsrNumber.Mtval, CsrNumber.Mip,
    ],
    [
        CsrNumber.Stvec, CsrNumber.Sepc, CsrNumber.Satp, CsrNumber.Medeleg, CsrNumber.Mtvec, CsrNumber.Mscratch, CsrNumber.Mepc,
        CsrNumber.Pmpcfg0, CsrNumber.Pmpaddr0, CsrNumber.Pmpaddr0 + 1, CsrNumber.Mhartid,
    ]);

    /// <summary>The same rules, but that these registers may only be read.</summary>
    public CsrRules WithReadable(params int[] numbers) => new([.. _open.Except(numbers)], [.. _readable.Union(numbers)]);

    public int Pick(Random random) => random.Next(10) switch
    {
        < 2 => CsrNumber.Fflags + random.Next(3),
        < 8 => _open[random.Next(_open.Length)],
        < 9 => _readable[random.Next(_readable.Length)],
        _ => random.Next(4096),
    };

    public bool MayRead(int number) => _open.Contains(number) || _readable.Contains(number) || IsAbsent(number);

    public bool MayWrite(int number) => _open.Contains(number) || IsAbsent(number);

    /// <summary>
    /// The register that an instruction may write to a control register, and the immediate bits, where other bits are kept by QEMU
    /// although they are read-only zero without an extension that neither machine has: interrupts of the hypervisor and of AIA in mie, mip
    /// and mideleg, CDE in menvcfg, C in mstateen0. And FS is never made clean or initial, since then it shows whether instructions that
    /// only may raise flags make it dirty: the manual lets them (section 3.1.6.6), Mimus does, QEMU does not. UXL and SXL may be fixed, as
    /// they are in Mimus, or choose 32 bits, as in QEMU.
    /// </summary>
    public static bool HasLegalValue(int number, out int register, out uint immediateMask)
    {
        (register, immediateMask) = number switch
        {
            CsrNumber.Mie or CsrNumber.Mip or CsrNumber.Mideleg or CsrNumber.Sie or CsrNumber.Sip => (Pointers.InterruptBits, 0u),
            CsrNumber.Mstatus or CsrNumber.Sstatus => (Pointers.StatusBits, 31u),
            CsrNumber.Menvcfg => (Pointers.EnvironmentBits, 0x11u),
            CsrNumber.Mstateen0 => (Pointers.StateEnableBits, 0u),
            _ => (0, 0u),
        };
        return register != 0;
    }

    /// <summary>
    /// Not registers of either machine, so that the access must trap. Out of this are: the counters and stimecmp, which run with
    /// the wall clock; event counters, of which the implementation chooses the number; the triggers, likewise; what identifies the
    /// implementation; memory protection beyond the entry in use; registers of extensions that QEMU has and Mimus does not
    /// (seed, mseccfg, the state-enable registers that have no fields), and the upper halves of state-enable registers, which QEMU
    /// shows to 64 bits too.
    /// </summary>
    private bool IsAbsent(int number) => number switch
    {
        >= 0xb00 and <= 0xb9f or >= 0xc00 and <= 0xc9f or >= 0x320 and <= 0x33f or >= 0x720 and <= 0x73f => false,
        >= 0x7a0 and <= 0x7af or >= 0x3a0 and <= 0x3ef or >= 0xf11 and <= 0xf15 => false,
        >= 0x30d and <= 0x30f or >= 0x31c and <= 0x31f or >= 0x10c and <= 0x10f or CsrNumber.Stimecmp or 0x747 or 0x757 or 0xda0 => false,
        _ => !_open.Contains(number) && !_readable.Contains(number),
    };
}
