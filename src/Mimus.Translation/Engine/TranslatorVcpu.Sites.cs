using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Mimus.Isa;
using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <content>What emitted code calls C# for.</content>
internal sealed unsafe partial class TranslatorVcpu
{
    // What emitted code does next; all else is an address of code to go on at.
    private const nint GoOn = 0, LeaveCode = CodeThunks.LeaveCode;

    /// <summary>Does what a site asks for. Nothing may be thrown through emitted code.</summary>
    public override nint Serve(ref CallFrame frame, int number)
    {
        try
        {
            FollowContext();
            ref readonly var site = ref _translator!.Records.Sites[number];
            _statistics.CountCall(site);
            _inFlight = frame.Gprs[(int)HostLayout.Retired] + (ulong)site.Ordinal;
            return ServeSite(ref frame, in site);
        }
#pragma warning disable CA1031 // it goes on where emitted code has been left
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            return LeaveCode;
        }
#pragma warning restore CA1031
    }

    private nint ServeSite(ref CallFrame frame, in Site site)
    {
        var a = Read(ref frame, site, site.A) + (ulong)site.Displacement;
        var size = (MemorySize)site.Size;
        ulong result = 0;
        switch (site.Kind)
        {
            case SiteKind.Load:
                if (!_data.TryLoad(a, size, out result)) return EndAccess(ref frame, site);
                if (site.Variant != 0) result = IrMath.Unary(IrOp.SignExtend, result, size);
                break;
            case SiteKind.LoadForUpdate:
                if (!_data.TryLoadForUpdate(a, size, out result)) return EndAccess(ref frame, site);
                break;
            case SiteKind.Store:
                if (!_data.TryStore(a, size, Read(ref frame, site, site.B))) return EndAccess(ref frame, site);
                return GoOn;
            case SiteKind.LoadReserved:
            {
                if (!_data.TryPointer(a, size, MemoryAccess.Load, out var host)) return EndAccess(ref frame, site);
                result = _data.Reserve(host, size);
                break;
            }
            case SiteKind.StoreConditional:
            {
                if (!_data.TryPointer(a, size, MemoryAccess.Store, out var host)) return EndAccess(ref frame, site);
                result = _data.StoreConditional(host, size, Read(ref frame, site, site.B)) ? 0u : 1u;
                break;
            }
            case SiteKind.Atomic when _cpu.SplitsMisaligned:
                if (!_data.TryUpdate(a, size, new MemoryUpdate((AtomicOperation)site.Variant, Read(ref frame, site, site.B)), out result)) return EndAccess(ref frame, site);
                break;
            case SiteKind.CompareExchange:
            {
                var update = new MemoryUpdate(Read(ref frame, site, site.B), Read(ref frame, site, site.C));
                if (!_data.TryUpdate(a, size, update, out result)) return EndAccess(ref frame, site);
                break;
            }
            case SiteKind.Atomic:
            {
                if (!_data.TryPointer(a, size, MemoryAccess.Store, out var host)) return EndAccess(ref frame, site);
                _data.BreakReservations(host);
                result = AtomicMemory.Replace((AtomicOperation)site.Variant, host, size, Read(ref frame, site, site.B));
                break;
            }
            case SiteKind.VectorLoad:
                if (!_data.TryLoadVector(a, site.Size, _cpu.Slots + site.Helper)) return EndAccess(ref frame, site);
                return GoOn;
            case SiteKind.VectorStore:
                if (!_data.TryStoreVector(a, site.Size, _cpu.Slots + site.Helper)) return EndAccess(ref frame, site);
                return GoOn;
            case SiteKind.Trap:
                _cpu.RaiseTrap(site.Size, Read(ref frame, site, site.B));
                return EndWithTrap(ref frame, site);
            case SiteKind.Interpret:
                RestoreState(ref frame, site);
                _cpu.ProgramCounter = site.Pc;
                _interpretNext = true;
                return LeaveCode;
            case SiteKind.Refresh:
                // What is looked at may be in registers.
                RestoreSlots(ref frame, site);
                if (TryRefresh()) return GoOn;
                FoldFloatFlags();
                CountInFlight(ref frame);
                _cpu.ProgramCounter = site.Pc;
                return LeaveCode;
            case SiteKind.RefreshAndJump:
                RestoreState(ref frame, site);
                return RefreshAndJump(a);
            case SiteKind.FloatCall:
                result = CallFloat(ref frame, site);
                break;
            default:
                FoldFloatFlags();
                result = _translator!.Helpers.Helpers[site.Helper].Method(_cpu, a, Read(ref frame, site, site.B));
                if (_cpu.TrapPending) return EndWithTrap(ref frame, site);
                if (site.Kind != SiteKind.TryCallAndJump) break;
                _inFlight++; // the instruction is its block's last, and has retired
                CountInFlight(ref frame);
                return RefreshAndJump(result);
        }
        frame.Write(site.Result, result);
        return GoOn;
    }

    /// <summary>Looks at everything anew; whether emitted code may go on where it is.</summary>
    private bool TryRefresh()
    {
        _cpu.RecheckInterrupts();
        if (MustLeave) return false;
        FoldFloatFlags();
        var context = _cpu.FetchContext;
        if (!_jumps.Shows(context) || _code.Mappings[context] != *(int*)(_engine + HostLayout.Epoch)) return false;
        SelectTranslations(_cpu.DataContext);
        return true;
    }

    private nint RefreshAndJump(ulong pc)
    {
        _cpu.ProgramCounter = pc;
        _cpu.RecheckInterrupts();
        return CodeAtProgramCounter();
    }

    /// <summary>Where emitted code goes on after everything may have changed, if it need not leave for it.</summary>
    private nint CodeAtProgramCounter()
    {
        // How many instructions may run is known to emitted code from where it was entered.
        if (MustLeave || _environment.CountsInstructions) return LeaveCode;
        var context = _cpu.FetchContext;
        _jumps.Select(context);
        var code = _jumps.Find(_cpu.ProgramCounter);
        if (code == null) return LeaveCode;
        ShowContext(context);
        FoldFloatFlags();
        return (nint)code;
    }

    private bool MustLeave => *_attention != 0 || _cpu.WaitRequested || _cpu.IsWaiting || _frontEnd.MustInterpret || _clears != _clearsOnEntry;

    /// <summary>What is in a register, as most is, costs no more than that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong Read(ref CallFrame frame, in Site site, Place place) => place.Kind == PlaceKind.Gpr ? frame.Gprs[place.Number] : ReadElsewhere(ref frame, site, place);

    private ulong ReadElsewhere(ref CallFrame frame, in Site site, Place place) => frame.Read(place, _cpu.Slots, _translator!.Records.ConstantsOf(site));

    private ulong CallFloat(ref CallFrame frame, in Site site)
    {
        ref var flags = ref _cpu.Slots[_cpu.FloatFlagsSlot];
        var context = new FloatContext((RoundingMode)site.Variant, (FloatFlags)flags);
        // What C# computes on the way leaves flags of its own, so the guest's are kept apart.
        var result = _translator!.Helpers.FloatHelpers[site.Helper].Call(Read(ref frame, site, site.A), Read(ref frame, site, site.B), Read(ref frame, site, site.C), ref context);
        flags = (ulong)context.Flags;
        return result;
    }

    private nint EndAccess(ref CallFrame frame, in Site site)
    {
        if (_data.Outcome == Outcome.Trap) return EndWithTrap(ref frame, site);
        RestoreState(ref frame, site);
        _cpu.ProgramCounter = site.Pc;
        if (_data.Outcome == Outcome.Deferred) _interpretNext = true;
        else _metDebugPoint = true;
        return LeaveCode;
    }

    private nint EndWithTrap(ref CallFrame frame, in Site site)
    {
        RestoreState(ref frame, site);
        _cpu.ProgramCounter = site.Pc;
        _cpu.TakeTrap(site.Pc);
        return CodeAtProgramCounter();
    }

    /// <summary>Makes the CPU's state what it was before the site's instruction.</summary>
    private void RestoreState(ref CallFrame frame, in Site site)
    {
        RestoreSlots(ref frame, site);
        FoldFloatFlags();
        CountInFlight(ref frame);
    }

    private void RestoreSlots(ref CallFrame frame, in Site site)
    {
        var records = _translator!.Records;
        frame.Restore(records.HoldingsOf(site), _cpu.Slots, records.ConstantsOf(site));
    }

    private void CountInFlight(ref CallFrame frame)
    {
        _cpu.AddRetired(_inFlight);
        _statistics.Translated += _inFlight;
        frame.Gprs[(int)HostLayout.Retired] = 0;
        _inFlight = 0;
    }
}
