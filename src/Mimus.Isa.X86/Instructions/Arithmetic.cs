using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Addition, subtraction, comparison and logic.</summary>
public static class Arithmetic<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Mnemonic.Add)]
    public static void Add<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var b) || !Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.Add, b, out var address, out var a)) return;
        var sum = o.ZeroExtend(o.Add(a, b), TWidth.Size);
        if (!Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, sum)) return;
        o.SetFlags(FlagKind.Add, TWidth.Size, sum, b, default);
    }

    [Row(Mnemonic.Sub)]
    public static void Subtract<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var b) || !Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.Add, o.Subtract(o.Constant(0), b), out var address, out var a)) return;
        if (!Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, o.ZeroExtend(o.Subtract(a, b), TWidth.Size))) return;
        o.SetFlags(FlagKind.Subtract, TWidth.Size, a, b, default);
    }

    [Row(Mnemonic.Cmp)]
    public static void Compare<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var b) || !Access<TOps, V>.TryRead<TWidth>(ref o, i, out var a)) return;
        o.SetFlags(FlagKind.Subtract, TWidth.Size, a, b, default);
    }

    [Row(Mnemonic.Adc)]
    public static void AddCarry<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var b)) return;
        var change = o.Add(b, o.Condition(ConditionCode.Below));
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.Add, change, out var address, out var a)) return;
        var sum = o.ZeroExtend(o.Add(a, change), TWidth.Size);
        if (!Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, sum)) return;
        o.SetFlags(FlagKind.AddCarry, TWidth.Size, sum, b, a);
    }

    [Row(Mnemonic.Sbb)]
    public static void SubtractBorrow<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var b)) return;
        var change = o.Add(b, o.Condition(ConditionCode.Below));
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.Add, o.Subtract(o.Constant(0), change), out var address, out var a)) return;
        var difference = o.ZeroExtend(o.Subtract(a, change), TWidth.Size);
        if (!Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, difference)) return;
        o.SetFlags(FlagKind.SubtractBorrow, TWidth.Size, difference, b, a);
    }

    [Row(Mnemonic.And)]
    public static void And<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var b) || !Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.And, b, out var address, out var a)) return;
        FinishLogic<TWidth>(ref o, i, address, o.And(a, b));
    }

    [Row(Mnemonic.Or)]
    public static void Or<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var b) || !Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.Or, b, out var address, out var a)) return;
        FinishLogic<TWidth>(ref o, i, address, o.Or(a, b));
    }

    [Row(Mnemonic.Xor)]
    public static void Xor<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var b) || !Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.Xor, b, out var address, out var a)) return;
        FinishLogic<TWidth>(ref o, i, address, o.Xor(a, b));
    }

    [Row(Mnemonic.Test)]
    public static void Test<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var b) || !Access<TOps, V>.TryRead<TWidth>(ref o, i, out var a)) return;
        o.SetFlags(FlagKind.Logic, TWidth.Size, o.And(a, b), default, default);
    }

    [Row(Mnemonic.Not)]
    public static void Not<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.Xor, o.Constant(Access<TOps, V>.Mask<TWidth>()), out var address, out var a)) return;
        Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, o.Xor(a, o.Constant(Access<TOps, V>.Mask<TWidth>())));
    }

    [Row(Mnemonic.Neg)]
    public static void Negate<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, out var address, out var a)) return;
        var negated = o.ZeroExtend(o.Subtract(o.Constant(0), a), TWidth.Size);
        if (i.Has(OperandTraits.Lock))
        {
            // No operation of memory does this: the instruction is tried again until nobody came between.
            if (!o.TryCompareExchange(address, TWidth.Size, a, negated, out var seen)) return;
            o.SetFlagsIf(o.Compare(Relation.Equal, seen, a), FlagKind.Subtract, TWidth.Size, o.Constant(0), a);
            o.BranchIf(o.Compare(Relation.NotEqual, seen, a), o.Pc);
            return;
        }
        if (!Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, negated)) return;
        o.SetFlags(FlagKind.Subtract, TWidth.Size, o.Constant(0), a, default);
    }

    [Row(Mnemonic.Inc)]
    public static void Increment<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        var carry = o.KeptCarry();
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.Add, o.Constant(1), out var address, out var a)) return;
        var sum = o.ZeroExtend(o.Add(a, o.Constant(1)), TWidth.Size);
        if (!Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, sum)) return;
        o.SetFlags(FlagKind.Increment, TWidth.Size, sum, carry, default);
    }

    [Row(Mnemonic.Dec)]
    public static void Decrement<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        var carry = o.KeptCarry();
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.Add, o.Constant(ulong.MaxValue), out var address, out var a)) return;
        var difference = o.ZeroExtend(o.Subtract(a, o.Constant(1)), TWidth.Size);
        if (!Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, difference)) return;
        o.SetFlags(FlagKind.Decrement, TWidth.Size, difference, carry, default);
    }

    [Row(Mnemonic.Xadd)]
    public static void ExchangeAdd<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        var b = Access<TOps, V>.Get<TWidth>(ref o, i.Source);
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, AtomicOperation.Add, b, out var address, out var a)) return;
        var sum = o.ZeroExtend(o.Add(a, b), TWidth.Size);
        if (i.Has(OperandTraits.TargetMemory) && !Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, sum)) return;
        Access<TOps, V>.Set<TWidth>(ref o, i.Source, a);
        // Where both are one register, the sum is what stays.
        if (!i.Has(OperandTraits.TargetMemory)) Access<TOps, V>.Set<TWidth>(ref o, i.Target, sum);
        o.SetFlags(FlagKind.Add, TWidth.Size, sum, b, default);
    }

    [Row(Mnemonic.Cmpxchg)]
    public static void CompareExchange<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        V address = default, old;
        var expected = Access<TOps, V>.Get<TWidth>(ref o, Slot.Rax);
        var wanted = Access<TOps, V>.Get<TWidth>(ref o, i.Source);
        if (i.Has(OperandTraits.TargetMemory))
        {
            if (!Access<TOps, V>.TryAddress(ref o, i, (int)TWidth.Size, forWriting: true, out address)
                || !o.TryCompareExchange(address, TWidth.Size, expected, wanted, out old)) return;
        }
        else old = Access<TOps, V>.Get<TWidth>(ref o, i.Target);
        var equal = o.Compare(Relation.Equal, expected, old);
        // A comparison of 32 bits that fails leaves the register's upper half as it was, and one that succeeds leaves that of the accumulator.
        if (!i.Has(OperandTraits.TargetMemory))
        {
            var before = o.Register(i.Target >= Slot.HighBytes ? i.Target - Slot.HighBytes : i.Target);
            Access<TOps, V>.Set<TWidth>(ref o, i.Target, o.Select(equal, wanted, old));
            if (typeof(TWidth) == typeof(Bits32)) o.SetRegister(i.Target, o.Select(equal, o.Register(i.Target), before));
        }
        var accumulator = o.Register(Slot.Rax);
        // With the accumulator as the target there is nothing more to write: the comparison has succeeded.
        if (i.Target != Slot.Rax || i.Has(OperandTraits.TargetMemory))
        {
            Access<TOps, V>.Set<TWidth>(ref o, Slot.Rax, old);
            o.SetRegister(Slot.Rax, o.Select(equal, accumulator, o.Register(Slot.Rax)));
        }
        o.SetFlags(FlagKind.Subtract, TWidth.Size, expected, old, default);
    }

    [Row(Mnemonic.Adcx)]
    public static void AddWithCarryOnly<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth =>
        AddWithFlag<TWidth>(ref o, i, ConditionCode.Below, 0);

    [Row(Mnemonic.Adox)]
    public static void AddWithOverflowOnly<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth =>
        AddWithFlag<TWidth>(ref o, i, ConditionCode.Overflow, 11);

    private static void AddWithFlag<TWidth>(ref TOps o, in X86Operands i, ConditionCode code, ulong bit) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var b)) return;
        var a = Access<TOps, V>.Get<TWidth>(ref o, i.Target);
        var carry = o.Condition(code);
        var half = o.ZeroExtend(o.Add(a, b), TWidth.Size);
        var sum = o.ZeroExtend(o.Add(half, carry), TWidth.Size);
        var carryOut = o.Or(o.Compare(Relation.LessUnsigned, half, b), o.Compare(Relation.LessUnsigned, sum, carry));
        FlagBits<TOps, V>.Replace(ref o, 1ul << (int)bit, o.ShiftLeft(carryOut, o.Constant(bit)));
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, sum);
    }

    private static void FinishLogic<TWidth>(ref TOps o, in X86Operands i, V address, V result) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, result)) return;
        o.SetFlags(FlagKind.Logic, TWidth.Size, result, default, default);
    }
}
