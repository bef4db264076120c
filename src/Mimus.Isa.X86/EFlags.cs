namespace Mimus.Isa.X86;

/// <summary>The bits of RFLAGS (SDM volume 1, 3.4.3).</summary>
public static class EFlags
{
    public const ulong Carry = 1, Fixed = 2, Parity = 4, Adjust = 16, Zero = 64, Sign = 128, Trap = 0x100, Interrupt = 0x200, Direction = 0x400,
        Overflow = 0x800, IoPrivilege = 0x3000, NestedTask = 0x4000, Resume = 0x10000, Virtual8086 = 0x20000, AlignmentCheck = 0x40000,
        VirtualInterrupt = 0x80000, VirtualInterruptPending = 0x100000, Identification = 0x200000;

    public const int IoPrivilegeShift = 12;

    /// <summary>The flags that arithmetic sets.</summary>
    public const ulong Arithmetic = Carry | Parity | Adjust | Zero | Sign | Overflow;

    /// <summary>All that exist, beside the arithmetic ones and DF.</summary>
    public const ulong System = Trap | Interrupt | IoPrivilege | NestedTask | Resume | Virtual8086 | AlignmentCheck | VirtualInterrupt | VirtualInterruptPending
        | Identification;
}
