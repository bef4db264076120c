using System.Runtime.InteropServices;
using Mimus.Core.Memory;
using Mimus.Host;
using Mimus.Isa;
using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Engine;
using Mimus.Translation.Ir;
using Mimus.Translation.Tests.Allocation;
using Mimus.Translation.X64;

namespace Mimus.Translation.Tests.Ir;

/// <summary>Compiles units and runs them on the host, on a processor and memory of its own, and serves their sites.</summary>
internal sealed unsafe class CompiledUnit : SiteServer, IDisposable
{
    private const uint DefaultControl = 0x1f80;
    private const nint GoOn = 0;
    private const int MarkCount = ReservationTable.MarkMask + 1;

    private readonly CodeMemory _code = new(4 << 20);
    private readonly CodeThunks _thunks;
    private readonly byte* _first, _engine;
    private readonly TranslationBuffer _translations = new();
    private readonly JumpTables _jumps;
    private readonly SharedCode _shared;
    private readonly GCHandle _handle;
    private readonly byte[] _marks = GC.AllocateArray<byte>(MarkCount, pinned: true);
    private readonly nuint[] _granule = GC.AllocateArray<nuint>(1, pinned: true);
    private readonly CodeRecords _records = new();
    private IrUnit _unit = null!;
    private IrOutcome? _end;
    private int _refreshes;

    public CompiledUnit()
    {
        _thunks = new CodeThunks(_code.Writable, &SiteCalls.Serve, guestHasControl: false, out var first);
        _first = first;
        _handle = GCHandle.Alloc(this);
        _engine = (byte*)Cpu.Slots + HostLayout.StateBias;
        *(nint*)(_engine + HostLayout.Owner) = GCHandle.ToIntPtr(_handle);
        *(byte**)(_engine + HostLayout.ReservationMarks) = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_marks, 0);
        *(nint*)(_engine + HostLayout.ReservedGranule) = Marshal.UnsafeAddrOfPinnedArrayElement(_granule, 0);
        *(TranslationEntry**)(_engine + HostLayout.CurrentTranslations) = _translations.Reads;
        _jumps = new JumpTables(_engine);
        _jumps.Select(0);
        _shared = new SharedCode(_engine);
        Memory.FillTranslations(_translations);
    }

    public FakeCpu Cpu { get; } = new();

    public FakeMemory Memory { get; } = new();

    /// <summary>Which marks of reservations are set: such granules are C#'s.</summary>
    public Span<byte> Marks => _marks;

    /// <summary>What emitted code looks at in loops.</summary>
    public int Attention
    {
        get => Volatile.Read(ref *(int*)(_engine + HostLayout.Attention));
        set => Volatile.Write(ref *(int*)(_engine + HostLayout.Attention), value);
    }

    public void Dispose()
    {
        _handle.Free();
        _translations.Dispose();
        _jumps.Dispose();
        _shared.Dispose();
        _code.Dispose();
        _records.Dispose();
        Memory.Dispose();
        Cpu.Dispose();
    }

    /// <summary>Runs a unit from its first block to its end, after a look at where its values are. Where emitted code leaves before that, the rest is evaluated.</summary>
    public IrOutcome Run(IrUnit unit, bool sharesMemory)
    {
        _records.Clear();
        var log = new LoweringLog();
        var compiler = new RegionCompiler(_thunks, new CompilerSettings(FakeCpu.FlagsSlot, sharesMemory, HasReservations: true, CountsInstructions: false, StandingTime.Source), _records) { Observer = log };
        var start = compiler.Compile(unit, _first, countsEntries: false, out var codeEnd);
        if (AllocationChecker.FindFault(unit, new DecodedCode(start, codeEnd), log, _records, _thunks) is { } fault) throw new InvalidOperationException(fault);
        _unit = unit;
        _end = null;
        *(uint*)(_engine + HostLayout.GuestControl) = DefaultControl;
        _granule[0] = Memory.Granule;
        var toExecutable = _code.Executable - _code.Writable;
        var enter = (delegate* unmanaged<byte*, void*, void>)(_thunks.Enter + toExecutable);
        enter((byte*)Cpu.Slots, start + toExecutable);
        FoldFloatFlags();
        KeepReservation();
        GC.KeepAlive(_marks);
        if (_end is { } end) return end;
        var retired = *(ulong*)(_engine + HostLayout.RetiredOnLeave);
        return new IrEvaluator(unit, Cpu, Memory).Run(*(ulong*)(_engine + HostLayout.NextPc), retired);
    }

    public override nint Serve(ref CallFrame frame, int number)
    {
        var site = _records.Sites[number];
        var constants = _records.ConstantsOf(site);
        var a = frame.Read(site.A, Cpu.Slots, constants) + (ulong)site.Displacement;
        var b = frame.Read(site.B, Cpu.Slots, constants);
        ulong result = 0;
        KeepReservation();
        switch (site.Kind)
        {
            case SiteKind.Trap: Cpu.RaiseTrap(site.Size, b); break;
            case SiteKind.Interpret: return Leave(ref frame, site, EndKind.Guarded);
            case SiteKind.FloatCall:
            {
                var context = new FloatContext((RoundingMode)site.Variant, (FloatFlags)Cpu.Slots[FakeCpu.FlagsSlot]);
                result = _unit.FloatHelpers[site.Helper].Call(a, b, frame.Read(site.C, Cpu.Slots, constants), ref context);
                Cpu.Slots[FakeCpu.FlagsSlot] = (ulong)context.Flags;
                break;
            }
            case SiteKind.Refresh or SiteKind.RefreshAndJump:
                // Both ways on are right.
                if (site.Kind == SiteKind.Refresh && _refreshes++ % 2 == 0) return GoOn;
                frame.Restore(_records.HoldingsOf(site), Cpu.Slots, constants);
                return LeaveFor(site.Kind == SiteKind.Refresh ? site.Pc : a);
            case SiteKind.Call or SiteKind.TryCall or SiteKind.TryCallAndJump:
                FoldFloatFlags();
                result = _unit.Helpers[site.Helper].Method(Cpu, a, b);
                if (site.Kind != SiteKind.TryCallAndJump || Cpu.TrapPending) break;
                frame.Gprs[(int)HostLayout.Retired] += site.Ordinal + 1ul;
                return LeaveFor(result);
            default:
                var op = site.Kind switch
                {
                    SiteKind.Load => IrOp.Load,
                    SiteKind.LoadForUpdate => IrOp.LoadForUpdate,
                    SiteKind.Store => IrOp.Store,
                    SiteKind.LoadReserved => IrOp.LoadReserved,
                    SiteKind.StoreConditional => IrOp.StoreConditional,
                    SiteKind.CompareExchange => IrOp.CompareExchange,
                    _ => IrOp.Atomic,
                };
                result = IrEvaluator.Access(Cpu, Memory, op, (MemorySize)site.Size, site.Variant, a, b, frame.Read(site.C, Cpu.Slots, constants));
                break;
        }
        _granule[0] = Memory.Granule;
        if (Cpu.TrapPending) return Leave(ref frame, site, EndKind.Trapped);
        frame.Write(site.Result, result);
        return GoOn;
    }

    private nint Leave(ref CallFrame frame, Site site, EndKind kind)
    {
        frame.Restore(_records.HoldingsOf(site), Cpu.Slots, _records.ConstantsOf(site));
        var retired = frame.Gprs[(int)HostLayout.Retired] + (ulong)site.Ordinal;
        if (kind == EndKind.Trapped)
        {
            Cpu.TakeTrap(site.Pc);
            _end = new IrOutcome(kind, site.Pc, retired, Cpu.Trap.Cause, Cpu.Trap.Value);
        }
        else _end = new IrOutcome(kind, site.Pc, retired);
        return CodeThunks.LeaveCode;
    }

    private nint LeaveFor(ulong pc)
    {
        *(ulong*)(_engine + HostLayout.NextPc) = pc;
        return CodeThunks.LeaveCode;
    }

    private void KeepReservation() => Memory.Granule = _granule[0];

    private void FoldFloatFlags()
    {
        ref var control = ref *(uint*)(_engine + HostLayout.GuestControl);
        var flags = ((control & 1) << 4) | ((control & 4) << 1) | ((control & 8) >> 1) | ((control & 16) >> 3) | ((control & 32) >> 5);
        Cpu.Slots[FakeCpu.FlagsSlot] |= flags;
        control = DefaultControl;
    }
}
