using Mimus.Isa;
using Mimus.Isa.X86;
using Mimus.Isa.X86.Instructions;

namespace Mimus.Translation.Ir;

/// <content>
/// What x86 has beyond other instruction sets. The kind of the flags is mostly known while recording, or guessed and guarded, and a condition becomes
/// one comparison of what the flags come from.
/// </content>
internal partial struct IrBuilder : IX86Ops<Value>
{
    /// <summary>Operations of the same name do the same.</summary>
    private static readonly IrVector?[] s_vectors =
        [.. Enum.GetValues<VectorOperation>().Select(o => Enum.TryParse<IrVector>(o.ToString(), out var vector) ? vector : (IrVector?)null)];

    public readonly void SetFlags(FlagKind kind, MemorySize width, Value x, Value y, Value z)
    {
        SetRegister(Slot.FlagKind, Constant(FlagKinds.Pack(kind, width)));
        SetRegister(Slot.FlagX, x);
        if (FlagKinds.HasY(kind)) SetRegister(Slot.FlagY, y);
        if (FlagKinds.HasZ(kind)) SetRegister(Slot.FlagZ, z);
    }

    public readonly void SetFlagsIf(Value condition, FlagKind kind, MemorySize width, Value x, Value y)
    {
        if (IsKnown(condition, out var holds))
        {
            if (holds != 0) SetFlags(kind, width, x, y, x);
            return;
        }
        SetRegister(Slot.FlagKind, Select(condition, Constant(FlagKinds.Pack(kind, width)), Register(Slot.FlagKind)));
        SetRegister(Slot.FlagX, Select(condition, x, Register(Slot.FlagX)));
        if (FlagKinds.HasY(kind)) SetRegister(Slot.FlagY, Select(condition, y, Register(Slot.FlagY)));
    }

    public Value Flags()
    {
        KnowFlagKind(out var kind, out var width);
        return FlagFormulas<IrBuilder, Value>.All(ref this, kind, width);
    }

    /// <summary>Nothing is guessed for it: what is not asked for goes away.</summary>
    public Value KeptCarry() => IsSlotConstant(Slot.FlagKind, out _)
        ? Condition(ConditionCode.Below)
        : FlagFormulas<IrBuilder, Value>.CarryOfAnyKind(ref this);

    public Value Condition(ConditionCode code)
    {
        KnowFlagKind(out var kind, out var width);
        return FlagFormulas<IrBuilder, Value>.Condition(ref this, kind, width, code);
    }

    /// <summary>Of 64 bits, as nearly all are; others are the interpreter's, as are those that fault.</summary>
    public readonly bool TryDivide(bool isSigned, Value high, Value low, Value divisor, out Value quotient, out Value remainder)
    {
        Guard(isSigned ? Xor(high, ShiftRightSigned(low, Constant(63))) : high);
        Guard(Compare(Relation.Equal, divisor, Constant(0)));
        if (isSigned)
        {
            var overflows = And(Compare(Relation.Equal, low, Constant(1ul << 63)), Compare(Relation.Equal, divisor, Constant(ulong.MaxValue)));
            Guard(overflows);
        }
        quotient = isSigned ? DivideSigned(low, divisor) : DivideUnsigned(low, divisor);
        remainder = isSigned ? RemainderSigned(low, divisor) : RemainderUnsigned(low, divisor);
        return true;
    }

    /// <summary>Rare enough to be left to the interpreter when it happens.</summary>
    public readonly bool ExitIf(Value condition)
    {
        Guard(condition);
        return IsKnown(condition, out var holds) && holds != 0;
    }

    /// <summary>
    /// Interrupts are taken between blocks, so only one that waits already is the interpreter's; and where the next instruction is not of this block,
    /// it is told by the state.
    /// </summary>
    public void HoldInterrupts(Value condition)
    {
        Guard(Select(condition, Register(Slot.HeldFlags), Constant(0)));
        _holdsInterrupts = condition;
    }

    public readonly bool TryLoadForUpdate(Value address, MemorySize size, out Value value)
    {
        var at = Split(address, out var displacement);
        value = new Value(Emit(IrOp.LoadForUpdate, at, kind: (byte)size, immediate: displacement));
        return true;
    }

    public bool TryProbeWrite(Value address, int bytes) => Interpret();

    public readonly bool TryCompareExchange(Value address, MemorySize size, Value expected, Value value, out Value old)
    {
        old = new Value(Emit(IrOp.CompareExchange, address.Id, expected.Id, value.Id, kind: (byte)size));
        return true;
    }

    public bool TryCompareExchangePair(Value address, Value expectedLow, Value expectedHigh, Value low, Value high, out Value oldLow, out Value oldHigh)
    {
        oldLow = oldHigh = default;
        return Interpret();
    }

    public readonly bool TryLoadVector(Value address, int bytes, int register)
    {
        if (bytes >= (int)MemorySize.Word)
        {
            EmitVector(IrOp.VectorLoad, address, bytes, register);
            ForgetVector(Slot.Vector(register), bytes);
        }
        else
        {
            TryLoad(address, (MemorySize)bytes, out var value);
            SetRegister(Slot.Vector(register), value);
            SetRegister(Slot.Vector(register, 1), Constant(0));
        }
        return true;
    }

    public readonly bool TryStoreVector(Value address, int bytes, int register)
    {
        if (bytes < (int)MemorySize.Word) return TryStore(address, (MemorySize)bytes, Register(Slot.Vector(register)));
        EmitVector(IrOp.VectorStore, address, bytes, register);
        return true;
    }

    public readonly unsafe bool TryVector(VectorOperation operation, int bytes, int target, int a, int b, int control)
    {
        if (bytes >= 16 && s_vectors[(int)operation] is { } native)
        {
            Compute(native, bytes, target, a, b, control);
            return true;
        }
        var registers = Constant(VectorHelpers.Pack(bytes, target, a, b, control));
        return TryCall(new Helper("vector", &VectorHelpers.Apply), Constant((ulong)operation), registers, out _);
    }

    /// <summary>The instruction that holds interrupts is its block's last: the next one runs alone.</summary>
    private void EndWithHeldInterrupts(Value condition)
    {
        SetRegister(Slot.InterruptShadow, condition);
        EndBlockIf(condition);
    }

    public readonly void CopyVector(int bytes, int target, int source) => Compute(IrVector.Copy, bytes, target, source, source, 0);

    private readonly void Compute(IrVector operation, int bytes, int target, int a, int b, int control)
    {
        var operands = new VectorOperands((byte)Slot.Vector(target), (byte)Slot.Vector(a), (byte)Slot.Vector(b), (byte)bytes, (byte)control);
        Emit(IrOp.Vector, slot: (int)operation, immediate: operands.Pack());
        ForgetVector(operands.Target, bytes);
    }

    private readonly void EmitVector(IrOp op, Value address, int bytes, int register)
    {
        var at = Split(address, out var displacement);
        Emit(op, at, kind: (byte)bytes, slot: Slot.Vector(register), immediate: displacement);
    }

    private readonly void ForgetVector(int first, int bytes)
    {
        for (var slot = first; slot < first + Math.Max(2, bytes / 8); slot++) _memory.ForgetSlot(slot);
    }

    /// <summary>The instruction is the interpreter's, and the block ends before it. False, as when an access has faulted.</summary>
    private bool Interpret()
    {
        Emit(IrOp.GuardZero, Constant(1).Id);
        End(BlockEnd.Never, Inst.None, 0);
        return false;
    }

    /// <summary>The instruction has changed something, so that it cannot be left to the interpreter any more.</summary>
    private readonly bool HasChangedState
    {
        get
        {
            for (var i = _firstOfInstruction; i < _unit.Count; i++)
            {
                if (_unit.Insts[i].Op is IrOp.WriteSlot or IrOp.Store or IrOp.Atomic or IrOp.CompareExchange or IrOp.Call or IrOp.TryCall or IrOp.Vector or IrOp.VectorLoad or IrOp.VectorStore) return true;
            }
            return false;
        }
    }

    /// <summary>Which kind the flags are of: as it is known, as it is guessed, or made so by a call.</summary>
    private readonly unsafe void KnowFlagKind(out FlagKind kind, out MemorySize width)
    {
        if (!IsSlotConstant(Slot.FlagKind, out var packed) && !TryGuess(Slot.FlagKind, out packed))
        {
            var flags = Call(new Helper("flags", &FlagHelpers.Read), Constant(0), Constant(0));
            SetFlags(FlagKind.Eager, MemorySize.Byte, flags, flags, flags);
            packed = FlagKinds.Pack(FlagKind.Eager, MemorySize.Byte);
        }
        (kind, width) = FlagKinds.Unpack(packed);
    }

    /// <summary>Takes the value that a slot most likely has for its own, and makes sure that it has it.</summary>
    private readonly bool TryGuess(int slot, out ulong value)
    {
        value = _guess ?? 0;
        if (_guess is null || _memory.SlotValue(slot) >= 0 || HasChangedState) return false;
        Guard(Xor(Register(slot), Constant(value)));
        _memory.SetSlot(slot, Constant(value).Id);
        return true;
    }
}
