using System.Runtime.InteropServices;
using Mimus.Isa;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>Places that call C#, what it is told there, and what is emitted out of line.</content>
internal sealed unsafe partial class RegionCompiler
{
    private enum StubKind
    {
        /// <summary>A call of C# for a site.</summary>
        Site,
        NaN,
        FusedNaN,

        /// <summary>A block was entered often.</summary>
        Hot,

        /// <summary>Back to C# because it wants attention; then on at an address.</summary>
        Attention,

        /// <summary>The same, at an address in rax.</summary>
        AttentionIndirect,

        /// <summary>Back to C# because the block at an address is longer than what may still be run.</summary>
        Limit,

        /// <summary>Out of the region to a fixed address.</summary>
        Exit,
    }

    private struct PendingStub
    {
        public StubKind Kind;
        public nint Field, SecondField, MarkField, Back;
        public int Number;
        public ulong Pc;
        public Xmm X, A, B;
        public Gpr Cleared;
        public PinnedVector? LoadedVector, StoredVector;
        public SecondLook? SecondLook;
        public bool IsDouble, HasFloats, ClearsRegister;
    }

    /// <summary>Where an access that did not hit is looked at again: its registers, the last byte's displacement, the table, and where a hit goes on.</summary>
    private readonly record struct SecondLook(Gpr Base, Gpr Addend, Gpr Tag, int Last, int Table, nint Hit);

    private void TrapIf(in Inst inst)
    {
        if (IsConstant(inst.A, out var condition))
        {
            if (condition != 0) AddSite(inst, null, default);
            return;
        }
        if (!IsConstant(inst.B, out _)) Use(inst.B);
        AddSite(inst, EmitTest(inst.A), default);
    }

    private void Guard(in Inst inst)
    {
        var value = Use(inst.A);
        _asm.Test(true, value, value);
        AddSite(inst, Condition.NotEqual, default);
    }

    /// <summary>The block's last operation is a call that says where to go on, after everything is looked at anew: one call of C# does all.</summary>
    private bool EndsWithCall(in IrBlock block) =>
        block.Refresh && block.EndsIndirectly && block.Value == block.Last - 1 && _insts[block.Value].Op == IrOp.TryCall;

    /// <summary>Whether an operation of the current block is such a call.</summary>
    private bool IsBlockEnd(int id) => id == _unit.Blocks[_block].Value && EndsWithCall(_unit.Blocks[_block]);

    /// <summary>A method may look at and change all of the state.</summary>
    private void Call(in Inst inst)
    {
        var result = Allocate();
        if (!IsConstant(inst.A, out _)) Use(inst.A);
        if (!IsConstant(inst.B, out _)) Use(inst.B);
        StoreDirtySlots();
        foreach (var slot in _knownSlots) RescueMemory(slot, Free);
        foreach (var (_, register) in _pins)
        {
            var value = _gprValue[(int)register];
            if (value >= 0) Save(value);
        }
        foreach (var (_, register) in _xmmPins)
        {
            var value = _xmmValue[(int)register];
            if (value >= 0) SaveXmm(value);
        }
        StorePins();
        AddSite(inst, null, new Place(result));
        if (IsBlockEnd(_at)) return;
        foreach (var (_, register) in _pins)
        {
            Drop(register);
            _gprValue[(int)register] = Opaque;
        }
        foreach (var (_, register) in _xmmPins)
        {
            Drop(register);
            _xmmValue[(int)register] = Opaque;
        }
        LoadPins();
        ForgetSlots();
        Bind(result, _at);
    }

    private void FloatCall(in Inst inst)
    {
        var result = Allocate();
        foreach (var operand in (ReadOnlySpan<int>)[inst.A, inst.B, inst.C])
        {
            if (operand >= 0 && !IsConstant(operand, out _)) Use(operand);
        }
        AddSite(inst, null, new Place(result));
        Bind(result, _at);
    }

    /// <summary>A place that may call C#, where a condition holds or always, and describes for it where everything is.</summary>
    private void AddSite(in Inst inst, Condition? condition, Place result)
    {
        var (pc, ordinal) = _unit.Guests[inst.Guest];
        var kind = inst.Op switch
        {
            IrOp.Load => SiteKind.Load,
            IrOp.LoadForUpdate => SiteKind.LoadForUpdate,
            IrOp.Store => SiteKind.Store,
            IrOp.LoadReserved => SiteKind.LoadReserved,
            IrOp.StoreConditional => SiteKind.StoreConditional,
            IrOp.Atomic => SiteKind.Atomic,
            IrOp.CompareExchange => SiteKind.CompareExchange,
            IrOp.VectorLoad => SiteKind.VectorLoad,
            IrOp.VectorStore => SiteKind.VectorStore,
            IrOp.TrapIf => SiteKind.Trap,
            IrOp.GuardZero or IrOp.ReadTime => SiteKind.Interpret,
            IrOp.Call => SiteKind.Call,
            IrOp.TryCall => IsBlockEnd(_at) ? SiteKind.TryCallAndJump : SiteKind.TryCall,
            _ => SiteKind.FloatCall,
        };
        var isTrap = kind == SiteKind.Trap;
        var isAccess = kind is SiteKind.Load or SiteKind.LoadForUpdate or SiteKind.Store or SiteKind.VectorLoad or SiteKind.VectorStore;
        var site = new Site
        {
            Kind = kind,
            Pc = pc,
            Ordinal = (ushort)ordinal,
            Size = inst.Kind,
            Variant = inst.Op is IrOp.FloatCall or IrOp.FloatToInteger ? (byte)inst.Immediate : inst.Variant,
            Displacement = isAccess ? (int)inst.Immediate : 0,
            FirstHolding = _records.Holdings.Count,
            FirstConstant = _records.Constants.Count,
            Result = result,
            Helper = (ushort)inst.Slot,
        };
        site.A = isTrap || kind == SiteKind.Interpret || inst.A < 0 ? default : PlaceOf(inst.A, site);
        site.B = inst.B < 0 ? default : PlaceOf(inst.B, site);
        site.C = inst.C < 0 || kind is not (SiteKind.FloatCall or SiteKind.CompareExchange) ? default : PlaceOf(inst.C, site);
        AddSite(site, condition);
    }

    private void AddSite(Site site, Condition? condition)
    {
        AddHoldings(site);
        site.HoldingCount = checked((byte)(_records.Holdings.Count - site.FirstHolding));
        _records.Sites.Add(site);
        var stub = new PendingStub { Kind = StubKind.Site, Number = _records.Sites.Count - 1, HasFloats = _ranFloats || HasFloats() || site.Result.Kind == PlaceKind.Xmm };
        if (condition is { } c)
        {
            stub.Field = (nint)_asm.JumpIfForward(c);
            stub.Back = (nint)_asm.Position;
            _stubs.Add(stub);
        }
        else CallSite(stub);
    }

    /// <summary>Has C# look at everything anew, where the block's condition holds, if it has one. Emitted code goes on unless it may not.</summary>
    private void AddRefresh(in IrBlock block)
    {
        var site = new Site { Kind = SiteKind.Refresh, Pc = block.Next, FirstHolding = _records.Holdings.Count, FirstConstant = _records.Constants.Count };
        AddSite(site, block.Value == Inst.None ? null : EmitTest(block.Value));
    }

    private void AddHoldings(in Site site)
    {
        foreach (var slot in _dirtySlots) _records.Holdings.Add(new Holding((byte)slot, PlaceOf(_slotValue[slot], site)));
        foreach (var (slot, register) in _pins)
        {
            if (_isModified[slot]) _records.Holdings.Add(new Holding((byte)slot, new Place(register)));
        }
        foreach (var (slot, register) in _xmmPins)
        {
            if (_isModified[slot]) _records.Holdings.Add(new Holding((byte)slot, new Place(register)));
        }
        HoldVectorPins();
    }

    /// <summary>Whether an xmm register holds something that matters here or later.</summary>
    private bool HasFloats()
    {
        if (_xmmPins.Count != 0 || _vectorPins.Count != 0) return true;
        foreach (var value in _xmmValue)
        {
            if (value >= 0 && IsStillWanted(value)) return true;
        }
        return false;
    }

    private void CallSite(in PendingStub stub)
    {
        _asm.PushImmediate(stub.Number);
        _asm.Call(stub.HasFloats ? _thunks.CalloutWithFloats : _thunks.Callout);
        _asm.LoadAddress(true, Gpr.Rsp, new Address(Gpr.Rsp, 8));
    }

    private void EmitStub(in PendingStub stub)
    {
        if (stub.Field != 0) _asm.Bind((byte*)stub.Field);
        if (stub.SecondField != 0) _asm.Bind((byte*)stub.SecondField);
        if (stub.MarkField != 0) _asm.Bind((byte*)stub.MarkField);
        switch (stub.Kind)
        {
            case StubKind.Site:
                if (stub.SecondLook is { } look) EmitSecondLook(look);
                if (stub.StoredVector is { } stored) _asm.StoreVector(false, HostLayout.Slot(stored.Slot), stored.Register);
                CallSite(stub);
                if (stub.LoadedVector is { } loaded) _asm.LoadVector(false, loaded.Register, HostLayout.Slot(loaded.Slot));
                if (stub.ClearsRegister) _asm.MoveImmediate(stub.Cleared, 0);
                _asm.Jump((byte*)stub.Back);
                break;
            case StubKind.NaN:
                LoadNaN(stub.X, stub.IsDouble);
                _asm.Jump((byte*)stub.Back);
                break;
            case StubKind.FusedNaN:
                FusedNaN(stub);
                break;
            case StubKind.Hot:
                Leave(stub.Pc, LeaveReason.Hot);
                break;
            case StubKind.Attention:
                StorePins();
                Leave(stub.Pc, LeaveReason.Find);
                break;
            case StubKind.Limit:
                StorePins();
                Leave(stub.Pc, LeaveReason.Limit);
                break;
            case StubKind.AttentionIndirect:
                Leave(null, LeaveReason.Find);
                break;
            default:
                EmitExit(_unit.Blocks[stub.Number], stub.Pc);
                break;
        }
    }

    private void LoadNaN(Xmm d, bool isDouble)
    {
        // Flags are dead here, registers are not.
        _asm.Store(MemorySize.Double, HostLayout.Engine(HostLayout.Scratch), Gpr.Rax);
        _asm.MoveImmediate(Gpr.Rax, isDouble ? 0x7ff8_0000_0000_0000ul : 0x7fc0_0000ul);
        _asm.MoveToXmm(true, d, Gpr.Rax);
        _asm.Load(MemorySize.Double, false, Gpr.Rax, HostLayout.Engine(HostLayout.Scratch));
    }

    /// <summary>
    /// Infinity times zero is invalid even where the addend is a quiet NaN, which the host does not say. The product alone says it; where
    /// that is a number, its flags are nothing to the guest.
    /// </summary>
    private void FusedNaN(in PendingStub stub)
    {
        _asm.StoreControl(HostLayout.Engine(HostLayout.Scratch));
        _asm.FloatVex(FloatOp.Mul, stub.IsDouble, stub.X, stub.A, stub.B);
        _asm.FloatCompare(stub.IsDouble, true, stub.X, stub.X);
        var invalid = _asm.ShortJumpIfForward(Condition.Parity);
        _asm.LoadControl(HostLayout.Engine(HostLayout.Scratch));
        _asm.BindShort(invalid);
        LoadNaN(stub.X, stub.IsDouble);
        _asm.Jump((byte*)stub.Back);
    }
}
