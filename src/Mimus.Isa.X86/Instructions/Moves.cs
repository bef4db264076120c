using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Moves, extensions, exchanges, and what depends on a condition.</summary>
public static class Moves<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Mnemonic.Mov)]
    public static void Move<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (Access<TOps, V>.TrySource<TWidth>(ref o, i, out var value)) Access<TOps, V>.TryWrite<TWidth>(ref o, i, value);
    }

    [Row(Mnemonic.Movzx)]
    public static void MoveZeroExtended<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (TryNarrow(ref o, i, out var value)) Access<TOps, V>.Set<TWidth>(ref o, i.Target, value);
    }

    [Row(Mnemonic.Movsx, Mnemonic.Movsxd)]
    public static void MoveSignExtended<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryNarrow(ref o, i, out var value)) return;
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, o.ZeroExtend(o.SignExtend(value, (MemorySize)i.SourceWidth), TWidth.Size));
    }

    [Row(Mnemonic.Lea)]
    public static void LoadAddress<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth =>
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, o.ZeroExtend(Access<TOps, V>.Offset(ref o, i), TWidth.Size));

    [Row(Mnemonic.Xchg)]
    public static void Exchange<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        // The memory operand is sometimes the second one; an exchange with memory is always locked.
        var register = i.Has(OperandTraits.SourceMemory) ? i.Target : i.Source;
        var b = Access<TOps, V>.Get<TWidth>(ref o, register);
        if (i.HasMemory)
        {
            if (!Access<TOps, V>.TryAddress(ref o, i, (int)TWidth.Size, forWriting: true, out var address)
                || !o.TryAtomic(AtomicOperation.Swap, address, TWidth.Size, b, out var a)) return;
            Access<TOps, V>.Set<TWidth>(ref o, register, a);
            return;
        }
        var other = Access<TOps, V>.Get<TWidth>(ref o, i.Target);
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, b);
        Access<TOps, V>.Set<TWidth>(ref o, i.Source, other);
    }

    [Row(Mnemonic.Bswap)]
    public static void ReverseBytes<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        var reversed = o.ReverseBytes(Access<TOps, V>.Get<TWidth>(ref o, i.Target));
        // Of 16 bits nothing is defined; processors give 0.
        var result = typeof(TWidth) == typeof(Bits16) ? o.Constant(0) : o.ShiftRight(reversed, o.Constant(64 - (ulong)Access<TOps, V>.Bits<TWidth>()));
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, result);
    }

    [Row(Mnemonic.Movbe)]
    public static void MoveReversed<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var value)) return;
        Access<TOps, V>.TryWrite<TWidth>(ref o, i, o.ShiftRight(o.ReverseBytes(value), o.Constant(64 - (ulong)Access<TOps, V>.Bits<TWidth>())));
    }

    [Row(Mnemonic.Cbw)]
    public static void ExtendByte(ref TOps o, in X86Operands i) => ExtendAccumulator<Bits8, Bits16>(ref o);

    [Row(Mnemonic.Cwde)]
    public static void ExtendHalf(ref TOps o, in X86Operands i) => ExtendAccumulator<Bits16, Bits32>(ref o);

    [Row(Mnemonic.Cdqe)]
    public static void ExtendWord(ref TOps o, in X86Operands i) => ExtendAccumulator<Bits32, Bits64>(ref o);

    [Row(Mnemonic.Cwd)]
    public static void SignOfHalf(ref TOps o, in X86Operands i) => SignToRdx<Bits16>(ref o);

    [Row(Mnemonic.Cdq)]
    public static void SignOfWord(ref TOps o, in X86Operands i) => SignToRdx<Bits32>(ref o);

    [Row(Mnemonic.Cqo)]
    public static void SignOfDouble(ref TOps o, in X86Operands i) => SignToRdx<Bits64>(ref o);

    [Row(Mnemonic.Xlatb)]
    public static void TranslateByte(ref TOps o, in X86Operands i)
    {
        var offset = o.Add(o.Register(Slot.Rbx), Access<TOps, V>.Get<Bits8>(ref o, Slot.Rax));
        var address = Access<TOps, V>.Wrap(ref o, i.AddressWidth, offset);
        if (!i.Has(OperandTraits.Plain) && !Access<TOps, V>.TryLinear(ref o, i, i.Segment, address, 1, forWriting: false, out address)) return;
        if (o.TryLoad(address, MemorySize.Byte, out var value)) Access<TOps, V>.Set<Bits8>(ref o, Slot.Rax, value);
    }

    [Row(Mnemonic.Cmovo, Mnemonic.Cmovno, Mnemonic.Cmovb, Mnemonic.Cmovae, Mnemonic.Cmove, Mnemonic.Cmovne, Mnemonic.Cmovbe, Mnemonic.Cmova,
        Mnemonic.Cmovs, Mnemonic.Cmovns, Mnemonic.Cmovp, Mnemonic.Cmovnp, Mnemonic.Cmovl, Mnemonic.Cmovge, Mnemonic.Cmovle, Mnemonic.Cmovg)]
    public static void MoveIf<TCondition>(ref TOps o, in X86Operands i) where TCondition : struct, ICondition
    {
        V value;
        if (!i.Has(OperandTraits.SourceMemory)) value = Access<TOps, V>.Get(ref o, i.Width, i.Source);
        else if (!Access<TOps, V>.TryLoad(ref o, i, (MemorySize)i.Width, out value)) return;
        var before = Access<TOps, V>.Get(ref o, i.Width, i.Target);
        Access<TOps, V>.Set(ref o, i.Width, i.Target, o.Select(o.Condition(TCondition.Code), value, before));
    }

    [Row(Mnemonic.Seto, Mnemonic.Setno, Mnemonic.Setb, Mnemonic.Setae, Mnemonic.Sete, Mnemonic.Setne, Mnemonic.Setbe, Mnemonic.Seta,
        Mnemonic.Sets, Mnemonic.Setns, Mnemonic.Setp, Mnemonic.Setnp, Mnemonic.Setl, Mnemonic.Setge, Mnemonic.Setle, Mnemonic.Setg)]
    public static void SetIf<TCondition>(ref TOps o, in X86Operands i) where TCondition : struct, ICondition =>
        Access<TOps, V>.TryWrite<Bits8>(ref o, i, o.Condition(TCondition.Code));

    [Row(Mnemonic.Salc)]
    public static void SetFromCarry(ref TOps o, in X86Operands i) =>
        Access<TOps, V>.Set<Bits8>(ref o, Slot.Rax, o.Select(o.Condition(ConditionCode.Below), o.Constant(0xff), o.Constant(0)));

    [Row(Mnemonic.Cmpxchg8b)]
    public static void CompareExchange8(ref TOps o, in X86Operands i)
    {
        if (!Access<TOps, V>.TryAddress(ref o, i, 8, forWriting: true, out var address)) return;
        var expected = Pair(ref o, Slot.Rdx, Slot.Rax);
        if (!o.TryCompareExchange(address, MemorySize.Double, expected, Pair(ref o, Slot.Rcx, Slot.Rbx), out var old)) return;
        var equal = o.Compare(Relation.Equal, old, expected);
        o.SetRegister(Slot.Rax, o.Select(equal, o.Register(Slot.Rax), o.ZeroExtend(old, MemorySize.Word)));
        o.SetRegister(Slot.Rdx, o.Select(equal, o.Register(Slot.Rdx), o.ShiftRight(old, o.Constant(32))));
        FlagBits<TOps, V>.Replace(ref o, EFlags.Zero, o.ShiftLeft(equal, o.Constant(6)));
    }

    [Row(Mnemonic.Cmpxchg16b)]
    public static void CompareExchange16(ref TOps o, in X86Operands i)
    {
        if (!Access<TOps, V>.TryAddress(ref o, i, 16, forWriting: true, out var address)) return;
        if (o.TrapIf(o.And(address, o.Constant(15)), Fault.GeneralProtection, o.Constant(0))) return;
        if (!o.TryCompareExchangePair(address, o.Register(Slot.Rax), o.Register(Slot.Rdx), o.Register(Slot.Rbx), o.Register(Slot.Rcx), out var low, out var high)) return;
        var differences = o.Or(o.Xor(low, o.Register(Slot.Rax)), o.Xor(high, o.Register(Slot.Rdx)));
        var equal = o.Compare(Relation.Equal, differences, o.Constant(0));
        o.SetRegister(Slot.Rax, low);
        o.SetRegister(Slot.Rdx, high);
        FlagBits<TOps, V>.Replace(ref o, EFlags.Zero, o.ShiftLeft(equal, o.Constant(6)));
    }

    [Row(Mnemonic.Nop, Mnemonic.Pause, Mnemonic.Endbr32, Mnemonic.Endbr64, Mnemonic.Reservednop, Mnemonic.Prefetchnta, Mnemonic.Prefetcht0,
        Mnemonic.Prefetcht1, Mnemonic.Prefetcht2, Mnemonic.Prefetch, Mnemonic.Prefetchw, Mnemonic.Clflush, Mnemonic.Clflushopt, Mnemonic.Clwb,
        Mnemonic.Cldemote, Mnemonic.Rdsspd, Mnemonic.Rdsspq)]
    public static void DoNothing(ref TOps o, in X86Operands i)
    {
    }

    [Row(Mnemonic.Mfence, Mnemonic.Lfence, Mnemonic.Sfence)]
    public static void Fence(ref TOps o, in X86Operands i) => o.Fence();

    private static V Pair(ref TOps o, int high, int low) =>
        o.Or(o.ShiftLeft(o.Register(high), o.Constant(32)), o.ZeroExtend(o.Register(low), MemorySize.Word));

    private static void ExtendAccumulator<TFrom, TTo>(ref TOps o) where TFrom : struct, IWidth where TTo : struct, IWidth =>
        Access<TOps, V>.Set<TTo>(ref o, Slot.Rax, o.ZeroExtend(o.SignExtend(o.Register(Slot.Rax), TFrom.Size), TTo.Size));

    private static void SignToRdx<TWidth>(ref TOps o) where TWidth : struct, IWidth => Access<TOps, V>.Set<TWidth>(ref o, Slot.Rdx,
        o.ZeroExtend(o.ShiftRightSigned(o.SignExtend(o.Register(Slot.Rax), TWidth.Size), o.Constant(63)), TWidth.Size));

    /// <summary>A source that is narrower than the operation, zero-extended.</summary>
    private static bool TryNarrow(ref TOps o, in X86Operands i, out V value)
    {
        if (i.Has(OperandTraits.SourceMemory)) return Access<TOps, V>.TryLoad(ref o, i, (MemorySize)i.SourceWidth, out value);
        value = Access<TOps, V>.Get(ref o, i.SourceWidth, i.Source);
        return true;
    }
}
