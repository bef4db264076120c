using System.Runtime.InteropServices;
using Mimus.Isa;
using Mimus.Translation.Engine;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>Ends of blocks, ways out, and what is emitted out of line.</content>
internal sealed unsafe partial class RegionCompiler
{
    /// <summary>What an epoch is compared with before an exit is linked; no epoch has it.</summary>
    private const int NoEpoch = int.MinValue;

    private const ulong PageMask = ~0xffful;

    /// <summary>How many places to return to are compared with one by one.</summary>
    private const int MostComparisons = 2;

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

    private void EndBlock(in IrBlock block)
    {
        if (block.End == BlockEnd.Never) return;
        if (EndsWithCall(block)) return;
        if (block.EndsIndirectly)
        {
            var target = Use(block.Value);
            if (block.Context >= 0) Use(block.Context);
            StoreDirtySlots();
            CountInstructions(block);
            JumpIndirect(block, target);
            return;
        }
        StoreDirtySlots();
        CountInstructions(block);
        if (block.Refresh) AddRefresh(block);
        if (block.End == BlockEnd.Goto)
        {
            GoOn(block, block.Next);
            return;
        }

        int taken = BlockAt(block.Taken), next = BlockAt(block.Next);
        var condition = EmitTest(block.Value);
        // The side that follows in memory needs no jump.
        if (FollowsFreely(taken, block) && next != taken)
        {
            JumpTo(block, block.Next, next, Opposite(condition));
            GoOn(block, block.Taken);
        }
        else
        {
            JumpTo(block, block.Taken, taken, condition);
            GoOn(block, block.Next);
        }
    }

    private void CountInstructions(in IrBlock block) => _asm.Alu(AluOp.Add, true, HostLayout.Retired, block.Instructions);

    /// <summary>A conditional jump to a block of the unit or out of it.</summary>
    private void JumpTo(in IrBlock from, ulong pc, int target, Condition condition)
    {
        if (target >= 0 && !IsBackward(from, pc)) LeadTo(target, from, _asm.JumpIfForward(condition));
        else if (target >= 0)
        {
            // A loop looks whether anything is wanted, then goes on.
            var skip = _asm.ShortJumpIfForward(Opposite(condition));
            Poll(pc);
            LeadTo(target, from, _asm.JumpForward());
            _asm.BindShort(skip);
        }
        else _stubs.Add(new PendingStub { Kind = StubKind.Exit, Field = (nint)_asm.JumpIfForward(condition), Pc = pc, Number = _block });
    }

    /// <summary>On at a fixed address, from where the code of a block ends.</summary>
    private void GoOn(in IrBlock from, ulong pc)
    {
        var target = BlockAt(pc);
        if (target >= 0)
        {
            if (IsBackward(from, pc)) Poll(pc);
            if (!FollowsFreely(target, from)) LeadTo(target, from, _asm.JumpForward());
        }
        else EmitExit(from, pc);
    }

    private static bool IsBackward(in IrBlock from, ulong pc) => pc < from.After;

    private void Poll(ulong pc)
    {
        _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Attention), 0);
        _stubs.Add(new PendingStub { Kind = StubKind.Attention, Field = (nint)_asm.JumpIfForward(Condition.NotEqual), Pc = pc });
    }

    private void EmitExit(in IrBlock from, ulong pc)
    {
        StorePins();
        if (IsBackward(from, pc))
        {
            // The pinned registers are stored already; storing them again does no harm.
            Poll(pc);
        }
        var number = _records.Exits.Count;
        var samePage = ((pc ^ _unit.Blocks[0].Pc) & PageMask) == 0 && ((pc ^ from.Pc) & PageMask) == 0;
        byte* epoch = null, mismatch = null;
        if (!samePage)
        {
            _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Epoch), NoEpoch);
            epoch = _asm.Position - 4;
            mismatch = _asm.PatchableJumpIf(Condition.NotEqual, _asm.Position);
        }
        var field = _asm.PatchableJump(_asm.Position);
        // What follows is where both lead until they are linked.
        var stub = _asm.Position;
        Assembler.Patch(field, stub);
        _asm.MoveImmediate(Gpr.Rax, pc);
        _asm.MoveImmediate(Gpr.Rdi, (uint)number);
        if (mismatch != null)
        {
            Assembler.Patch(mismatch, stub);
            var toFind = _asm.PatchableJump(_thunks.FindAndLink);
            _records.Exits.Add(new CodeExit(pc, field, epoch, toFind));
            return;
        }
        _asm.Jump(_thunks.FindAndLink);
        _records.Exits.Add(new CodeExit(pc, field, null, stub));
    }

    private void JumpIndirect(in IrBlock block, Gpr target)
    {
        if (_isRegion && !block.Refresh)
        {
            // Many places to return to are a switch.
            if (block.End == BlockEnd.Return && (_countsEntries || CountReturnSites() <= MostComparisons)) CompareReturnSites(block, target);
            else if (!_countsEntries)
            {
                JumpInside(block, target);
                return;
            }
        }
        if (block.Refresh)
        {
            var site = new Site { Kind = SiteKind.RefreshAndJump, FirstHolding = _records.Holdings.Count, FirstConstant = _records.Constants.Count };
            site.A = PlaceOf(block.Value, site);
            // How many instructions may run is known from where emitted code was entered.
            if (block.Context >= 0 && !_settings.CountsInstructions) EnterContext(block, target, site);
            else AddSite(site, null);
            return;
        }
        StorePins();
        if (target != Gpr.Rax) _asm.Move(true, Gpr.Rax, target);
        if (_countsEntries)
        {
            // Code that is not hot is better short.
            _asm.Jump(_thunks.PollAndJump);
            return;
        }
        JumpOutside();
    }

    /// <summary>On in another context, if C# has opened it and nothing is wanted; else by way of C#.</summary>
    private void EnterContext(in IrBlock block, Gpr target, Site site)
    {
        var record = Temporary();
        Fetch(record, block.Context);
        StorePins();
        _asm.Alu(AluOp.Cmp, true, record, TranslationBuffer.ContextCount);
        AddSite(site, Condition.AboveOrEqual);
        ref var stub = ref CollectionsMarshal.AsSpan(_stubs)[^1];
        _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Attention), 0);
        stub.SecondField = (nint)_asm.JumpIfForward(Condition.NotEqual);
        _asm.Shift(ShiftOp.Shl, true, record, ContextRecord.Shift);
        _asm.Alu(AluOp.Add, true, record, HostLayout.Engine(HostLayout.Contexts));
        _asm.Alu(AluOp.Cmp, false, new Address(record, ContextRecord.EpochOffset), 0);
        stub.MarkField = (nint)_asm.JumpIfForward(Condition.Equal);
        // No other register holds anything that is still wanted.
        var free = record == Gpr.Rax ? Gpr.Rdx : Gpr.Rax;
        if (target == Gpr.Rcx) _asm.Move(true, free, target);
        _asm.Move(true, Gpr.Rcx, record);
        _asm.Move(true, Gpr.Rax, target == Gpr.Rcx ? free : target);
        _asm.Jump(_thunks.EnterContext);
    }

    /// <summary>To the address in rax, which is elsewhere; pinned registers are stored.</summary>
    private void JumpOutside()
    {
        Poll();
        CodeThunks.EmitProbe(ref _asm);
        _asm.Jump(_thunks.Search);
    }

    private void Poll()
    {
        _asm.Alu(AluOp.Cmp, false, HostLayout.Engine(HostLayout.Attention), 0);
        _stubs.Add(new PendingStub { Kind = StubKind.AttentionIndirect, Field = (nint)_asm.JumpIfForward(Condition.NotEqual) });
    }

    /// <summary>A return inside a region goes most likely to where the region calls from.</summary>
    private void CompareReturnSites(in IrBlock block, Gpr target)
    {
        var compared = 0;
        foreach (ref readonly var caller in CollectionsMarshal.AsSpan(_unit.Blocks))
        {
            if (compared == MostComparisons) break;
            if (ReturnSiteOf(caller) is not (>= 0 and var site)) continue;
            var scratch = Temporary();
            _asm.MoveImmediate(scratch, caller.After);
            _asm.Alu(AluOp.Cmp, true, target, scratch);
            var skip = _asm.ShortJumpIfForward(Condition.NotEqual);
            Poll(caller.After);
            LeadTo(site, block, _asm.JumpForward());
            _asm.BindShort(skip);
            compared++;
        }
    }

    /// <summary>The block behind a call, if both that and what is called are in the region; else -1.</summary>
    private int ReturnSiteOf(in IrBlock caller)
    {
        if (!caller.MayBeCall || (caller.End == BlockEnd.Goto && BlockAt(caller.Next) < 0)) return -1;
        return BlockAt(caller.After);
    }

    private int CountReturnSites()
    {
        var count = 0;
        foreach (ref readonly var caller in CollectionsMarshal.AsSpan(_unit.Blocks))
        {
            if (ReturnSiteOf(caller) >= 0) count++;
        }
        return count;
    }

    /// <summary>Back to C#, with the address to go on at as given or in rax.</summary>
    private void Leave(ulong? pc, LeaveReason reason)
    {
        if (pc is { } next) _asm.MoveImmediate(Gpr.Rax, next);
        _asm.Jump(_thunks.LeaveFor(reason));
    }

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
