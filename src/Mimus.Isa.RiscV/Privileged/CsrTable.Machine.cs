namespace Mimus.Isa.RiscV.Privileged;

/// <content>Machine-level registers (Privileged manual, chapter 3).</content>
internal static partial class CsrTable
{
    private const ulong EnvironmentBits = EnvironmentConfiguration.FenceOfIo | EnvironmentConfiguration.CacheInvalidate
        | EnvironmentConfiguration.CacheClean | EnvironmentConfiguration.CacheZero;

    /// <summary>Exceptions that can be delegated: all that exist but the calls from M.</summary>
    private const ulong DelegableExceptions = 0xb3ff;

    private const ulong DelegableInterrupts = Interrupt.SupervisorBits | 1ul << Interrupt.CounterOverflow;

    private static IEnumerable<Csr> MachineRows() =>
    [
        new(0xf11, "mvendorid", _ => 0),
        new(0xf12, "marchid", _ => 0),
        new(0xf13, "mimpid", _ => 0),
        new(0xf14, "mhartid", h => (ulong)h.Index),
        new(0xf15, "mconfigptr", _ => 0),
        new(0x300, "mstatus", null, WriteMstatus)
        {
            Slot = Slot.Mstatus, Writable = Mstatus.MachineWritable, Checked = Mstatus.Mpp, Enabling = Mstatus.Sie | Mstatus.Mie,
            Steering = Mstatus.Translating, ShowsFloatStatus = true,
        },
        new(0x301, "misa", ReadMisa, (_, _) => { }),
        new(0x302, "medeleg", Slot.Medeleg, DelegableExceptions, Extension.S),
        new(0x303, "mideleg", null, WriteMideleg, Extension.S) { Slot = Slot.Mideleg, Checked = AllBits },
        new(0x304, "mie", null, (h, v) => WriteMie(h, v, InterruptMask(h, AllBits))) { Slot = Slot.Mie, Checked = AllBits },
        new(0x305, "mtvec", null, (h, v) => WriteVector(ref h.Registers.Mtvec, v)) { Slot = Slot.Mtvec, Checked = AllBits, EndsBlock = false },
        new(0x306, "mcounteren", Slot.Mcounteren, uint.MaxValue, Extension.U),
        new(0x30a, "menvcfg", null, WriteMenvcfg, Extension.U) { Slot = Slot.Menvcfg, Checked = AllBits },
        new(0x30c, "mstateen0", h => h.Registers.StateEnables[0], (h, v) => h.Registers.StateEnables[0] = v & (1ul << 63 | 1ul << 62), Extension.Smstateen),
        new(0x30d, "mstateen1", h => h.Registers.StateEnables[1], (h, v) => h.Registers.StateEnables[1] = v & (1ul << 63), Extension.Smstateen),
        new(0x30e, "mstateen2", h => h.Registers.StateEnables[2], (h, v) => h.Registers.StateEnables[2] = v & (1ul << 63), Extension.Smstateen),
        new(0x30f, "mstateen3", h => h.Registers.StateEnables[3], (h, v) => h.Registers.StateEnables[3] = v & (1ul << 63), Extension.Smstateen),
        new(0x340, "mscratch", Slot.Mscratch, AllBits),
        new(0x341, "mepc", Slot.Mepc, ~1ul) { Read = h => h.Registers.Mepc & h.InstructionAddressMask },
        new(0x342, "mcause", Slot.Mcause, AllBits),
        new(0x343, "mtval", Slot.Mtval, AllBits),
        new(0x344, "mip", h => h.PendingInterrupts) { Change = (h, set, clear) => h.ChangePending(set, clear, InterruptMask(h, SoftwareSettable(h))) },
    ];

    private static void WriteMstatus(RiscVHart h, ulong value)
    {
        var mask = Mstatus.MachineWritable;
        var mpp = (value & Mstatus.Mpp) >> Mstatus.MppShift;
        var legal = mpp switch { 3 => true, 1 => h.Has(Extension.S), 0 => h.Has(Extension.U), _ => false };
        if (!legal) mask &= ~Mstatus.Mpp;
        if (!h.Has(Extension.S)) mask &= ~(Mstatus.Sie | Mstatus.Spie | Mstatus.Spp | Mstatus.Sum | Mstatus.Mxr | Mstatus.Tvm | Mstatus.Tsr);
        WriteStatus(h, value, mask);
    }

    private static void WriteStatus(RiscVHart h, ulong value, ulong mask)
    {
        ref var s = ref h.Registers;
        var old = s.Mstatus;
        s.Mstatus = Merge(old, value, mask);
        if (h.Has(Extension.F)) s.FloatStatus = Mstatus.FloatStatusOf(value);
        if ((s.Mstatus & ~old & (Mstatus.Sie | Mstatus.Mie)) != 0) h.RecheckInterrupts();
    }

    private static ulong ReadMisa(RiscVHart h)
    {
        var value = 2ul << 62;
        (Extension, char)[] letters = [(Extension.I, 'I'), (Extension.M, 'M'), (Extension.A, 'A'), (Extension.F, 'F'), (Extension.D, 'D'), (Extension.C, 'C'), (Extension.S, 'S'), (Extension.U, 'U')];
        foreach (var (extension, letter) in letters)
        {
            if (h.Has(extension)) value |= 1ul << (letter - 'A');
        }
        return value;
    }

    private static ulong InterruptMask(RiscVHart h, ulong wanted)
    {
        var mask = Interrupt.MachineBits;
        if (h.Has(Extension.S)) mask |= Interrupt.SupervisorBits;
        if (h.Has(Extension.Sscofpmf)) mask |= 1ul << Interrupt.CounterOverflow;
        return mask & wanted;
    }

    /// <summary>Bits of mip that software may set: the machine's own come from wires, and stimecmp owns STIP once enabled.</summary>
    private static ulong SoftwareSettable(RiscVHart h) =>
        DelegableInterrupts & (h.SupervisorTimerEnabled ? ~(1ul << Interrupt.SupervisorTimer) : ulong.MaxValue);

    private static void WriteMideleg(RiscVHart h, ulong value)
    {
        h.Registers.Mideleg = value & InterruptMask(h, DelegableInterrupts);
        h.RecheckInterrupts();
    }

    private static void WriteMie(RiscVHart h, ulong value, ulong mask)
    {
        h.Registers.Mie = Merge(h.Registers.Mie, value, mask);
        h.RecheckInterrupts();
    }

    /// <summary>Direct and vectored are the modes that exist; a write of another keeps the old mode.</summary>
    private static void WriteVector(ref ulong vector, ulong value)
    {
        if ((value & 2) == 0) vector = value;
    }

    private static void WriteMenvcfg(RiscVHart h, ulong value)
    {
        var mask = EnvironmentConfiguration.FenceOfIo;
        if (h.Has(Extension.Zicbom)) mask |= EnvironmentConfiguration.CacheInvalidate | EnvironmentConfiguration.CacheClean;
        if (h.Has(Extension.Zicboz)) mask |= EnvironmentConfiguration.CacheZero;
        if (h.Has(Extension.Sstc)) mask |= EnvironmentConfiguration.SupervisorTimer;
        if (h.Has(Extension.Svadu)) mask |= EnvironmentConfiguration.HardwareDirty;
        if (h.Has(Extension.Svpbmt)) mask |= EnvironmentConfiguration.PageTypes;
        var old = h.Registers.Menvcfg;
        h.Registers.Menvcfg = Merge(old, value, mask);
        if (((old ^ h.Registers.Menvcfg) & (EnvironmentConfiguration.HardwareDirty | EnvironmentConfiguration.PageTypes)) != 0) h.ForgetTranslations();
        h.ArmSupervisorTimer();
    }
}
