namespace Mimus.Isa.X86.Instructions;

/// <summary>Transfers between segments and privileges: each gives the new instruction pointer, or has a fault pending.</summary>
internal static class TransferHelpers
{
    public static ulong Jump(EmulatedCpu cpu, ulong selector, ulong offset)
    {
        ((X86Cpu)cpu).TryFarTransfer((ushort)selector, offset, 0, out var target);
        return target;
    }

    /// <summary>The size of what is pushed is above the selector.</summary>
    public static ulong Call(EmulatedCpu cpu, ulong selector, ulong offset)
    {
        ((X86Cpu)cpu).TryFarTransfer((ushort)selector, offset, (int)(selector >> 32), out var target);
        return target;
    }

    public static ulong Return(EmulatedCpu cpu, ulong size, ulong release)
    {
        ((X86Cpu)cpu).TryFarReturn((int)size, release, isInterrupt: false, out var target);
        return target;
    }

    public static ulong ReturnFromInterrupt(EmulatedCpu cpu, ulong size, ulong unused)
    {
        ((X86Cpu)cpu).TryFarReturn((int)size, 0, isInterrupt: true, out var target);
        return target;
    }

    public static ulong Interrupt(EmulatedCpu cpu, ulong vector, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if (x86.IsVirtual8086 && (x86.Registers.SystemFlags & EFlags.IoPrivilege) != EFlags.IoPrivilege)
        {
            x86.Refuse(Fault.GeneralProtection, 0);
            return 0;
        }
        x86.TryInterrupt((int)vector, InterruptKind.Software, 0, hasError: false, x86.Registers.Rip, out var target);
        return target;
    }

    public static ulong SoftwareException(EmulatedCpu cpu, ulong vector, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        x86.TryInterrupt((int)vector, InterruptKind.SoftwareException, 0, hasError: false, x86.Registers.Rip, out var target);
        return target;
    }

    public static ulong LeaveManagement(EmulatedCpu cpu, ulong a, ulong b)
    {
        ((X86Cpu)cpu).TryLeaveManagement(out var target);
        return target;
    }

    public static ulong SystemCall(EmulatedCpu cpu, ulong a, ulong b)
    {
        ((X86Cpu)cpu).TrySystemCall(out var target);
        return target;
    }

    public static ulong SystemReturn(EmulatedCpu cpu, ulong a, ulong b)
    {
        ((X86Cpu)cpu).TrySystemReturn(out var target);
        return target;
    }

    public static ulong SystemEnter(EmulatedCpu cpu, ulong a, ulong b)
    {
        ((X86Cpu)cpu).TrySystemEnter(out var target);
        return target;
    }

    public static ulong SystemExit(EmulatedCpu cpu, ulong size, ulong b)
    {
        ((X86Cpu)cpu).TrySystemExit((int)size, out var target);
        return target;
    }
}
