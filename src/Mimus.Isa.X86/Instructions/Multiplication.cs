using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Multiplication, division and decimal adjustment.</summary>
public static unsafe class Multiplication<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Mnemonic.Mul)]
    public static void Multiply<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryRead<TWidth>(ref o, i, out var b)) return;
        var a = Access<TOps, V>.Get<TWidth>(ref o, Slot.Rax);
        var low = o.Multiply(a, b);
        var high = typeof(TWidth) == typeof(Bits64) ? o.MultiplyHighUnsigned(a, b) : o.ShiftRight(low, o.Constant((ulong)Access<TOps, V>.Bits<TWidth>()));
        SetPair<TWidth>(ref o, low, high);
        SetOverflow(ref o, o.Compare(Relation.NotEqual, high, o.Constant(0)));
    }

    [Row(Code.Imul_rm8, Code.Imul_rm16, Code.Imul_rm32, Code.Imul_rm64)]
    public static void MultiplySigned<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryRead<TWidth>(ref o, i, out var b)) return;
        SignedProduct<TWidth>(ref o, Access<TOps, V>.Get<TWidth>(ref o, Slot.Rax), b, out var low, out var high, out var overflow);
        SetPair<TWidth>(ref o, low, high);
        SetOverflow(ref o, overflow);
    }

    [Row(Mnemonic.Imul)]
    public static void MultiplyRegister<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryFactor<TWidth>(ref o, i, out var b)) return;
        var a = i.Has(OperandTraits.HasImmediate) ? o.Constant(i.Immediate & Access<TOps, V>.Mask<TWidth>()) : Access<TOps, V>.Get<TWidth>(ref o, i.Target);
        SignedProduct<TWidth>(ref o, a, b, out var low, out _, out var overflow);
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, o.ZeroExtend(low, TWidth.Size));
        SetOverflow(ref o, overflow);
    }

    [Row(Mnemonic.Mulx)]
    public static void MultiplyWithoutFlags<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        V b;
        if (!i.Has(OperandTraits.SourceMemory)) b = Access<TOps, V>.Get<TWidth>(ref o, i.Third);
        else if (!Access<TOps, V>.TryLoad(ref o, i, TWidth.Size, out b)) return;
        var a = Access<TOps, V>.Get<TWidth>(ref o, Slot.Rdx);
        var low = o.Multiply(a, b);
        var high = typeof(TWidth) == typeof(Bits64) ? o.MultiplyHighUnsigned(a, b) : o.ShiftRight(low, o.Constant(32));
        // Where both targets are one, the high half is what stays.
        Access<TOps, V>.Set<TWidth>(ref o, i.Source, o.ZeroExtend(low, TWidth.Size));
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, high);
    }

    [Row(Mnemonic.Div)]
    public static void Divide<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryRead<TWidth>(ref o, i, out var divisor)) return;
        if (typeof(TWidth) == typeof(Bits64))
        {
            if (o.TryDivide(isSigned: false, o.Register(Slot.Rdx), o.Register(Slot.Rax), divisor, out var wholes, out var rest)) SetQuotient<TWidth>(ref o, wholes, rest);
            return;
        }
        if (o.TrapIf(o.Compare(Relation.Equal, divisor, o.Constant(0)), Fault.DivideError, o.Constant(0))) return;
        var dividend = Dividend<TWidth>(ref o);
        var quotient = o.DivideUnsigned(dividend, divisor);
        var tooLarge = o.Compare(Relation.LessUnsigned, o.Constant(Access<TOps, V>.Mask<TWidth>()), quotient);
        if (o.TrapIf(tooLarge, Fault.DivideError, o.Constant(0))) return;
        SetQuotient<TWidth>(ref o, quotient, o.RemainderUnsigned(dividend, divisor));
    }

    [Row(Mnemonic.Idiv)]
    public static void DivideSigned<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryRead<TWidth>(ref o, i, out var divisor)) return;
        if (typeof(TWidth) == typeof(Bits64))
        {
            if (o.TryDivide(isSigned: true, o.Register(Slot.Rdx), o.Register(Slot.Rax), divisor, out var wholes, out var rest)) SetQuotient<TWidth>(ref o, wholes, rest);
            return;
        }
        if (o.TrapIf(o.Compare(Relation.Equal, divisor, o.Constant(0)), Fault.DivideError, o.Constant(0))) return;
        divisor = o.SignExtend(divisor, TWidth.Size);
        var dividend = Dividend<TWidth>(ref o);
        if (typeof(TWidth) != typeof(Bits32)) dividend = o.SignExtend(dividend, typeof(TWidth) == typeof(Bits8) ? MemorySize.Half : MemorySize.Word);
        var quotient = o.DivideSigned(dividend, divisor);
        // The largest dividend of 64 bits by -1 is its own quotient, and does not fit either.
        var tooLarge = o.Compare(Relation.NotEqual, quotient, o.SignExtend(quotient, TWidth.Size));
        if (o.TrapIf(tooLarge, Fault.DivideError, o.Constant(0))) return;
        SetQuotient<TWidth>(ref o, o.ZeroExtend(quotient, TWidth.Size), o.ZeroExtend(o.RemainderSigned(dividend, divisor), TWidth.Size));
    }

    [Row(Mnemonic.Aam)]
    public static void AdjustAfterMultiply(ref TOps o, in X86Operands i)
    {
        if (o.TrapIf(o.Constant((byte)i.Immediate == 0 ? 1u : 0u), Fault.DivideError, o.Constant(0))) return;
        var al = Access<TOps, V>.Get<Bits8>(ref o, Slot.Rax);
        var radix = o.Constant((byte)i.Immediate);
        var low = o.RemainderUnsigned(al, radix);
        Access<TOps, V>.Set<Bits16>(ref o, Slot.Rax, o.Or(low, o.ShiftLeft(o.DivideUnsigned(al, radix), o.Constant(8))));
        o.SetFlags(FlagKind.Logic, MemorySize.Byte, low, default, default);
    }

    [Row(Mnemonic.Aad)]
    public static void AdjustBeforeDivide(ref TOps o, in X86Operands i)
    {
        var ax = Access<TOps, V>.Get<Bits16>(ref o, Slot.Rax);
        var result = o.ZeroExtend(o.Add(ax, o.Multiply(o.ShiftRight(ax, o.Constant(8)), o.Constant((byte)i.Immediate))), MemorySize.Byte);
        Access<TOps, V>.Set<Bits16>(ref o, Slot.Rax, result);
        o.SetFlags(FlagKind.Logic, MemorySize.Byte, result, default, default);
    }

    [Row(Mnemonic.Daa)]
    public static void AdjustAfterAdd(ref TOps o, in X86Operands i) => Adjust(ref o, new Helper("daa", &DecimalHelpers.PackedAfterAdd));

    [Row(Mnemonic.Das)]
    public static void AdjustAfterSubtract(ref TOps o, in X86Operands i) => Adjust(ref o, new Helper("das", &DecimalHelpers.PackedAfterSubtract));

    [Row(Mnemonic.Aaa)]
    public static void AdjustAsciiAfterAdd(ref TOps o, in X86Operands i) => Adjust(ref o, new Helper("aaa", &DecimalHelpers.AsciiAfterAdd));

    [Row(Mnemonic.Aas)]
    public static void AdjustAsciiAfterSubtract(ref TOps o, in X86Operands i) => Adjust(ref o, new Helper("aas", &DecimalHelpers.AsciiAfterSubtract));

    /// <summary>The helper's result has AX, and the carry and adjust flags above it.</summary>
    private static void Adjust(ref TOps o, in Helper helper)
    {
        var result = o.Call(helper, Access<TOps, V>.Get<Bits16>(ref o, Slot.Rax), o.Flags());
        Access<TOps, V>.Set<Bits16>(ref o, Slot.Rax, o.ZeroExtend(result, MemorySize.Half));
        var flags = FlagBits<TOps, V>.OfResult(ref o, o.ZeroExtend(result, MemorySize.Byte), MemorySize.Byte);
        FlagBits<TOps, V>.Set(ref o, o.Or(flags, o.ShiftRight(result, o.Constant(16))));
    }

    /// <summary>The factor from memory or a register: the second operand.</summary>
    private static bool TryFactor<TWidth>(ref TOps o, in X86Operands i, out V value) where TWidth : struct, IWidth
    {
        if (i.Has(OperandTraits.SourceMemory)) return Access<TOps, V>.TryLoad(ref o, i, TWidth.Size, out value);
        value = Access<TOps, V>.Get<TWidth>(ref o, i.Source);
        return true;
    }

    private static void SignedProduct<TWidth>(ref TOps o, V a, V b, out V low, out V high, out V overflow) where TWidth : struct, IWidth
    {
        a = o.SignExtend(a, TWidth.Size);
        b = o.SignExtend(b, TWidth.Size);
        low = o.Multiply(a, b);
        if (typeof(TWidth) == typeof(Bits64))
        {
            high = o.MultiplyHighSigned(a, b);
            overflow = o.Compare(Relation.NotEqual, high, o.ShiftRightSigned(low, o.Constant(63)));
            return;
        }
        high = o.ShiftRight(low, o.Constant((ulong)Access<TOps, V>.Bits<TWidth>()));
        overflow = o.Compare(Relation.NotEqual, low, o.SignExtend(low, TWidth.Size));
    }

    /// <summary>Writes a product: AX, or the halves to the accumulator and RDX.</summary>
    private static void SetPair<TWidth>(ref TOps o, V low, V high) where TWidth : struct, IWidth
    {
        if (typeof(TWidth) == typeof(Bits8))
        {
            Access<TOps, V>.Set<Bits16>(ref o, Slot.Rax, o.ZeroExtend(low, MemorySize.Half));
            return;
        }
        Access<TOps, V>.Set<TWidth>(ref o, Slot.Rax, o.ZeroExtend(low, TWidth.Size));
        Access<TOps, V>.Set<TWidth>(ref o, Slot.Rdx, o.ZeroExtend(high, TWidth.Size));
    }

    private static V Dividend<TWidth>(ref TOps o) where TWidth : struct, IWidth => typeof(TWidth) == typeof(Bits8)
        ? Access<TOps, V>.Get<Bits16>(ref o, Slot.Rax)
        : o.Or(Access<TOps, V>.Get<TWidth>(ref o, Slot.Rax),
            o.ShiftLeft(Access<TOps, V>.Get<TWidth>(ref o, Slot.Rdx), o.Constant((ulong)Access<TOps, V>.Bits<TWidth>())));

    private static void SetQuotient<TWidth>(ref TOps o, V quotient, V remainder) where TWidth : struct, IWidth
    {
        if (typeof(TWidth) == typeof(Bits8))
        {
            Access<TOps, V>.Set<Bits16>(ref o, Slot.Rax, o.Or(quotient, o.ShiftLeft(remainder, o.Constant(8))));
            return;
        }
        Access<TOps, V>.Set<TWidth>(ref o, Slot.Rax, quotient);
        Access<TOps, V>.Set<TWidth>(ref o, Slot.Rdx, remainder);
    }

    private static void SetOverflow(ref TOps o, V overflow) =>
        FlagBits<TOps, V>.Set(ref o, o.Select(overflow, o.Constant(EFlags.Carry | EFlags.Overflow), o.Constant(0)));
}
