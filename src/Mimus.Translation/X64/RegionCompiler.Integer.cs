using Mimus.Isa;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>Integer operations.</content>
internal sealed unsafe partial class RegionCompiler
{
    private void Lower(in Inst inst)
    {
        switch (inst.Op)
        {
            case IrOp.Constant: break;
            case IrOp.ReadSlot: ReadSlot(inst.Slot); break;
            case IrOp.WriteSlot: WriteSlot(inst.Slot, inst.A); break;
            case IrOp.Add: Add(inst); break;
            case IrOp.Subtract: Binary(AluOp.Sub, inst); break;
            case IrOp.And: Binary(AluOp.And, inst); break;
            case IrOp.Or: Binary(AluOp.Or, inst); break;
            case IrOp.Xor: Binary(AluOp.Xor, inst); break;
            case IrOp.ShiftLeft: if (!_isScale[_at]) Shift(ShiftOp.Shl, inst); break;
            case IrOp.ShiftRight: Shift(ShiftOp.Shr, inst); break;
            case IrOp.ShiftRightSigned: Shift(ShiftOp.Sar, inst); break;
            case IrOp.RotateRight: Rotate(inst, true); break;
            case IrOp.RotateRight32: Rotate(inst, false); break;
            case IrOp.Multiply: Multiply(inst); break;
            case IrOp.MultiplyHighSigned or IrOp.MultiplyHighUnsigned or IrOp.MultiplyHighSignedUnsigned: MultiplyHigh(inst); break;
            case IrOp.DivideSigned or IrOp.DivideUnsigned or IrOp.RemainderSigned or IrOp.RemainderUnsigned: Divide(inst); break;
            case IrOp.SignExtend: Extend(inst, true); break;
            case IrOp.ZeroExtend: Extend(inst, false); break;
            case IrOp.Compare: if (!_isFused[_at]) Compare(inst); break;
            case IrOp.Select: Select(inst); break;
            case IrOp.CountLeadingZeros or IrOp.CountTrailingZeros or IrOp.CountOnes: Count(inst); break;
            case IrOp.ReverseBytes: _asm.ReverseBytes(true, DefineFrom(_at, inst.A)); break;
            case IrOp.CarrylessMultiplyLow or IrOp.CarrylessMultiplyHigh: CarrylessMultiply(inst); break;
            case IrOp.Fence: Fence(); break;
            case IrOp.ReadTime: ReadTime(inst); break;
            case IrOp.TrapIf: TrapIf(inst); break;
            case IrOp.GuardZero: Guard(inst); break;
            case IrOp.Call or IrOp.TryCall: Call(inst); break;
            case IrOp.FloatCall: FloatCall(inst); break;
            case IrOp.Load or IrOp.LoadForUpdate or IrOp.Store or IrOp.LoadReserved or IrOp.StoreConditional or IrOp.Atomic or IrOp.CompareExchange: LowerMemory(inst); break;
            case IrOp.Vector or IrOp.VectorLoad or IrOp.VectorStore: LowerVector(inst); break;
            default: LowerFloat(inst); break;
        }
    }

    /// <summary>The host keeps all orders but that of a store before a later load, for which any locked operation does, faster than mfence.</summary>
    private void Fence() => _asm.LockAlu(AluOp.Add, false, HostLayout.Engine(HostLayout.Scratch), Gpr.Rsp);

    private void ReadSlot(int slot)
    {
        if (_pinnedVector[slot] is { } vector) ReadHalf(vector, slot);
        else if (_pinnedGpr[slot] >= 0) Assign((Gpr)_pinnedGpr[slot], _at);
        else if (_pinnedXmm[slot] >= 0)
        {
            _xmmValue[_pinnedXmm[slot]] = _at;
            _xmmOf[_at] = (sbyte)_pinnedXmm[slot];
        }
        else
        {
            // Read when it is first used.
            _memoryValue[slot] = _at;
            _memoryOf[_at] = (short)slot;
            _knownSlots.Add(slot);
        }
    }

    private void WriteSlot(int slot, int value)
    {
        if (_pinnedVector[slot] is { } vector) WriteHalf(vector, slot, value);
        else if (_pinnedGpr[slot] >= 0)
        {
            var register = (Gpr)_pinnedGpr[slot];
            if (_gprOf[value] == (int)register) return;
            MoveAway(register);
            Fetch(register, value);
            _gprValue[(int)register] = Opaque;
        }
        else if (_pinnedXmm[slot] >= 0)
        {
            var register = (Xmm)_pinnedXmm[slot];
            if (_xmmOf[value] == (int)register) return;
            MoveAway(register);
            FetchXmm(register, value);
            _xmmValue[(int)register] = Opaque;
        }
        else
        {
            var old = _slotValue[slot];
            if (_dirtySlots.Contains(slot)) _holders[old]--;
            else _dirtySlots.Add(slot);
            _slotValue[slot] = value;
            _holders[value]++;
            _knownSlots.Add(slot);
        }
    }

    /// <summary>Something else comes into a pinned register: what its value is still wanted for moves.</summary>
    private void MoveAway(Gpr register)
    {
        var old = _gprValue[(int)register];
        if (old < 0 || _gprOf[old] != (int)register) return;
        _gprOf[old] = Free;
        if (_lastUse[old] <= _at && _holders[old] == 0) return;
        if (HasOtherPlace(old)) return;
        var other = Allocate();
        _asm.Move(true, other, register);
        Assign(other, old);
    }

    private void MoveAway(Xmm register)
    {
        var old = _xmmValue[(int)register];
        if (old < 0 || _xmmOf[old] != (int)register) return;
        _xmmOf[old] = Free;
        if (_lastUse[old] <= _at && _holders[old] == 0) return;
        if (_gprOf[old] >= 0 || _spillOf[old] >= 0 || _memoryOf[old] >= 0) return;
        var other = AllocateXmm();
        _asm.MoveFloat(other, register);
        _xmmValue[(int)other] = old;
        _xmmOf[old] = (sbyte)other;
    }

    private void Add(in Inst inst)
    {
        if (IsConstant32(inst.B, out var constant))
        {
            var a = Use(inst.A);
            if (TryDefineInPin(_at, out var pinned) || IsNeeded(inst.A) || (_pinnedMask & (1u << (int)a)) != 0)
            {
                var d = Define(_at);
                if (d == a) _asm.Alu(AluOp.Add, true, d, constant);
                else _asm.LoadAddress(true, d, new Address(a, constant));
                return;
            }
            _asm.Alu(AluOp.Add, true, DefineFrom(_at, inst.A), constant);
            return;
        }
        if (TryScaledAdd(inst.A, inst.B) || TryScaledAdd(inst.B, inst.A)) return;
        Gpr first = Use(inst.A), second = Use(inst.B);
        if (TryDefineInPin(_at, out var target) && target != first && target != second)
        {
            _asm.LoadAddress(true, Define(_at), new Address(first, second, 1));
            return;
        }
        if (IsNeeded(inst.A) && IsNeeded(inst.B) && !TryDefineInPin(_at, out _))
        {
            _asm.LoadAddress(true, Define(_at), new Address(first, second, 1));
            return;
        }
        Binary(AluOp.Add, inst);
    }

    /// <summary>A sum with a value shifted for it alone is one address.</summary>
    private bool TryScaledAdd(int shifted, int other)
    {
        if (!_isScale[shifted]) return false;
        ref var shift = ref _insts[shifted];
        var index = Use(shift.A);
        var @base = Use(other);
        _asm.LoadAddress(true, Define(_at), new Address(@base, index, 1 << (int)_insts[shift.B].Immediate));
        return true;
    }

    private void Binary(AluOp op, in Inst inst)
    {
        if (IsConstant32(inst.B, out var constant))
        {
            _asm.Alu(op, true, DefineFrom(_at, inst.A), constant);
            return;
        }
        int a = inst.A, b = inst.B;
        Use(a);
        var second = Use(b);
        // Whichever operand dies, or lies in the register where the result goes, is better worked on in place.
        var commutes = op != AluOp.Sub;
        if (commutes && TryDefineInPin(_at, out var pinned) && second == pinned && (Gpr)_gprOf[a] != pinned) (a, b, second) = (b, a, (Gpr)_gprOf[a]);
        else if (commutes && IsNeeded(a) && !IsNeeded(b) && !TryDefineInPin(_at, out _)) (a, b, second) = (b, a, (Gpr)_gprOf[a]);
        _asm.Alu(op, true, DefineFrom(_at, a, b), second);
    }

    private void Shift(ShiftOp op, in Inst inst)
    {
        if (IsConstant(inst.B, out var count))
        {
            _asm.Shift(op, true, DefineFrom(_at, inst.A), (int)(count & 63));
            return;
        }
        Gpr a = Use(inst.A), b = Use(inst.B);
        _asm.ShiftBmi(op, true, Define(_at), a, b);
    }

    private void Rotate(in Inst inst, bool wide)
    {
        if (IsConstant(inst.B, out var count))
        {
            var a = Use(inst.A);
            _asm.RotateRightBmi(wide, Define(_at), a, (int)(count & (wide ? 63u : 31u)));
            return;
        }
        Reserve(Gpr.Rcx);
        Fetch(Gpr.Rcx, inst.B);
        var value = Temporary();
        Fetch(value, inst.A);
        if (!wide) _asm.Move(false, value, value);
        _asm.ShiftByCl(ShiftOp.Ror, wide, value);
        DefineAt(value);
    }

    private void Multiply(in Inst inst)
    {
        if (IsConstant32(inst.B, out var constant))
        {
            var a = Use(inst.A);
            _asm.MultiplyImmediate(true, Define(_at), a, constant);
            return;
        }
        Use(inst.A);
        var b = Use(inst.B);
        _asm.Multiply(true, DefineFrom(_at, inst.A, inst.B), b);
    }

    private void MultiplyHigh(in Inst inst)
    {
        Reserve(Gpr.Rax);
        Reserve(Gpr.Rdx);
        Gpr a = Use(inst.A), b = Use(inst.B);
        _asm.Move(true, Gpr.Rax, a);
        _asm.MultiplyWide(inst.Op == IrOp.MultiplyHighSigned, true, b);
        if (inst.Op == IrOp.MultiplyHighSignedUnsigned)
        {
            // A negative first operand counts 2^64 too much.
            _asm.Move(true, Gpr.Rax, a);
            _asm.Shift(ShiftOp.Sar, true, Gpr.Rax, 63);
            _asm.Alu(AluOp.And, true, Gpr.Rax, b);
            _asm.Alu(AluOp.Sub, true, Gpr.Rdx, Gpr.Rax);
        }
        DefineAt(Gpr.Rdx);
    }

    private void Divide(in Inst inst)
    {
        var isSigned = inst.Op is IrOp.DivideSigned or IrOp.RemainderSigned;
        var isRemainder = inst.Op is IrOp.RemainderSigned or IrOp.RemainderUnsigned;
        Reserve(Gpr.Rax);
        Reserve(Gpr.Rdx);
        Gpr a = Use(inst.A), b = Use(inst.B);
        _asm.Move(true, Gpr.Rax, a);
        var knownDivisor = IsConstant(inst.B, out var divisor) && divisor is not 0 and not ulong.MaxValue;
        byte* special = null, minus = null;
        if (!knownDivisor)
        {
            // By zero the quotient is 0 and the remainder the dividend; by -1 the host would trap on the smallest number.
            _asm.Test(true, b, b);
            special = _asm.ShortJumpIfForward(Condition.Equal);
            if (isSigned)
            {
                _asm.Alu(AluOp.Cmp, true, b, -1);
                minus = _asm.ShortJumpIfForward(Condition.Equal);
            }
        }
        if (isSigned) _asm.SignExtendAccumulator(true);
        else _asm.Alu(AluOp.Xor, false, Gpr.Rdx, Gpr.Rdx);
        // Small operands divide faster in 32 bits on many hosts.
        _asm.Divide(isSigned, true, b);
        if (!knownDivisor)
        {
            var done = _asm.ShortJumpForward();
            byte* doneToo = null;
            if (isSigned)
            {
                _asm.BindShort(minus);
                _asm.Negate(true, Gpr.Rax);
                _asm.Alu(AluOp.Xor, false, Gpr.Rdx, Gpr.Rdx);
                doneToo = _asm.ShortJumpForward();
            }
            _asm.BindShort(special);
            _asm.Move(true, Gpr.Rdx, Gpr.Rax);
            _asm.Alu(AluOp.Xor, false, Gpr.Rax, Gpr.Rax);
            _asm.BindShort(done);
            if (doneToo != null) _asm.BindShort(doneToo);
        }
        DefineAt(isRemainder ? Gpr.Rdx : Gpr.Rax);
    }

    private void Extend(in Inst inst, bool isSigned)
    {
        var a = Use(inst.A);
        var d = Define(_at);
        if (isSigned) _asm.SignExtend((MemorySize)inst.Kind, d, a);
        else _asm.ZeroExtend((MemorySize)inst.Kind, d, a);
    }

    private static Condition ConditionOf(Relation relation) => relation switch
    {
        Relation.Equal => Condition.Equal,
        Relation.NotEqual => Condition.NotEqual,
        Relation.LessSigned => Condition.Less,
        Relation.GreaterOrEqualSigned => Condition.GreaterOrEqual,
        Relation.LessUnsigned => Condition.Below,
        _ => Condition.AboveOrEqual,
    };

    private static Condition Opposite(Condition condition) => (Condition)((int)condition ^ 1);

    private Condition EmitCompare(in Inst inst)
    {
        var relation = (Relation)inst.Kind;
        var a = Use(inst.A);
        if (IsConstant32(inst.B, out var constant))
        {
            if (constant == 0) _asm.Test(true, a, a);
            else _asm.Alu(AluOp.Cmp, true, a, constant);
        }
        else _asm.Alu(AluOp.Cmp, true, a, Use(inst.B));
        return ConditionOf(relation);
    }

    /// <summary>Sets the host's flags by a value; the result is the condition under which it is not zero.</summary>
    private Condition EmitTest(int value)
    {
        if (_isFused[value]) return EmitCompare(_insts[value]);
        var register = Use(value);
        _asm.Test(true, register, register);
        return Condition.NotEqual;
    }

    private void Compare(in Inst inst)
    {
        var condition = EmitCompare(inst);
        var d = Define(_at);
        _asm.Set(condition, d);
        _asm.ZeroExtend(MemorySize.Byte, d, d);
    }

    private void Select(in Inst inst)
    {
        // All operands are in place before the flags are made, and the result is not where the other choice is.
        var chosen = Use(inst.B);
        Use(inst.C);
        if (_isFused[inst.A])
        {
            Use(_insts[inst.A].A);
            if (!IsConstant32(_insts[inst.A].B, out _)) Use(_insts[inst.A].B);
        }
        else Use(inst.A);
        var result = Allocate();
        _asm.Move(true, result, (Gpr)_gprOf[inst.C]);
        var condition = EmitTest(inst.A);
        _asm.MoveIf(condition, true, result, chosen);
        DefineAt(result);
    }

    private void Count(in Inst inst)
    {
        var a = Use(inst.A);
        var d = Define(_at);
        switch (inst.Op)
        {
            case IrOp.CountLeadingZeros: _asm.CountLeadingZeros(true, d, a); break;
            case IrOp.CountTrailingZeros: _asm.CountTrailingZeros(true, d, a); break;
            default: _asm.CountOnes(true, d, a); break;
        }
    }

    private void CarrylessMultiply(in Inst inst)
    {
        Gpr a = Use(inst.A), b = Use(inst.B);
        Xmm x = AllocateXmm(), y = AllocateXmm();
        _asm.MoveToXmm(true, x, a);
        _asm.MoveToXmm(true, y, b);
        _asm.CarrylessMultiply(x, y, 0);
        if (inst.Op == IrOp.CarrylessMultiplyHigh) _asm.ShiftRightBytes(x, 8);
        _asm.MoveFromXmm(true, Define(_at), x);
    }
}
