namespace Mimus.Isa.RiscV.Privileged;

/// <content>Floating-point registers (Unprivileged manual, chapter 20.2). They need mstatus.FS.</content>
internal static partial class CsrTable
{
    private const ulong FlagBits = 0x1f;
    private const ulong RoundingBits = 7;

    private static IEnumerable<Csr> FloatRows() =>
    [
        new(0x001, "fflags", h => h.Registers.FloatFlags, (h, v) => WriteFloat(h, v & FlagBits, h.Registers.RoundingMode), Extension.F, HasFloat) { EndsBlock = false },
        new(0x002, "frm", h => h.Registers.RoundingMode, (h, v) => WriteFloat(h, h.Registers.FloatFlags, v & RoundingBits), Extension.F, HasFloat) { EndsBlock = false },
        new(0x003, "fcsr", h => (h.Registers.RoundingMode << 5) | h.Registers.FloatFlags,
            (h, v) => WriteFloat(h, v & FlagBits, (v >> 5) & RoundingBits), Extension.F, HasFloat) { EndsBlock = false },
    ];

    private static bool HasFloat(RiscVHart h) => h.Registers.FloatStatus != 0;

    private static void WriteFloat(RiscVHart h, ulong flags, ulong rounding)
    {
        h.Registers.FloatFlags = flags;
        h.Registers.RoundingMode = rounding;
        h.Registers.FloatStatus = Mstatus.FloatDirty;
    }
}
