using Mimus.Isa;

namespace Mimus.Translation.Ir;

/// <content>What is known while recording, and what needs no operation because of it.</content>
internal partial struct IrBuilder
{
    private const ulong SignBit = 1ul << 63;

    private readonly Value Binary(IrOp op, Value a, Value b)
    {
        var isConstant = IsConstant(b, out var y);
        if (IsConstant(a, out var x))
        {
            if (isConstant) return Constant(IrMath.Binary(op, x, y));
            if (IrOps.Info(op).IsCommutative)
            {
                (a, b, x, y) = (b, a, y, x);
                isConstant = true;
            }
            else if (x == 0 && op is IrOp.ShiftLeft or IrOp.ShiftRight or IrOp.ShiftRightSigned or IrOp.RotateRight) return Constant(0);
        }
        if (isConstant && FoldConstant(op, a, b, y) is { } folded) return folded;
        if (a.Id == b.Id)
        {
            if (op is IrOp.Subtract or IrOp.Xor) return Constant(0);
            if (op is IrOp.And or IrOp.Or) return a;
        }
        if (op == IrOp.Xor && FoldSigns(a, b) is { } sign) return sign;
        return Number(new Inst { Op = op, A = a.Id, B = b.Id, C = Inst.None });
    }

    /// <summary>Identities, and chains of the same operation with constants.</summary>
    private readonly Value? FoldConstant(IrOp op, Value a, Value b, ulong y)
    {
        ref var inner = ref _unit.Insts[a.Id];
        switch (op)
        {
            case IrOp.Add or IrOp.Subtract or IrOp.Or or IrOp.Xor when y == 0:
            case IrOp.ShiftLeft or IrOp.ShiftRight or IrOp.ShiftRightSigned or IrOp.RotateRight when (y & 63) == 0:
            case IrOp.And when y == ulong.MaxValue:
            case IrOp.Multiply when y == 1:
                return a;
            case IrOp.And or IrOp.Multiply when y == 0:
                return b;
            case IrOp.Subtract:
                return Binary(IrOp.Add, a, Constant(0 - y));
            case IrOp.Add when inner.Op == IrOp.Add && IsConstant(new Value(inner.B), out var first):
                return Binary(IrOp.Add, new Value(inner.A), Constant(first + y));
            case IrOp.And when inner.Op == IrOp.And && IsConstant(new Value(inner.B), out var mask):
                return Binary(IrOp.And, new Value(inner.A), Constant(mask & y));
            case IrOp.And when (PossibleBits(a.Id) & ~y) == 0:
                return a;
            // (x | z) & m where z has nothing of m.
            case IrOp.And when inner.Op is IrOp.Or or IrOp.Xor && (PossibleBits(inner.B) & y) == 0:
                return Binary(IrOp.And, new Value(inner.A), b);
            case IrOp.And when inner.Op is IrOp.Or or IrOp.Xor && (PossibleBits(inner.A) & y) == 0:
                return Binary(IrOp.And, new Value(inner.B), b);
            case IrOp.Xor when y == 1 && inner.Op == IrOp.Compare:
                return Compare(Opposite((Relation)inner.Kind), new Value(inner.A), new Value(inner.B));
            // (x ^ s) & s is (x & s) ^ s.
            case IrOp.And when inner.Op == IrOp.Xor && IsConstant(new Value(inner.B), out var flipped) && flipped == y:
                return Binary(IrOp.Xor, Binary(IrOp.And, new Value(inner.A), b), b);
            case IrOp.And when (y & (y + 1)) == 0 && y is 0xff or 0xffff or 0xffff_ffff:
                return ZeroExtend(a, y switch { 0xff => MemorySize.Byte, 0xffff => MemorySize.Half, _ => MemorySize.Word });
            case IrOp.Multiply when (y & (y - 1)) == 0:
                return Binary(IrOp.ShiftLeft, a, Constant((ulong)System.Numerics.BitOperations.TrailingZeroCount(y)));
        }
        return null;
    }

    /// <summary>A number put together from its magnitude and its own or the opposite sign, as sign injections do.</summary>
    private readonly Value? FoldSigns(Value a, Value b)
    {
        ref var magnitude = ref _unit.Insts[a.Id];
        ref var sign = ref _unit.Insts[b.Id];
        if (magnitude.Op == IrOp.And && IsConstant(new Value(magnitude.B), out var m))
        {
            if (IsPart(sign, magnitude.A, ~m)) return new Value(magnitude.A);
            if (sign.Op == IrOp.Xor && IsConstant(new Value(sign.B), out var flip) && IsPart(_unit.Insts[sign.A], magnitude.A, ~m))
                return Binary(IrOp.Xor, new Value(magnitude.A), new Value(sign.B));
        }
        if (sign.Op == IrOp.And && sign.A == a.Id && IsConstant(new Value(sign.B), out var own)) return Binary(IrOp.And, a, Constant(~own));
        return null;
    }

    private readonly bool IsPart(in Inst inst, int of, ulong mask) =>
        inst.Op == IrOp.And && inst.A == of && IsConstant(new Value(inst.B), out var m) && m == mask;

    private readonly Value Unary(IrOp op, Value a, MemorySize size)
    {
        if (IsConstant(a, out var x)) return Constant(IrMath.Unary(op, x, size));
        ref var inner = ref _unit.Insts[a.Id];
        if (op is IrOp.SignExtend or IrOp.ZeroExtend)
        {
            if (size == MemorySize.Double) return a;
            var bits = ulong.MaxValue >> (64 - (8 * (int)size));
            // A narrow value that is zero above, or above its sign already.
            if ((PossibleBits(a.Id) & ~(op == IrOp.SignExtend ? bits >> 1 : bits)) == 0) return a;
            if (op == IrOp.SignExtend && IsSignExtended(a.Id, size)) return a;
            if (inner.Op is IrOp.SignExtend or IrOp.ZeroExtend && inner.Kind >= (byte)size) return Unary(op, new Value(inner.A), size);
        }
        return Number(new Inst { Op = op, Kind = (byte)size, A = a.Id, B = Inst.None, C = Inst.None });
    }

    /// <summary>Whether the bits above a size are copies of its sign.</summary>
    private readonly bool IsSignExtended(int id, MemorySize size, int depth = 3)
    {
        ref var inst = ref _unit.Insts[id];
        return inst.Op switch
        {
            IrOp.SignExtend => inst.Kind <= (byte)size,
            IrOp.Load or IrOp.LoadForUpdate => (inst.Variant != 0 && inst.Kind <= (byte)size) || inst.Kind < (byte)size,
            IrOp.Constant => IrMath.Unary(IrOp.SignExtend, inst.Immediate, size) == inst.Immediate,
            IrOp.And or IrOp.Or or IrOp.Xor => depth > 0 && IsSignExtended(inst.A, size, depth - 1) && IsSignExtended(inst.B, size, depth - 1),
            _ => false,
        };
    }

    private static Relation Opposite(Relation relation) => relation switch
    {
        Relation.Equal => Relation.NotEqual,
        Relation.NotEqual => Relation.Equal,
        Relation.LessSigned => Relation.GreaterOrEqualSigned,
        Relation.GreaterOrEqualSigned => Relation.LessSigned,
        Relation.LessUnsigned => Relation.GreaterOrEqualUnsigned,
        _ => Relation.LessUnsigned,
    };

    /// <summary>The bits of a value that can be set.</summary>
    private readonly ulong PossibleBits(int id, int depth = 4)
    {
        ref var inst = ref _unit.Insts[id];
        if (depth == 0) return inst.Op == IrOp.Constant ? inst.Immediate : ulong.MaxValue;
        switch (inst.Op)
        {
            case IrOp.Constant: return inst.Immediate;
            case IrOp.Compare or IrOp.FloatCompare or IrOp.StoreConditional: return 1;
            case IrOp.Load or IrOp.LoadForUpdate or IrOp.ZeroExtend or IrOp.LoadReserved or IrOp.Atomic or IrOp.CompareExchange when inst.Kind < 8 && (inst.Op != IrOp.Load || inst.Variant == 0): return (1ul << (8 * inst.Kind)) - 1;
            case IrOp.CountLeadingZeros or IrOp.CountTrailingZeros or IrOp.CountOnes: return 127;
            case IrOp.RotateRight32: return uint.MaxValue;
            case IrOp.FloatAdd or IrOp.FloatSubtract or IrOp.FloatMultiply or IrOp.FloatDivide or IrOp.FloatSquareRoot or IrOp.FloatMultiplyAdd
                or IrOp.FloatConvert or IrOp.IntegerToFloat when inst.Kind == 0: return uint.MaxValue;
            case IrOp.And: return PossibleBits(inst.B, depth - 1) & PossibleBits(inst.A, depth - 1);
            case IrOp.Or or IrOp.Xor: return PossibleBits(inst.A, depth - 1) | PossibleBits(inst.B, depth - 1);
            case IrOp.Select: return PossibleBits(inst.B, depth - 1) | PossibleBits(inst.C, depth - 1);
            case IrOp.ShiftRight when IsConstant(new Value(inst.B), out var count): return PossibleBits(inst.A, depth - 1) >> (int)count;
            case IrOp.ShiftLeft when IsConstant(new Value(inst.B), out var count): return PossibleBits(inst.A, depth - 1) << (int)count;
            default: return ulong.MaxValue;
        }
    }

    /// <summary>A comparison whose outcome does not depend on what is not known.</summary>
    private readonly bool? IsAlways(Relation relation, Value a, Value b)
    {
        if (a.Id == b.Id) return relation is Relation.Equal or Relation.GreaterOrEqualSigned or Relation.GreaterOrEqualUnsigned;
        if (!IsConstant(b, out var y)) return null;
        if (y == 0 && relation == Relation.LessUnsigned) return false;
        if (y == 0 && relation == Relation.GreaterOrEqualUnsigned) return true;
        ref var inst = ref _unit.Insts[a.Id];
        // A value with bits set that reach the limit, as a boxed narrow number.
        if (inst.Op == IrOp.Or && IsConstant(new Value(inst.B), out var set) && set >= y)
        {
            if (relation == Relation.GreaterOrEqualUnsigned) return true;
            if (relation == Relation.LessUnsigned) return false;
        }
        return null;
    }
}
