using System.Runtime.ExceptionServices;
using Mimus.Isa;
using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Ir;
using Mimus.Translation.X64;

namespace Mimus.Translation.Engine;

/// <content>What emitted code calls C# for.</content>
internal sealed unsafe partial class TranslatorVcpu<TIsa>
{
    private const nint GoOn = 0, LeaveCode = 1;

    /// <summary>Does what a site asks for. Nothing may be thrown through emitted code.</summary>
    public override nint Serve(ref CallFrame frame, int number)
    {
        try
        {
            var site = _translator!.Site(number);
            site.Counter!.Calls++;
            _inFlight = frame.Gprs[(int)HostLayout.Retired] + (ulong)site.Ordinal;
            return ServeSite(ref frame, site);
        }
#pragma warning disable CA1031 // it goes on where emitted code has been left
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            return LeaveCode;
        }
#pragma warning restore CA1031
    }

    private nint ServeSite(ref CallFrame frame, Site site)
    {
        var a = frame.Read(site.A, _cpu.Slots) + site.Displacement;
        var size = (MemorySize)site.Size;
        ulong result = 0;
        switch (site.Kind)
        {
            case SiteKind.Load:
                if (!_data.TryLoad(a, size, out result)) return EndAccess(ref frame, site);
                if (site.Variant != 0) result = IrMath.Unary(IrOp.SignExtend, result, size);
                break;
            case SiteKind.Store:
                if (!_data.TryStore(a, size, frame.Read(site.B, _cpu.Slots))) return EndAccess(ref frame, site);
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
                result = _data.StoreConditional(host, size, frame.Read(site.B, _cpu.Slots)) ? 0u : 1u;
                break;
            }
            case SiteKind.Atomic:
            {
                if (!_data.TryPointer(a, size, MemoryAccess.Store, out var host)) return EndAccess(ref frame, site);
                _data.BreakReservations(host);
                result = AtomicMemory.Replace((AtomicOperation)site.Variant, host, size, frame.Read(site.B, _cpu.Slots));
                break;
            }
            case SiteKind.Trap:
                _cpu.RaiseTrap(site.Size, frame.Read(site.B, _cpu.Slots));
                return EndWithTrap(ref frame, site);
            case SiteKind.Interpret:
                RestoreState(ref frame, site);
                _cpu.ProgramCounter = site.Pc;
                _interpretNext = true;
                return LeaveCode;
            case SiteKind.FloatCall:
                result = CallFloat(ref frame, site);
                break;
            default:
                FoldFloatFlags();
                result = _translator!.Helper(site).Method(_cpu, a, frame.Read(site.B, _cpu.Slots));
                if (_cpu.TrapPending) return EndWithTrap(ref frame, site);
                break;
        }
        frame.Write(site.Result, result);
        return GoOn;
    }

    private ulong CallFloat(ref CallFrame frame, Site site)
    {
        ref var flags = ref _cpu.Slots[_cpu.FloatFlagsSlot];
        var context = new FloatContext((RoundingMode)site.Variant, (FloatFlags)flags);
        // What C# computes on the way leaves flags of its own, so the guest's are kept apart.
        var result = _translator!.FloatHelper(site).Call(frame.Read(site.A, _cpu.Slots), frame.Read(site.B, _cpu.Slots), frame.Read(site.C, _cpu.Slots), ref context);
        flags = (ulong)context.Flags;
        return result;
    }

    private nint EndAccess(ref CallFrame frame, Site site)
    {
        if (_data.Outcome == Outcome.Trap) return EndWithTrap(ref frame, site);
        RestoreState(ref frame, site);
        _cpu.ProgramCounter = site.Pc;
        if (_data.Outcome == Outcome.Deferred) _interpretNext = true;
        else _metDebugPoint = true;
        return LeaveCode;
    }

    private nint EndWithTrap(ref CallFrame frame, Site site)
    {
        RestoreState(ref frame, site);
        _cpu.ProgramCounter = site.Pc;
        _cpu.TakeTrap(site.Pc);
        return LeaveCode;
    }

    /// <summary>Makes the CPU's state what it was before the site's instruction.</summary>
    private void RestoreState(ref CallFrame frame, Site site)
    {
        // All are read before any is written: one may be where another belongs.
        var values = stackalloc ulong[site.Holdings.Length];
        for (var i = 0; i < site.Holdings.Length; i++) values[i] = frame.Read(site.Holdings[i].Place, _cpu.Slots);
        for (var i = 0; i < site.Holdings.Length; i++) _cpu.Slots[site.Holdings[i].Slot] = values[i];
        FoldFloatFlags();
        _cpu.AddRetired(_inFlight);
        _statistics.Translated += _inFlight;
        frame.Gprs[(int)HostLayout.Retired] = 0;
        _inFlight = 0;
    }
}
