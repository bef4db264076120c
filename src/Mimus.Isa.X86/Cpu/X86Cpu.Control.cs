using Mimus.Core.Cpus;

namespace Mimus.Isa.X86;

/// <content>Control and debug registers (SDM volume 3, 2.5 and 18.2).</content>
public sealed unsafe partial class X86Cpu
{
    internal ulong ReadControl(int number)
    {
        switch (number)
        {
            case 0: return _state->Cr0;
            case 2: return _state->Cr2;
            case 3: return _state->Cr3;
            case 4: return _state->Cr4;
            case 8: return InterruptController?.PriorityClass ?? _state->Cr8;
            default:
                RaiseTrap(Fault.InvalidOpcode, 0);
                return 0;
        }
    }

    internal void WriteControl(int number, ulong value)
    {
        Caches.FlushCode();
        switch (number)
        {
            case 0: WriteCr0(value); break;
            case 2: _state->Cr2 = value; break;
            case 3:
                if (IsLongActive && ((value & ~(1ul << 63)) >> CpuModel.PhysicalAddressBits) != 0) RaiseTrap(Fault.GeneralProtection, 0);
                else SetRoot(value);
                break;
            case 4: WriteCr4(value); break;
            case 8:
                if (value > 15) RaiseTrap(Fault.GeneralProtection, 0);
                else if (InterruptController is { } controller) controller.PriorityClass = (byte)value;
                _state->Cr8 = value & 15;
                break;
            default: RaiseTrap(Fault.InvalidOpcode, 0); break;
        }
    }

    internal void WriteCr0(ulong value)
    {
        value = (value & Cr0.All) | Cr0.Extension;
        var pagesWithoutProtection = (value & Cr0.Paging) != 0 && (value & Cr0.Protection) == 0;
        var writesThroughUncached = (value & Cr0.NotWriteThrough) != 0 && (value & Cr0.CacheDisable) == 0;
        var turnsOnLong = (value & ~_state->Cr0 & Cr0.Paging) != 0 && (_state->Efer & Efer.LongEnable) != 0;
        var codeIsLong = (_state->Segment(SegmentNumber.Cs).Attributes & Descriptor.Long) != 0;
        var turnsOffInLong = (value & Cr0.Paging) == 0 && IsLongCode;
        if (pagesWithoutProtection || writesThroughUncached || turnsOffInLong || (turnsOnLong && ((_state->Cr4 & Cr4.PhysicalExtension) == 0 || codeIsLong)))
        {
            RaiseTrap(Fault.GeneralProtection, 0);
            return;
        }
        var changed = value ^ _state->Cr0;
        _state->Cr0 = value;
        if (turnsOnLong) _state->Efer |= Efer.LongActive;
        if ((value & Cr0.Paging) == 0) _state->Efer &= ~Efer.LongActive;
        if ((changed & Cr0.Protection) != 0 && (value & Cr0.Protection) == 0) _state->Cpl = 0;
        if ((changed & (Cr0.Paging | Cr0.Protection | Cr0.WriteProtect)) != 0) ForgetTranslations();
        ModeChanged();
    }

    internal bool TryWriteExtendedControl(ulong number, ulong value)
    {
        const ulong Legacy = 1, Sse = 2, Avx = 4;
        var possible = Legacy | Sse | (Has(X86Feature.Avx) ? Avx : 0);
        if (number != 0 || (value & ~possible) != 0 || (value & Legacy) == 0 || ((value & Avx) != 0 && (value & Sse) == 0)) return Refuse(Fault.GeneralProtection, 0);
        _state->Xcr0 = value;
        UpdateVectors();
        return true;
    }

    internal ulong ReadDebug(int number)
    {
        if (!TryDebugAccess(ref number)) return 0;
        return number < 4 ? _state->DebugAddresses[number] : number == 6 ? _state->Dr6 : _state->Dr7;
    }

    internal void WriteDebug(int number, ulong value)
    {
        const ulong StatusFixed = 0xffff0ff0, StatusBits = 0xe00f, ControlFixed = 0x400, ControlBits = 0xffff2bff;
        if (!TryDebugAccess(ref number)) return;
        if (number < 4) _state->DebugAddresses[number] = value;
        else if ((value >> 32) != 0) RaiseTrap(Fault.GeneralProtection, 0);
        else if (number == 6) _state->Dr6 = StatusFixed | (value & StatusBits);
        else _state->Dr7 = ControlFixed | (value & ControlBits);
        BreakpointsChanged();
    }

    /// <summary>A task switch leaves only the breakpoints that are global.</summary>
    private void EndLocalBreakpoints()
    {
        const ulong Local = 0x55;
        if ((_state->Dr7 & Local) == 0) return;
        _state->Dr7 &= ~Local;
        BreakpointsChanged();
    }

    private void BreakpointsChanged()
    {
        WatchesData = HasDataBreakpoint;
        Caches.FlushTranslations();
        Caches.ForgetCode();
    }

    /// <summary>An instruction at which one of the guest's breakpoints stands.</summary>
    public override bool MayTrigger(ulong pc)
    {
        for (var i = 0; i < 4; i++)
        {
            if (IsExecutionBreakpoint(i) && ((_state->DebugAddresses[i] ^ pc) & 0xfff) == 0) return true;
        }
        return false;
    }

    public override bool RaiseTriggered(ulong pc)
    {
        if ((_state->SystemFlags & EFlags.Resume) != 0) return false;
        var linear = pc + (IsLongCode ? 0 : _state->Segment(SegmentNumber.Cs).Base);
        for (var i = 0; i < 4; i++)
        {
            if (!IsExecutionBreakpoint(i) || _state->DebugAddresses[i] != linear) continue;
            _state->Dr6 |= 1ul << i;
            RaiseTrap(Fault.Debug, 0);
            return true;
        }
        return false;
    }

    public override bool ChecksAlignment => _state->Cpl == 3 && (_state->Cr0 & Cr0.AlignmentMask) != 0 && (_state->SystemFlags & EFlags.AlignmentCheck) != 0;

    public override bool WatchesPage(ulong page)
    {
        for (var i = 0; i < 4; i++)
        {
            if (IsDataBreakpoint(i, out _) && ((_state->DebugAddresses[i] ^ page) & ~0xffful) == 0) return true;
        }
        return false;
    }

    /// <summary>Data breakpoints are traps: the instruction ends, and then the exception comes (SDM volume 3, 18.2.5 and 18.3.1.2).</summary>
    public override void NoteAccess(ulong address, int size, bool isStore)
    {
        for (var i = 0; i < 4; i++)
        {
            if (!IsDataBreakpoint(i, out var onlyStores) || (onlyStores && !isStore)) continue;
            var length = DebugLength(i);
            var start = _state->DebugAddresses[i] & ~(length - 1);
            if (address < start + length && start < address + (ulong)size) _debugHits |= 1ul << i;
        }
        if (_debugHits != 0) Signal.Raise(Attention.Interrupts);
    }

    private bool HasDataBreakpoint
    {
        get
        {
            for (var i = 0; i < 4; i++)
            {
                if (IsDataBreakpoint(i, out _)) return true;
            }
            return false;
        }
    }

    private bool IsDataBreakpoint(int number, out bool onlyStores)
    {
        const ulong Stores = 1, Accesses = 3;
        var condition = (_state->Dr7 >> (16 + (4 * number))) & 3;
        onlyStores = condition == Stores;
        return IsBreakpointEnabled(number) && condition is Stores or Accesses;
    }

    private ulong DebugLength(int number) => ((_state->Dr7 >> (18 + (4 * number))) & 3) switch
    {
        0 => 1,
        1 => 2,
        2 => 8,
        _ => 4,
    };

    private bool IsBreakpointEnabled(int number) => ((_state->Dr7 >> (2 * number)) & 3) != 0;

    private bool IsExecutionBreakpoint(int number) => IsBreakpointEnabled(number) && ((_state->Dr7 >> (16 + (4 * number))) & 15) == 0;

    private bool TryDebugAccess(ref int number)
    {
        const ulong GeneralDetect = 1 << 13;
        if (!TryRequireSystem()) return false;
        if (number is 4 or 5)
        {
            if ((_state->Cr4 & Cr4.DebuggingExtensions) != 0) return Refuse(Fault.InvalidOpcode, 0);
            number += 2;
        }
        if (number > 7) return Refuse(Fault.InvalidOpcode, 0);
        if ((_state->Dr7 & GeneralDetect) == 0) return true;
        _state->Dr7 &= ~GeneralDetect;
        _state->Dr6 |= GeneralDetect;
        return Refuse(Fault.Debug, 0);
    }

    private void WriteCr4(ulong value)
    {
        if ((value & ~PossibleCr4()) != 0 || (IsLongActive && (value & Cr4.PhysicalExtension) == 0) || (IsLongActive && ((value ^ _state->Cr4) & Cr4.La57) != 0)
            || ((value & ~_state->Cr4 & Cr4.ContextIdentifiers) != 0 && (!IsLongActive || (_state->Cr3 & 0xfff) != 0)))
        {
            RaiseTrap(Fault.GeneralProtection, 0);
            return;
        }
        var changed = value ^ _state->Cr4;
        _state->Cr4 = value;
        if ((changed & Cr4.Paging) != 0) ForgetTranslations();
        UpdateVectors();
    }

    /// <summary>The bits of IA32_EFER that can be set.</summary>
    internal ulong PossibleEfer() => (Has(X86Feature.Syscall) ? Efer.SystemCall : 0) | (Has(X86Feature.LongMode) ? Efer.LongEnable : 0)
        | (Has(X86Feature.Nx) ? Efer.NoExecute : 0) | Efer.FastFxSave;

    private ulong PossibleCr4()
    {
        var possible = Cr4.MachineCheck | Cr4.PerformanceCounter;
        foreach (var (feature, bits) in (ReadOnlySpan<(X86Feature, ulong)>)
        [
            (X86Feature.Tsc, Cr4.TimeStampDisable), (X86Feature.De, Cr4.DebuggingExtensions), (X86Feature.Pse, Cr4.PageSizes), (X86Feature.Pae, Cr4.PhysicalExtension),
            (X86Feature.Pge, Cr4.GlobalPages), (X86Feature.Fxsr, Cr4.FxSave), (X86Feature.Sse, Cr4.SimdExceptions), (X86Feature.Umip, Cr4.Umip), (X86Feature.La57, Cr4.La57),
            (X86Feature.Fsgsbase, Cr4.BaseAccess), (X86Feature.Pcid, Cr4.ContextIdentifiers), (X86Feature.Xsave, Cr4.XSave), (X86Feature.Smep, Cr4.Smep),
            (X86Feature.Smap, Cr4.Smap),
        ])
        {
            if (Has(feature)) possible |= bits;
        }
        return possible;
    }
}
