namespace Mimus.Isa.X86.Instructions;

/// <summary>What only a system does, and what identifies the processor.</summary>
internal static class SystemHelpers
{
    public static ulong Halt(EmulatedCpu cpu, ulong a, ulong b)
    {
        var x86 = (X86Cpu)cpu;
        if (!x86.TryRequireSystem()) return 0;
        x86.Registers.Activity = Activity.Halted;
        x86.WaitRequested = true;
        x86.RecheckInterrupts();
        return 0;
    }

    public static ulong Identify(EmulatedCpu cpu, ulong leaf, ulong part)
    {
        ((X86Cpu)cpu).Serialize();
        var (a, b, c, d) = CpuIdentification.Leaf((X86Cpu)cpu, (uint)leaf, (uint)part);
        ref var state = ref ((X86Cpu)cpu).Registers;
        state.General[Slot.Rax] = a;
        state.General[Slot.Rbx] = b;
        state.General[Slot.Rcx] = c;
        state.General[Slot.Rdx] = d;
        return 0;
    }

    /// <summary>No performance counters are there.</summary>
    public static ulong ReadCounter(EmulatedCpu cpu, ulong number, ulong unused)
    {
        ((X86Cpu)cpu).Refuse(Fault.GeneralProtection, 0);
        return 0;
    }

    public static ulong ReadExtendedControl(EmulatedCpu cpu, ulong number, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if ((x86.Registers.Cr4 & Cr4.XSave) == 0) x86.Refuse(Fault.InvalidOpcode, 0);
        else if ((uint)number > (x86.Has(X86Feature.Xgetbv1) ? 1u : 0)) x86.Refuse(Fault.GeneralProtection, 0);
        // All parts count as in use.
        return x86.Registers.Xcr0;
    }

    public static ulong WriteExtendedControl(EmulatedCpu cpu, ulong number, ulong value)
    {
        var x86 = (X86Cpu)cpu;
        if ((x86.Registers.Cr4 & Cr4.XSave) == 0) x86.Refuse(Fault.InvalidOpcode, 0);
        else if (x86.TryRequireSystem()) x86.TryWriteExtendedControl((uint)number, value);
        return 0;
    }

    public static ulong ReadControl(EmulatedCpu cpu, ulong number, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        return x86.TryRequireSystem() ? x86.ReadControl((int)number) : 0;
    }

    public static ulong WriteControl(EmulatedCpu cpu, ulong number, ulong value)
    {
        var x86 = (X86Cpu)cpu;
        if (x86.TryRequireSystem()) x86.WriteControl((int)number, value);
        return 0;
    }

    public static ulong ReadDebug(EmulatedCpu cpu, ulong number, ulong unused) => ((X86Cpu)cpu).ReadDebug((int)number);

    public static ulong WriteDebug(EmulatedCpu cpu, ulong number, ulong value)
    {
        ((X86Cpu)cpu).WriteDebug((int)number, value);
        return 0;
    }

    public static ulong StatusWord(EmulatedCpu cpu, ulong a, ulong b)
    {
        var x86 = (X86Cpu)cpu;
        return x86.TryRequireUnrestricted() ? x86.Registers.Cr0 : 0;
    }

    /// <summary>LMSW can set the protection bit, and not clear it.</summary>
    public static ulong LoadStatusWord(EmulatedCpu cpu, ulong value, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if (!x86.TryRequireSystem()) return 0;
        const ulong Writable = Cr0.Monitor | Cr0.Emulation | Cr0.TaskSwitched;
        var before = x86.Registers.Cr0;
        x86.WriteCr0((before & ~Writable) | (value & (Writable | Cr0.Protection)));
        return 0;
    }

    public static ulong ClearTaskSwitched(EmulatedCpu cpu, ulong a, ulong b)
    {
        var x86 = (X86Cpu)cpu;
        if (!x86.TryRequireSystem()) return 0;
        x86.Registers.Cr0 &= ~Cr0.TaskSwitched;
        x86.UpdateVectors();
        return 0;
    }

    public static ulong InvalidatePage(EmulatedCpu cpu, ulong address, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if (x86.TryRequireSystem()) x86.FlushPage(address);
        return 0;
    }

    public static ulong InvalidateContext(EmulatedCpu cpu, ulong type, ulong identifier)
    {
        const ulong LastType = 3;
        var x86 = (X86Cpu)cpu;
        if (!x86.TryRequireSystem()) return 0;
        if (type > LastType) x86.Refuse(Fault.GeneralProtection, 0);
        else x86.ForgetTranslations();
        return 0;
    }

    public static ulong RequireSystem(EmulatedCpu cpu, ulong a, ulong b) => ((X86Cpu)cpu).TryRequireSystem() ? 1u : 0u;

    /// <summary>Numbers that look random, and are the same in every run: a step of splitmix64 over the time-stamp counter.</summary>
    public static ulong Random(EmulatedCpu cpu, ulong a, ulong b)
    {
        var x = ((X86Cpu)cpu).TimeStamp * 0x9e3779b97f4a7c15;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
        x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
        return x ^ (x >> 31);
    }

    public static ulong LoadGlobalTable(EmulatedCpu cpu, ulong start, ulong limit)
    {
        var x86 = (X86Cpu)cpu;
        if (x86.TryRequireSystem()) (x86.Registers.GdtBase, x86.Registers.GdtLimit) = (start, limit);
        return 0;
    }

    public static ulong LoadInterruptTable(EmulatedCpu cpu, ulong start, ulong limit)
    {
        var x86 = (X86Cpu)cpu;
        if (x86.TryRequireSystem()) (x86.Registers.IdtBase, x86.Registers.IdtLimit) = (start, limit);
        return 0;
    }

    public static ulong TableBase(EmulatedCpu cpu, ulong table, ulong unused)
    {
        var x86 = (X86Cpu)cpu;
        if (!x86.TryRequireUnrestricted()) return 0;
        return table == 0 ? x86.Registers.GdtBase : x86.Registers.IdtBase;
    }

    public static ulong TableLimit(EmulatedCpu cpu, ulong table, ulong unused) =>
        table == 0 ? ((X86Cpu)cpu).Registers.GdtLimit : ((X86Cpu)cpu).Registers.IdtLimit;
}
