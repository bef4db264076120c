namespace Mimus.TestSupport.RiscV;

/// <summary>A control register that is set before a block and compared after it.</summary>
/// <param name="Name">The manual's name, which is also the debugger's.</param>
/// <param name="Number">Its number.</param>
public sealed record ComparedCsr(string Name, int Number)
{
    /// <summary>
    /// In the order in which they have to be set: floating-point flags before mstatus, since writing them makes FS dirty; the
    /// delegations before what they show. Not here are the counters, time and stimecmp, which run with the wall clock; the
    /// triggers, whose number is the implementation's; sstateen0, in which QEMU keeps bits that only mstateen0 has; and what identifies
    /// the implementation.
    /// </summary>
    public static IReadOnlyList<ComparedCsr> All { get; } =
    [
        new("menvcfg", CsrNumber.Menvcfg), new("mideleg", CsrNumber.Mideleg), new("medeleg", CsrNumber.Medeleg),
        new("mie", CsrNumber.Mie), new("mip", CsrNumber.Mip), new("mtvec", CsrNumber.Mtvec), new("mscratch", CsrNumber.Mscratch),
        new("mepc", CsrNumber.Mepc), new("mcause", CsrNumber.Mcause), new("mtval", CsrNumber.Mtval), new("mcounteren", CsrNumber.Mcounteren),
        new("mcountinhibit", CsrNumber.Mcountinhibit), new("mstateen0", CsrNumber.Mstateen0),
        new("stvec", CsrNumber.Stvec), new("sscratch", CsrNumber.Sscratch), new("sepc", CsrNumber.Sepc), new("scause", CsrNumber.Scause),
        new("stval", CsrNumber.Stval), new("scounteren", CsrNumber.Scounteren), new("senvcfg", CsrNumber.Senvcfg), new("satp", CsrNumber.Satp),
        new("pmpaddr0", CsrNumber.Pmpaddr0), new("pmpcfg0", CsrNumber.Pmpcfg0), new("misa", CsrNumber.Misa),
        new("fflags", CsrNumber.Fflags), new("frm", CsrNumber.Frm), new("mstatus", CsrNumber.Mstatus),
    ];

    public static int IndexOf(int number)
    {
        for (var i = 0; i < All.Count; i++)
        {
            if (All[i].Number == number) return i;
        }
        throw new ArgumentOutOfRangeException(nameof(number));
    }
}
