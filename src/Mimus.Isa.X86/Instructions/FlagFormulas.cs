namespace Mimus.Isa.X86.Instructions;

/// <summary>
/// The arithmetic flags, from what each kind remembers (SDM volume 1, 3.4.3.1 and appendix A). Kinds and widths are not guest values here: an
/// evaluator calls with those it finds, a builder with those it knows.
/// </summary>
public static class FlagFormulas<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    /// <summary>All of them, at their places.</summary>
    public static V All(ref TOps o, FlagKind kind, MemorySize width)
    {
        if (kind == FlagKind.Eager) return o.Register(Slot.FlagX);
        var result = Result(ref o, kind, width);
        var flags = o.Or(Carry(ref o, kind, width), o.ShiftLeft(Overflow(ref o, kind, width), o.Constant(11)));
        flags = o.Or(flags, o.ShiftLeft(Parity(ref o, result), o.Constant(2)));
        flags = o.Or(flags, Adjust(ref o, kind));
        flags = o.Or(flags, o.ShiftLeft(o.Compare(Relation.Equal, result, o.Constant(0)), o.Constant(6)));
        return o.Or(flags, o.ShiftLeft(Sign(ref o, result, width), o.Constant(7)));
    }

    public static V Condition(ref TOps o, FlagKind kind, MemorySize width, ConditionCode code)
    {
        var holds = kind switch
        {
            FlagKind.Subtract => AfterSubtract(ref o, width, (ConditionCode)((int)code & ~1)),
            FlagKind.Logic => AfterLogic(ref o, width, (ConditionCode)((int)code & ~1)),
            _ => OfFlags(ref o, kind, width, (ConditionCode)((int)code & ~1)),
        };
        return ((int)code & 1) == 0 ? holds : o.Xor(holds, o.Constant(1));
    }

    /// <summary>The parity of the low byte: 1 for an even number of ones.</summary>
    public static V Parity(ref TOps o, V result) =>
        o.Xor(o.And(o.CountOnes(o.And(result, o.Constant(0xff))), o.Constant(1)), o.Constant(1));

    /// <summary>The highest bit of a width.</summary>
    public static V Sign(ref TOps o, V value, MemorySize width) =>
        o.And(o.ShiftRight(value, o.Constant(((ulong)width * 8) - 1)), o.Constant(1));

    /// <summary>Comparisons fall out of what was subtracted.</summary>
    private static V AfterSubtract(ref TOps o, MemorySize width, ConditionCode code)
    {
        V a = o.Register(Slot.FlagX), b = o.Register(Slot.FlagY);
        return code switch
        {
            ConditionCode.Below => o.Compare(Relation.LessUnsigned, a, b),
            ConditionCode.Equal => o.Compare(Relation.Equal, a, b),
            ConditionCode.NotAbove => o.Compare(Relation.GreaterOrEqualUnsigned, b, a),
            ConditionCode.Less => o.Compare(Relation.LessSigned, o.SignExtend(a, width), o.SignExtend(b, width)),
            ConditionCode.NotGreater => o.Compare(Relation.GreaterOrEqualSigned, o.SignExtend(b, width), o.SignExtend(a, width)),
            _ => OfFlags(ref o, FlagKind.Subtract, width, code),
        };
    }

    private static V AfterLogic(ref TOps o, MemorySize width, ConditionCode code)
    {
        var result = o.Register(Slot.FlagX);
        return code switch
        {
            ConditionCode.Below or ConditionCode.Overflow => o.Constant(0),
            ConditionCode.Equal or ConditionCode.NotAbove => o.Compare(Relation.Equal, result, o.Constant(0)),
            ConditionCode.Sign or ConditionCode.Less => Sign(ref o, result, width),
            ConditionCode.NotGreater => o.Compare(Relation.GreaterOrEqualSigned, o.Constant(0), o.SignExtend(result, width)),
            _ => Parity(ref o, result),
        };
    }

    private static V OfFlags(ref TOps o, FlagKind kind, MemorySize width, ConditionCode code) => code switch
    {
        ConditionCode.Overflow => Overflow(ref o, kind, width),
        ConditionCode.Below => Carry(ref o, kind, width),
        ConditionCode.Equal => IsZero(ref o, kind, width),
        ConditionCode.NotAbove => o.Or(Carry(ref o, kind, width), IsZero(ref o, kind, width)),
        ConditionCode.Sign => IsNegative(ref o, kind, width),
        ConditionCode.Parity => kind == FlagKind.Eager ? Bit(ref o, 2) : Parity(ref o, Result(ref o, kind, width)),
        ConditionCode.Less => o.Xor(IsNegative(ref o, kind, width), Overflow(ref o, kind, width)),
        _ => o.Or(IsZero(ref o, kind, width), o.Xor(IsNegative(ref o, kind, width), Overflow(ref o, kind, width))),
    };

    /// <summary>The carry flag as a function of the slots alone, where the kind is a value like others.</summary>
    public static V CarryOfAnyKind(ref TOps o)
    {
        V packed = o.Register(Slot.FlagKind), x = o.Register(Slot.FlagX), y = o.Register(Slot.FlagY), z = o.Register(Slot.FlagZ), one = o.Constant(1);
        var kind = o.ShiftRight(packed, o.Constant(2));
        var top = o.Subtract(o.ShiftLeft(o.Constant(8), o.And(packed, o.Constant(3))), one);
        var notZ = Not(ref o, z);
        var sum = o.Or(o.And(y, z), o.And(o.Or(y, z), Not(ref o, x)));
        var difference = o.Or(o.And(notZ, y), o.And(o.Or(notZ, y), x));
        var shifted = o.Select(Is(ref o, kind, FlagKind.ShiftRight), o.And(y, one), o.And(o.ShiftRight(y, top), one));
        var carried = o.And(o.ShiftRight(o.Select(Is(ref o, kind, FlagKind.AddCarry), sum, difference), top), one);
        var carry = o.Select(IsBelow(ref o, kind, FlagKind.ShiftLeft), y, shifted); // increments and decrements
        carry = o.Select(IsBelow(ref o, kind, FlagKind.Increment), o.Constant(0), carry); // logic
        carry = o.Select(IsBelow(ref o, kind, FlagKind.Logic), carried, carry);
        carry = o.Select(IsBelow(ref o, kind, FlagKind.AddCarry), o.Compare(Relation.LessUnsigned, x, y), carry);
        return o.Select(Is(ref o, kind, FlagKind.Eager), o.And(x, one), carry);
    }

    private static V Is(ref TOps o, V kind, FlagKind which) => o.Compare(Relation.Equal, kind, o.Constant((ulong)which));

    private static V IsBelow(ref TOps o, V kind, FlagKind which) => o.Compare(Relation.LessUnsigned, kind, o.Constant((ulong)which));

    private static V Carry(ref TOps o, FlagKind kind, MemorySize width)
    {
        V x = o.Register(Slot.FlagX), y = o.Register(Slot.FlagY);
        switch (kind)
        {
            case FlagKind.Eager: return Bit(ref o, 0);
            case FlagKind.Add or FlagKind.Subtract: return o.Compare(Relation.LessUnsigned, x, y);
            case FlagKind.AddCarry:
            {
                var z = o.Register(Slot.FlagZ);
                return Sign(ref o, o.Or(o.And(y, z), o.And(o.Or(y, z), Not(ref o, x))), width);
            }
            case FlagKind.SubtractBorrow:
            {
                var z = Not(ref o, o.Register(Slot.FlagZ));
                return Sign(ref o, o.Or(o.And(z, y), o.And(o.Or(z, y), x)), width);
            }
            case FlagKind.Increment or FlagKind.Decrement: return y;
            case FlagKind.ShiftLeft: return Sign(ref o, y, width);
            case FlagKind.ShiftRight: return o.And(y, o.Constant(1));
            default: return o.Constant(0);
        }
    }

    private static V Overflow(ref TOps o, FlagKind kind, MemorySize width)
    {
        V x = o.Register(Slot.FlagX), y = o.Register(Slot.FlagY);
        var sign = 1ul << (((int)width * 8) - 1);
        switch (kind)
        {
            case FlagKind.Eager: return Bit(ref o, 11);
            case FlagKind.Add: return Sign(ref o, o.And(o.Xor(o.Subtract(x, y), x), o.Xor(y, x)), width);
            case FlagKind.Subtract: return Sign(ref o, o.And(o.Xor(x, y), o.Xor(x, o.Subtract(x, y))), width);
            case FlagKind.AddCarry: return Sign(ref o, o.And(o.Xor(o.Register(Slot.FlagZ), x), o.Xor(y, x)), width);
            case FlagKind.SubtractBorrow:
            {
                var z = o.Register(Slot.FlagZ);
                return Sign(ref o, o.And(o.Xor(z, y), o.Xor(z, x)), width);
            }
            case FlagKind.Increment: return o.Compare(Relation.Equal, x, o.Constant(sign));
            case FlagKind.Decrement: return o.Compare(Relation.Equal, x, o.Constant(sign - 1));
            case FlagKind.ShiftLeft or FlagKind.ShiftRight: return Sign(ref o, o.Xor(x, y), width);
            default: return o.Constant(0);
        }
    }

    /// <summary>At its place, bit 4.</summary>
    private static V Adjust(ref TOps o, FlagKind kind)
    {
        V x = o.Register(Slot.FlagX), y = o.Register(Slot.FlagY);
        return kind switch
        {
            FlagKind.Add or FlagKind.Subtract => o.And(o.Xor(o.Xor(x, y), o.Subtract(x, y)), o.Constant(EFlags.Adjust)),
            FlagKind.AddCarry or FlagKind.SubtractBorrow => o.And(o.Xor(o.Xor(x, y), o.Register(Slot.FlagZ)), o.Constant(EFlags.Adjust)),
            FlagKind.Increment => o.ShiftLeft(o.Compare(Relation.Equal, o.And(x, o.Constant(15)), o.Constant(0)), o.Constant(4)),
            FlagKind.Decrement => o.ShiftLeft(o.Compare(Relation.Equal, o.And(x, o.Constant(15)), o.Constant(15)), o.Constant(4)),
            _ => o.Constant(0),
        };
    }

    private static V Result(ref TOps o, FlagKind kind, MemorySize width) => kind == FlagKind.Subtract
        ? o.ZeroExtend(o.Subtract(o.Register(Slot.FlagX), o.Register(Slot.FlagY)), width)
        : o.Register(Slot.FlagX);

    private static V IsZero(ref TOps o, FlagKind kind, MemorySize width) => kind switch
    {
        FlagKind.Eager => Bit(ref o, 6),
        _ => o.Compare(Relation.Equal, Result(ref o, kind, width), o.Constant(0)),
    };

    private static V IsNegative(ref TOps o, FlagKind kind, MemorySize width) =>
        kind == FlagKind.Eager ? Bit(ref o, 7) : Sign(ref o, Result(ref o, kind, width), width);

    private static V Bit(ref TOps o, int bit) => o.And(o.ShiftRight(o.Register(Slot.FlagX), o.Constant((ulong)bit)), o.Constant(1));

    private static V Not(ref TOps o, V value) => o.Xor(value, o.Constant(ulong.MaxValue));
}
