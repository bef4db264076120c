using System.Diagnostics;
using Mimus.Isa;
using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <content>The same for xmm registers.</content>
internal sealed unsafe partial class RegionCompiler
{
    private static readonly Xmm[] s_xmmOrder =
    [
        Xmm.Xmm4, Xmm.Xmm5, Xmm.Xmm6, Xmm.Xmm7, Xmm.Xmm8, Xmm.Xmm9, Xmm.Xmm10, Xmm.Xmm11, Xmm.Xmm12, Xmm.Xmm13, Xmm.Xmm14, Xmm.Xmm15,
        Xmm.Xmm3, Xmm.Xmm2, Xmm.Xmm1, Xmm.Xmm0,
    ];

    /// <summary>The block that is emitted has floating-point operations up to here.</summary>
    private bool _ranFloats;

    private bool IsAvailable(Xmm register) => ((_pinnedXmmMask | _lockedXmm) & (1u << (int)register)) == 0;

    private Xmm AllocateXmm()
    {
        var best = -1;
        foreach (var register in s_xmmOrder)
        {
            if (!IsAvailable(register)) continue;
            var value = _xmmValue[(int)register];
            if (IsFree(value)) return Take(register);
            if (best < 0 || _lastUse[value] > _lastUse[_xmmValue[best]]) best = (int)register;
        }
        Debug.Assert(best >= 0, "all xmm registers are locked");
        SaveXmm(_xmmValue[best]);
        return Take((Xmm)best);
    }

    private Xmm Take(Xmm register)
    {
        Drop(register);
        _lockedXmm |= 1u << (int)register;
        return register;
    }

    private void Drop(Xmm register)
    {
        var value = _xmmValue[(int)register];
        if (value >= 0 && _xmmOf[value] == (int)register) _xmmOf[value] = Free;
        _xmmValue[(int)register] = Free;
    }

    private void SaveXmm(int value)
    {
        if (!IsStillWanted(value) || _memoryOf[value] >= 0 || _spillOf[value] >= 0 || _gprOf[value] >= 0) return;
        if (IsNarrow(value))
        {
            // The upper half is not part of the value, so it goes by way of a general register.
            var locked = _locked;
            Use(value);
            _locked = locked;
            return;
        }
        if (_holders[value] != 0)
        {
            foreach (var slot in _dirtySlots)
            {
                if (_slotValue[slot] != value) continue;
                StoreSlot(slot);
                return;
            }
        }
        _asm.StoreFloat(true, HostLayout.Spill(AllocateSpill(value)), (Xmm)_xmmOf[value]);
    }

    /// <summary>A value in an xmm register, locked until the operation is done.</summary>
    private Xmm UseXmm(int value, bool isDouble)
    {
        if (isDouble && IsNarrow(value))
        {
            var copy = AllocateXmm();
            FetchXmm(copy, value);
            return copy;
        }
        if (_xmmOf[value] < 0)
        {
            var register = AllocateXmm();
            FetchXmm(register, value);
            _xmmValue[(int)register] = value;
            _xmmOf[value] = (sbyte)register;
        }
        _lockedXmm |= 1u << _xmmOf[value];
        return (Xmm)_xmmOf[value];
    }

    private void FetchXmm(Xmm register, int value)
    {
        // What is above a single in its register is not zero, as it is in the value.
        if (_xmmOf[value] >= 0 && !IsNarrow(value))
        {
            if (_xmmOf[value] != (int)register) _asm.MoveFloat(register, (Xmm)_xmmOf[value]);
        }
        else if (_gprOf[value] >= 0) _asm.MoveToXmm(true, register, (Gpr)_gprOf[value]);
        else if (IsConstant(value, out var constant) && constant == 0) _asm.Logic(LogicOp.Xor, register, register);
        else if (_spillOf[value] >= 0) _asm.LoadFloat(true, register, HostLayout.Spill(_spillOf[value]));
        else if (_memoryOf[value] >= 0) _asm.LoadFloat(true, register, HostLayout.Slot(_memoryOf[value]));
        else
        {
            var locked = _locked;
            _asm.MoveToXmm(true, register, Use(value));
            _locked = locked;
        }
    }

    private Xmm DefineXmm(int value)
    {
        var register = TryDefineInXmmPin(value, out var pinned) ? pinned : AllocateXmm();
        BindXmm(register, value);
        return register;
    }

    private bool TryDefineInXmmPin(int value, out Xmm register)
    {
        register = default;
        if (_hint[value] < 0 || _pinnedXmm[_hint[value]] < 0 || IsNarrow(value)) return false;
        register = (Xmm)_pinnedXmm[_hint[value]];
        var old = _xmmValue[(int)register];
        return old < 0 || !IsNeeded(old) || _gprOf[old] >= 0 || _spillOf[old] >= 0 || _memoryOf[old] >= 0;
    }

    /// <summary>Once in each block: calls behind this collect the flags without asking.</summary>
    private void NoteFloats()
    {
        if (!_ranFloats) _asm.StoreImmediate(MemorySize.Byte, HostLayout.Engine(HostLayout.FloatsRan), 1);
        _ranFloats = true;
    }

    private void LowerFloat(in Inst inst)
    {
        NoteFloats();
        var isDouble = inst.Kind != 0;
        switch (inst.Op)
        {
            case IrOp.FloatAdd: Arithmetic(inst, FloatOp.Add, isDouble); break;
            case IrOp.FloatSubtract: Arithmetic(inst, FloatOp.Sub, isDouble); break;
            case IrOp.FloatMultiply: Arithmetic(inst, FloatOp.Mul, isDouble); break;
            case IrOp.FloatDivide: Arithmetic(inst, FloatOp.Div, isDouble); break;
            case IrOp.FloatSquareRoot:
            {
                var a = UseXmm(inst.A, isDouble);
                var d = DefineXmm(_at);
                _asm.FloatVex(FloatOp.Sqrt, isDouble, d, a, a);
                Canonicalize(d, isDouble);
                break;
            }
            case IrOp.FloatMultiplyAdd: MultiplyAdd(inst, isDouble); break;
            case IrOp.FloatCompare: CompareFloats(inst, isDouble); break;
            case IrOp.FloatConvert:
            {
                var a = UseXmm(inst.A, !isDouble);
                var d = DefineXmm(_at);
                _asm.ConvertFloat(isDouble, d, a);
                Canonicalize(d, isDouble);
                break;
            }
            case IrOp.FloatToInteger: ToInteger(inst, isDouble); break;
            default:
            {
                var a = Use(inst.A);
                var d = DefineXmm(_at);
                _asm.Logic(LogicOp.Xor, d, d); // breaks the dependence on what was there
                switch ((IntegerType)inst.Variant)
                {
                    case IntegerType.Int32: _asm.ConvertFromInteger(isDouble, false, d, a); break;
                    case IntegerType.Int64: _asm.ConvertFromInteger(isDouble, true, d, a); break;
                    default:
                        var wide = Temporary();
                        _asm.Move(false, wide, a);
                        _asm.ConvertFromInteger(isDouble, true, d, wide);
                        break;
                }
                break;
            }
        }
    }

    private void Arithmetic(in Inst inst, FloatOp op, bool isDouble)
    {
        Xmm a = UseXmm(inst.A, isDouble), b = UseXmm(inst.B, isDouble);
        var d = DefineXmm(_at);
        _asm.FloatVex(op, isDouble, d, a, b);
        Canonicalize(d, isDouble);
    }

    /// <summary>The product and the sum in the host's order: d becomes ±a*b ± d. Changes of sign that were asked for are part of it.</summary>
    private void MultiplyAdd(in Inst inst, bool isDouble)
    {
        Xmm a = UseXmm(inst.A, isDouble), b = UseXmm(inst.B, isDouble), c = UseXmm(inst.C, isDouble);
        var d = DefineXmm(_at);
        // The result may be in a register that an operand was in.
        var sum = d;
        if (d == a || d == b) sum = AllocateXmm();
        if (sum != c) _asm.MoveFloat(sum, c);
        _asm.FusedMultiplyAdd(FmaOp.MultiplyAdd, isDouble, sum, a, b);
        _asm.FloatCompare(isDouble, true, sum, sum);
        _stubs.Add(new PendingStub
        {
            Kind = StubKind.FusedNaN,
            Field = (nint)_asm.JumpIfForward(Condition.Parity),
            Back = (nint)_asm.Position,
            X = sum,
            A = a,
            B = b,
            IsDouble = isDouble,
        });
        if (sum != d) _asm.MoveFloat(d, sum);
    }

    /// <summary>A result that is not a number becomes the one that the guest has for all.</summary>
    private void Canonicalize(Xmm d, bool isDouble)
    {
        _asm.FloatCompare(isDouble, true, d, d);
        _stubs.Add(new PendingStub
        {
            Kind = StubKind.NaN,
            Field = (nint)_asm.JumpIfForward(Condition.Parity),
            Back = (nint)_asm.Position,
            X = d,
            IsDouble = isDouble,
        });
    }

    private void CompareFloats(in Inst inst, bool isDouble)
    {
        Xmm a = UseXmm(inst.A, isDouble), b = UseXmm(inst.B, isDouble);
        var d = Define(_at);
        var relation = (FloatRelation)inst.Variant;
        if (relation == FloatRelation.Equal)
        {
            var ordered = Temporary();
            _asm.FloatCompare(isDouble, true, a, b);
            _asm.Set(Condition.NotParity, ordered);
            _asm.Set(Condition.Equal, d);
            _asm.Alu(AluOp.And, false, d, ordered);
            _asm.Alu(AluOp.And, false, d, 1);
            return;
        }
        // Below and equal are also what unordered looks like, so the operands are exchanged.
        var isQuiet = relation is FloatRelation.LessQuiet or FloatRelation.LessOrEqualQuiet;
        var isLess = relation is FloatRelation.Less or FloatRelation.LessQuiet;
        _asm.FloatCompare(isDouble, isQuiet, b, a);
        _asm.Set(isLess ? Condition.Above : Condition.AboveOrEqual, d);
        _asm.ZeroExtend(MemorySize.Byte, d, d);
    }

    /// <summary>In range the host's conversion; what it marks as impossible, and what has no sign, is C#'s.</summary>
    private void ToInteger(in Inst inst, bool isDouble)
    {
        var type = (IntegerType)inst.Variant;
        var truncates = inst.Immediate != 0;
        var a = UseXmm(inst.A, isDouble);
        var limit = Temporary();
        var raw = Temporary();
        var isUnsigned = type is IntegerType.UInt32 or IntegerType.UInt64;
        var isWide = type is IntegerType.Int64 or IntegerType.UInt64;
        var d = Allocate();
        if (isUnsigned)
        {
            // Numbers from 0 to 2^31 or 2^63 look the same either way; their patterns are in the order of their values.
            var exponent = (isWide ? 63ul : 31ul) + (isDouble ? 1023ul : 127ul);
            _asm.MoveFromXmm(isDouble, raw, a);
            _asm.MoveImmediate(limit, exponent << (isDouble ? 52 : 23));
            _asm.Alu(AluOp.Cmp, true, raw, limit);
            AddSite(inst, Condition.AboveOrEqual, new Place(d));
            _asm.ConvertToInteger(isDouble, truncates, isWide, d, a);
            EndSite(_stubs.Count - 1);
        }
        else
        {
            _asm.ConvertToInteger(isDouble, truncates, isWide, d, a);
            if (isWide)
            {
                _asm.MoveImmediate(limit, 1ul << 63);
                _asm.Alu(AluOp.Cmp, true, d, limit);
            }
            else _asm.Alu(AluOp.Cmp, false, d, int.MinValue);
            AddSite(inst, Condition.Equal, new Place(d));
            if (!isWide) _asm.SignExtend(MemorySize.Word, d, d);
        }
        Bind(d, _at);
    }
}
