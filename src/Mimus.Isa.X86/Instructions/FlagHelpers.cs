namespace Mimus.Isa.X86.Instructions;

/// <summary>Flags that privilege protects.</summary>
public static class FlagHelpers
{
    /// <summary>The arithmetic flags, where their kind is not known beforehand.</summary>
    public static ulong Read(EmulatedCpu cpu, ulong unused, ulong unused2) => ((X86Cpu)cpu).FlagReader!.ReadFlags();

    /// <summary>What PUSHF pushes.</summary>
    public static ulong ToPush(EmulatedCpu cpu, ulong size, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if (!TryVirtual(x86)) return 0;
        ref var state = ref x86.Registers;
        return x86.FlagReader!.ReadFlags() | EFlags.Fixed | (state.SystemFlags & ~(EFlags.Virtual8086 | EFlags.Resume)) | ((long)state.Direction < 0 ? EFlags.Direction : 0);
    }

    /// <summary>Takes over what POPF has popped, all but the arithmetic flags.</summary>
    public static ulong Popped(EmulatedCpu cpu, ulong flags, ulong size)
    {
        var x86 = (X86Cpu)cpu;
        if (TryVirtual(x86)) x86.SetFlags(flags & ~EFlags.Resume, (int)size, x86.Cpl);
        return 0;
    }

    public static ulong DisableInterrupts(EmulatedCpu cpu, ulong a, ulong b)
    {
        var x86 = (X86Cpu)cpu;
        if (TryPrivileged(x86)) x86.Registers.SystemFlags &= ~EFlags.Interrupt;
        return 0;
    }

    public static ulong EnableInterrupts(EmulatedCpu cpu, ulong a, ulong b)
    {
        var x86 = (X86Cpu)cpu;
        if (!TryPrivileged(x86)) return 0;
        if ((x86.Registers.SystemFlags & EFlags.Interrupt) == 0) x86.Registers.InterruptShadow = 1;
        x86.Registers.SystemFlags |= EFlags.Interrupt;
        return 0;
    }

    /// <summary>STAC and CLAC.</summary>
    public static ulong SetAccess(EmulatedCpu cpu, ulong on, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if (x86.Cpl != 0 || x86.IsVirtual8086) x86.Refuse(Fault.InvalidOpcode, 0);
        else if (on != 0) x86.Registers.SystemFlags |= EFlags.AlignmentCheck;
        else x86.Registers.SystemFlags &= ~EFlags.AlignmentCheck;
        return 0;
    }

    private static bool TryVirtual(X86Cpu cpu) => !cpu.IsVirtual8086 || (cpu.Registers.SystemFlags & EFlags.IoPrivilege) == EFlags.IoPrivilege
        || cpu.Refuse(Fault.GeneralProtection, 0);

    private static bool TryPrivileged(X86Cpu cpu) =>
        cpu.Cpl <= (cpu.Registers.SystemFlags & EFlags.IoPrivilege) >> EFlags.IoPrivilegeShift || cpu.Refuse(Fault.GeneralProtection, 0);
}
