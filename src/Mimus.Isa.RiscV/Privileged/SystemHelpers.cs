namespace Mimus.Isa.RiscV.Privileged;

/// <summary>What the system instructions call: each first checks whether the mode may do it.</summary>
internal static class SystemHelpers
{
    public const int IdentifierShift = 8;

    public static ulong AccessCsr(EmulatedCpu cpu, ulong numberAndAccess, ulong operand)
    {
        var hart = (RiscVHart)cpu;
        var access = (CsrAccess)(numberAndAccess >> 12);
        var csr = CsrTable.Find(hart, (int)numberAndAccess);
        if (csr is null || hart.Privilege < csr.LowestPrivilege || (access != CsrAccess.ReadOnly && csr.IsReadOnly) || csr.Allowed?.Invoke(hart) == false)
        {
            hart.RaiseIllegalInstruction();
            return 0;
        }

        var old = (access & CsrAccess.NoRead) != 0 ? 0 : csr.Load(hart);
        switch (access & ~CsrAccess.NoRead)
        {
            case CsrAccess.Write: csr.Store(hart, operand, operand, ~operand); break;
            case CsrAccess.Set: csr.Store(hart, old | operand, operand, 0); break;
            case CsrAccess.Clear: csr.Store(hart, old & ~operand, 0, operand); break;
        }
        return old;
    }

    public static ulong EnvironmentCall(EmulatedCpu cpu, ulong a, ulong b)
    {
        var hart = (RiscVHart)cpu;
        if (hart.Privilege == Privilege.Supervisor && hart.Firmware is { } firmware) firmware.Call(hart);
        else hart.RaiseTrap(Cause.EnvironmentCallFromU + (int)hart.Privilege, 0);
        return 0;
    }

    public static ulong MachineReturn(EmulatedCpu cpu, ulong a, ulong b)
    {
        var hart = (RiscVHart)cpu;
        if (hart.Privilege == Privilege.Machine) return hart.ReturnFromMachine();
        hart.RaiseIllegalInstruction();
        return 0;
    }

    public static ulong SupervisorReturn(EmulatedCpu cpu, ulong a, ulong b)
    {
        var hart = (RiscVHart)cpu;
        if (IsSupervisorAllowed(hart, Mstatus.Tsr)) return hart.ReturnFromSupervisor();
        hart.RaiseIllegalInstruction();
        return 0;
    }

    public static ulong WaitForInterrupt(EmulatedCpu cpu, ulong a, ulong b)
    {
        var hart = (RiscVHart)cpu;
        if (hart.MayWait) hart.WaitRequested = true;
        else hart.RaiseIllegalInstruction();
        return 0;
    }

    /// <summary>The first operand has an extent in its lowest byte and, above, the address-space identifier that it may be about.</summary>
    public static ulong FenceTranslations(EmulatedCpu cpu, ulong extentAndIdentifier, ulong address)
    {
        var hart = (RiscVHart)cpu;
        var extent = (FenceExtent)(byte)extentAndIdentifier;
        // Ordering alone is not trapped by TVM (Privileged manual, section 10.2).
        if (IsSupervisorAllowed(hart, extent == FenceExtent.None ? 0 : Mstatus.Tvm)) hart.FenceTranslations(extent, extentAndIdentifier >> IdentifierShift, address);
        else hart.RaiseIllegalInstruction();
        return 0;
    }

    public static ulong FenceInstructions(EmulatedCpu cpu, ulong a, ulong b)
    {
        ((RiscVHart)cpu).FenceInstructions();
        return 0;
    }

    /// <summary>Checks a cache-block operation's permission and translation (Zicbom, Zicboz).</summary>
    public static ulong CheckCacheBlock(EmulatedCpu cpu, ulong operation, ulong address)
    {
        var hart = (RiscVHart)cpu;
        var needed = (CacheBlock)operation switch
        {
            CacheBlock.Invalidate => EnvironmentConfiguration.CacheInvalidate,
            CacheBlock.Clean => EnvironmentConfiguration.CacheClean,
            _ => EnvironmentConfiguration.CacheZero,
        };
        ref var state = ref hart.Registers;
        var forbidden = (hart.Privilege < Privilege.Machine && (state.Menvcfg & needed) == 0)
            || (hart.Privilege == Privilege.User && hart.Has(Extension.S) && (state.Senvcfg & needed) == 0);
        if (forbidden) hart.RaiseIllegalInstruction();
        // The value of a trap is the address in the register, not the block's (section 19.5.2): so faults come here, before the stores.
        else if ((CacheBlock)operation == CacheBlock.Zero) hart.TryTranslate(address, 1, MemoryAccess.Store, out _);
        else if (!hart.TryTranslate(address, 1, MemoryAccess.Load, out _)) hart.BlockFault(address);
        return 0;
    }

    /// <summary>Machine mode may always; supervisor mode unless the given bit of mstatus traps it.</summary>
    private static bool IsSupervisorAllowed(RiscVHart hart, ulong trapBit) => hart.Privilege switch
    {
        Privilege.Machine => true,
        Privilege.Supervisor => (hart.Registers.Mstatus & trapBit) == 0,
        _ => false,
    };
}
