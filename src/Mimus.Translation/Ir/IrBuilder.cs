using System.Runtime.CompilerServices;
using Mimus.Isa;

namespace Mimus.Translation.Ir;

/// <summary>
/// Records instruction semantics as operations, one block at a time. On the way it forwards slots, folds constants and finds
/// again what was computed before.
/// </summary>
internal partial struct IrBuilder : IGuestOps<Value>
{
    private readonly IrUnit _unit;
    private readonly BlockMemory _memory;
    private readonly SpecialSlots _special;
    private readonly bool _canReadTime;
    private IrBlock _block;
    private bool _ended;
    private int _instructionLength, _firstOfInstruction;
    private ulong? _guess;
    private Value? _holdsInterrupts;

    /// <param name="unit">What is recorded.</param>
    /// <param name="memory">What is known while a block is recorded.</param>
    /// <param name="special">Slots that are not like the others.</param>
    /// <param name="canReadTime">Whether emitted code can read the processor's time by itself.</param>
    public IrBuilder(IrUnit unit, BlockMemory memory, SpecialSlots special, bool canReadTime)
    {
        _canReadTime = canReadTime;
        _unit = unit;
        _memory = memory;
        _special = special;
    }

    public ulong Pc { get; private set; }

    /// <summary>The last instruction ended the block.</summary>
    public readonly bool HasEnded => _ended;

    /// <param name="pc">Where it begins.</param>
    /// <param name="guess">What the slot that is guessed most likely has there.</param>
    public void BeginBlock(ulong pc, ulong? guess = null)
    {
        _guess = guess;
        _holdsInterrupts = null;
        _memory.Clear();
        _ended = false;
        _block = new IrBlock { Pc = pc, First = _unit.Count, End = BlockEnd.Goto };
    }

    public void BeginInstruction(ulong pc, int length)
    {
        Pc = pc;
        _instructionLength = length;
        _holdsInterrupts = null;
        _firstOfInstruction = _unit.Count;
        _unit.Guests.Add((pc, _block.Instructions));
        _block.Instructions++;
    }

    /// <summary>Ends the block; where no instruction did, it goes on at the next.</summary>
    public void EndBlock(ulong after)
    {
        if (_holdsInterrupts is { } condition) EndWithHeldInterrupts(condition);
        _block.Last = _unit.Count;
        _block.After = after;
        if (!_ended) _block.Next = after;
        _unit.Blocks.Add(_block);
    }

    /// <summary>What the slot that is guessed most likely has at the end of the block.</summary>
    public readonly ulong? Guess
    {
        get
        {
            if (_special.Guessed < 0) return null;
            if (IsSlotConstant(_special.Guessed, out var value)) return value;
            return _memory.SlotValue(_special.Guessed) < 0 ? _guess : null;
        }
    }

    public readonly Value Constant(ulong value) =>
        Number(new Inst { Op = IrOp.Constant, A = Inst.None, B = Inst.None, C = Inst.None, Immediate = value });

    public readonly Value Register(int slot)
    {
        if (slot == _special.Zero) return Constant(0);
        var known = _memory.SlotValue(slot);
        if (known >= 0) return new Value(known);
        var id = Emit(IrOp.ReadSlot, slot: slot);
        _memory.SetSlot(slot, id);
        return new Value(id);
    }

    public readonly void SetRegister(int slot, Value value)
    {
        if (slot == _special.Sink || _memory.SlotValue(slot) == value.Id) return;
        _memory.SetSlot(slot, value.Id);
        Emit(IrOp.WriteSlot, value.Id, slot: slot);
    }

    public readonly Value Add(Value a, Value b) => Binary(IrOp.Add, a, b);

    public readonly Value Subtract(Value a, Value b) => Binary(IrOp.Subtract, a, b);

    public readonly Value And(Value a, Value b) => Binary(IrOp.And, a, b);

    public readonly Value Or(Value a, Value b) => Binary(IrOp.Or, a, b);

    public readonly Value Xor(Value a, Value b) => Binary(IrOp.Xor, a, b);

    public readonly Value ShiftLeft(Value a, Value count) => Binary(IrOp.ShiftLeft, a, count);

    public readonly Value ShiftRight(Value a, Value count) => Binary(IrOp.ShiftRight, a, count);

    public readonly Value ShiftRightSigned(Value a, Value count) => Binary(IrOp.ShiftRightSigned, a, count);

    public readonly Value RotateRight(Value a, Value count) => Binary(IrOp.RotateRight, a, count);

    public readonly Value RotateRight32(Value a, Value count) => Binary(IrOp.RotateRight32, a, count);

    public readonly Value Multiply(Value a, Value b) => Binary(IrOp.Multiply, a, b);

    public readonly Value MultiplyHighSigned(Value a, Value b) => Binary(IrOp.MultiplyHighSigned, a, b);

    public readonly Value MultiplyHighUnsigned(Value a, Value b) => Binary(IrOp.MultiplyHighUnsigned, a, b);

    public readonly Value MultiplyHighSignedUnsigned(Value a, Value b) => Binary(IrOp.MultiplyHighSignedUnsigned, a, b);

    public readonly Value DivideSigned(Value a, Value b) => Binary(IrOp.DivideSigned, a, b);

    public readonly Value DivideUnsigned(Value a, Value b) => Binary(IrOp.DivideUnsigned, a, b);

    public readonly Value RemainderSigned(Value a, Value b) => Binary(IrOp.RemainderSigned, a, b);

    public readonly Value RemainderUnsigned(Value a, Value b) => Binary(IrOp.RemainderUnsigned, a, b);

    public readonly Value SignExtend(Value a, MemorySize from) => Unary(IrOp.SignExtend, a, from);

    public readonly Value ZeroExtend(Value a, MemorySize from) => Unary(IrOp.ZeroExtend, a, from);

    public readonly Value CountLeadingZeros(Value a) => Unary(IrOp.CountLeadingZeros, a, default);

    public readonly Value CountTrailingZeros(Value a) => Unary(IrOp.CountTrailingZeros, a, default);

    public readonly Value CountOnes(Value a) => Unary(IrOp.CountOnes, a, default);

    public readonly Value ReverseBytes(Value a) => Unary(IrOp.ReverseBytes, a, default);

    public readonly Value CarrylessMultiplyLow(Value a, Value b) => Binary(IrOp.CarrylessMultiplyLow, a, b);

    public readonly Value CarrylessMultiplyHigh(Value a, Value b) => Binary(IrOp.CarrylessMultiplyHigh, a, b);

    public readonly Value Compare(Relation relation, Value a, Value b)
    {
        if (IsConstant(a, out var x) && IsConstant(b, out var y)) return Constant(IrMath.Holds(relation, x, y) ? 1u : 0u);
        if (IsAlways(relation, a, b) is { } always) return Constant(always ? 1u : 0u);
        return Number(new Inst { Op = IrOp.Compare, Kind = (byte)relation, A = a.Id, B = b.Id, C = Inst.None });
    }

    public readonly Value Select(Value condition, Value a, Value b)
    {
        if (a.Id == b.Id) return a;
        if (IsKnown(condition, out var holds)) return holds != 0 ? a : b;
        return Number(new Inst { Op = IrOp.Select, A = condition.Id, B = a.Id, C = b.Id });
    }

    public readonly void Fence() => Emit(IrOp.Fence);

    public readonly unsafe Value ReadTime() =>
        _canReadTime ? new Value(Emit(IrOp.ReadTime)) : Call(new Helper("time", &TimeHelpers.Read), Constant(0), Constant(0));

    public void Jump(Value target) => JumpTo(target, BlockEnd.Indirect);

    public void Return(Value target) => JumpTo(target, BlockEnd.Return);

    public void BranchIf(Value condition, ulong target)
    {
        var next = Pc + (ulong)_instructionLength;
        if (IsKnown(condition, out var holds)) End(BlockEnd.Goto, Inst.None, holds != 0 ? target : next);
        else
        {
            End(BlockEnd.Branch, condition.Id, next);
            _block.Taken = target;
        }
    }

    public bool TrapIf(Value condition, int cause, Value value)
    {
        if (IsKnown(condition, out var holds) && holds == 0) return false;
        Emit(IrOp.TrapIf, condition.Id, Defined(value).Id, kind: (byte)cause);
        _memory.KnowZero(condition.Id);
        if (!IsConstant(condition, out _)) return false;
        End(BlockEnd.Never, Inst.None, 0);
        return true;
    }

    public readonly bool TryCall(Helper helper, Value a, Value b, out Value result)
    {
        result = CallBarrier(IrOp.TryCall, helper, a, b);
        return true;
    }

    public readonly Value Call(Helper helper, Value a, Value b) => CallBarrier(IrOp.Call, helper, a, b);

    public void EndBlock()
    {
        _block.Refresh = true;
        if (!_ended) End(BlockEnd.Goto, Inst.None, Pc + (ulong)_instructionLength);
    }

    public void EnterContext(Value context)
    {
        if (_block.EndsIndirectly) _block.Context = context.Id;
        EndBlock();
    }

    public void EndBlockIf(Value condition)
    {
        if (IsKnown(condition, out var holds))
        {
            if (holds != 0) EndBlock();
            return;
        }
        _block.Refresh = true;
        End(BlockEnd.Goto, condition.Id, Pc + (ulong)_instructionLength);
    }

    internal readonly bool IsConstant(Value v, out ulong value)
    {
        ref var inst = ref _unit.Insts[v.Id];
        value = inst.Immediate;
        return inst.Op == IrOp.Constant;
    }

    private readonly bool IsSlotConstant(int slot, out ulong value)
    {
        value = 0;
        var known = _memory.SlotValue(slot);
        return known >= 0 && IsConstant(new Value(known), out value);
    }

    private readonly bool IsKnown(Value v, out ulong value)
    {
        if (IsConstant(v, out value)) return true;
        value = 0;
        return _memory.IsZero(v.Id);
    }

    /// <summary>Where a value is not 0 the instruction is the interpreter's.</summary>
    private readonly void Guard(Value zero)
    {
        if (IsKnown(zero, out var value) && value == 0) return;
        Emit(IrOp.GuardZero, zero.Id);
        _memory.KnowZero(zero.Id);
    }

    private void JumpTo(Value target, BlockEnd indirect)
    {
        if (IsConstant(target, out var pc)) End(BlockEnd.Goto, Inst.None, pc);
        else End(indirect, target.Id, 0);
    }

    private void End(BlockEnd end, int value, ulong next)
    {
        _ended = true;
        _block.End = end;
        _block.Value = value;
        _block.Next = next;
    }

    private readonly Value Defined(Value value) => value.Id == Inst.None ? Constant(0) : value;

    /// <summary>A method may read and change any slot: nothing is known of them afterwards.</summary>
    private readonly Value CallBarrier(IrOp op, Helper helper, Value a, Value b)
    {
        var id = Emit(op, Defined(a).Id, Defined(b).Id, slot: _unit.NumberOf(helper));
        _memory.ForgetSlots();
        return new Value(id);
    }

    private readonly int Emit(IrOp op, int a = Inst.None, int b = Inst.None, int c = Inst.None, byte kind = 0, byte variant = 0, int slot = 0, ulong immediate = 0) =>
        _unit.Add(new Inst
        {
            Op = op,
            Kind = kind,
            Variant = variant,
            Guest = (ushort)(_unit.Guests.Count - 1),
            A = a,
            B = b,
            C = c,
            Slot = slot,
            Immediate = immediate,
        });

    /// <summary>The operation, or the one of the block that already computed the same.</summary>
    private readonly Value Number(Inst inst)
    {
        var found = _memory.Find(_unit, inst, _block.First);
        if (found >= 0) return new Value(found);
        inst.Guest = (ushort)(_unit.Guests.Count - 1);
        var id = _unit.Add(inst);
        _memory.Remember(inst, id);
        return new Value(id);
    }
}
