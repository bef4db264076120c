using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Shifts and rotations. A count of 0 leaves all flags as they are.</summary>
public static class Shifts<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Mnemonic.Shl, Mnemonic.Sal)]
    public static void ShiftLeft<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, out var address, out var a)) return;
        var count = Count<TWidth>(ref o, i);
        var last = o.ZeroExtend(o.ShiftLeft(a, o.Subtract(count, o.Constant(1))), TWidth.Size);
        Finish<TWidth>(ref o, i, address, count, FlagKind.ShiftLeft, o.ZeroExtend(o.ShiftLeft(a, count), TWidth.Size), last);
    }

    [Row(Mnemonic.Shr)]
    public static void ShiftRight<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, out var address, out var a)) return;
        var count = Count<TWidth>(ref o, i);
        var last = o.ShiftRight(a, o.Subtract(count, o.Constant(1)));
        Finish<TWidth>(ref o, i, address, count, FlagKind.ShiftRight, o.ShiftRight(a, count), last);
    }

    [Row(Mnemonic.Sar)]
    public static void ShiftRightSigned<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, out var address, out var a)) return;
        var count = Count<TWidth>(ref o, i);
        a = o.SignExtend(a, TWidth.Size);
        var last = o.ZeroExtend(o.ShiftRightSigned(a, o.Subtract(count, o.Constant(1))), TWidth.Size);
        Finish<TWidth>(ref o, i, address, count, FlagKind.ShiftRight, o.ZeroExtend(o.ShiftRightSigned(a, count), TWidth.Size), last);
    }

    [Row(Mnemonic.Shld)]
    public static void ShiftLeftDouble<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, out var address, out var a)) return;
        var b = Access<TOps, V>.Get<TWidth>(ref o, i.Source);
        var count = ThirdCount<TWidth>(ref o, i);
        var last = o.ZeroExtend(o.ShiftLeft(a, o.Subtract(count, o.Constant(1))), TWidth.Size);
        var bits = (ulong)Access<TOps, V>.Bits<TWidth>();
        var result = bits == 64
            ? o.Or(o.ShiftLeft(a, count), o.ShiftRight(o.ShiftRight(b, o.Constant(1)), o.Subtract(o.Constant(63), count)))
            : o.ShiftRight(o.ShiftLeft(o.Or(o.ShiftLeft(a, o.Constant(bits)), b), count), o.Constant(bits));
        Finish<TWidth>(ref o, i, address, count, FlagKind.ShiftLeft, o.ZeroExtend(result, TWidth.Size), last);
    }

    [Row(Mnemonic.Shrd)]
    public static void ShiftRightDouble<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, out var address, out var a)) return;
        var b = Access<TOps, V>.Get<TWidth>(ref o, i.Source);
        var count = ThirdCount<TWidth>(ref o, i);
        var bits = (ulong)Access<TOps, V>.Bits<TWidth>();
        var result = bits == 64
            ? o.Or(o.ShiftRight(a, count), o.ShiftLeft(o.ShiftLeft(b, o.Constant(1)), o.Subtract(o.Constant(63), count)))
            : o.ShiftRight(o.Or(o.ShiftLeft(b, o.Constant(bits)), a), count);
        Finish<TWidth>(ref o, i, address, count, FlagKind.ShiftRight, o.ZeroExtend(result, TWidth.Size), o.ShiftRight(a, o.Subtract(count, o.Constant(1))));
    }

    [Row(Mnemonic.Rol)]
    public static void RotateLeft<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, out var address, out var a)) return;
        var count = Count<TWidth>(ref o, i);
        var result = RotateRight<TWidth>(ref o, a, o.Subtract(o.Constant(0), count));
        var carry = o.And(result, o.Constant(1));
        FinishRotation<TWidth>(ref o, i, address, count, result, carry, o.Xor(carry, Top<TWidth>(ref o, result)));
    }

    [Row(Mnemonic.Ror)]
    public static void RotateRight<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, out var address, out var a)) return;
        var count = Count<TWidth>(ref o, i);
        var result = RotateRight<TWidth>(ref o, a, count);
        FinishRotation<TWidth>(ref o, i, address, count, result, Top<TWidth>(ref o, result), TopTwoDiffer<TWidth>(ref o, result));
    }

    [Row(Mnemonic.Rcl)]
    public static void RotateCarryLeft<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, out var address, out var a)) return;
        var bits = (ulong)Access<TOps, V>.Bits<TWidth>();
        var masked = Count<TWidth>(ref o, i);
        var count = o.RemainderUnsigned(masked, o.Constant(bits + 1));
        var carryIn = o.Condition(ConditionCode.Below);
        V result, carry;
        if (bits == 64)
        {
            var less = o.Subtract(count, o.Constant(1));
            var rotated = o.Or(o.Or(o.ShiftLeft(a, count), o.ShiftLeft(carryIn, less)),
                o.ShiftRight(o.ShiftRight(a, o.Constant(1)), o.Subtract(o.Constant(64), count)));
            result = o.Select(count, rotated, a);
            carry = o.Select(count, Top<TWidth>(ref o, o.ShiftLeft(a, less)), carryIn);
        }
        else
        {
            var wide = o.Or(a, o.ShiftLeft(carryIn, o.Constant(bits)));
            var rotated = o.Or(o.ShiftLeft(wide, count), o.ShiftRight(wide, o.Subtract(o.Constant(bits + 1), count)));
            result = o.ZeroExtend(rotated, TWidth.Size);
            carry = o.And(o.ShiftRight(rotated, o.Constant(bits)), o.Constant(1));
        }
        FinishRotation<TWidth>(ref o, i, address, masked, result, carry, o.Xor(carry, Top<TWidth>(ref o, result)));
    }

    [Row(Mnemonic.Rcr)]
    public static void RotateCarryRight<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryUpdate<TWidth>(ref o, i, out var address, out var a)) return;
        var bits = (ulong)Access<TOps, V>.Bits<TWidth>();
        var masked = Count<TWidth>(ref o, i);
        var count = o.RemainderUnsigned(masked, o.Constant(bits + 1));
        var carryIn = o.Condition(ConditionCode.Below);
        V result, carry;
        if (bits == 64)
        {
            var rest = o.Subtract(o.Constant(64), count);
            var rotated = o.Or(o.Or(o.ShiftRight(a, count), o.ShiftLeft(carryIn, rest)), o.ShiftLeft(o.ShiftLeft(a, o.Constant(1)), rest));
            result = o.Select(count, rotated, a);
            carry = o.Select(count, o.And(o.ShiftRight(a, o.Subtract(count, o.Constant(1))), o.Constant(1)), carryIn);
        }
        else
        {
            var wide = o.Or(a, o.ShiftLeft(carryIn, o.Constant(bits)));
            var rotated = o.Or(o.ShiftRight(wide, count), o.ShiftLeft(wide, o.Subtract(o.Constant(bits + 1), count)));
            result = o.ZeroExtend(rotated, TWidth.Size);
            carry = o.And(o.ShiftRight(rotated, o.Constant(bits)), o.Constant(1));
        }
        FinishRotation<TWidth>(ref o, i, address, masked, result, carry, TopTwoDiffer<TWidth>(ref o, result));
    }

    [Row(Mnemonic.Rorx)]
    public static void RotateRightWithoutFlags<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        var count = o.Constant(i.Immediate & (ulong)(Access<TOps, V>.Bits<TWidth>() - 1));
        V a;
        if (!i.Has(OperandTraits.SourceMemory)) a = Access<TOps, V>.Get<TWidth>(ref o, i.Source);
        else if (!Access<TOps, V>.TryLoad(ref o, i, TWidth.Size, out a)) return;
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, RotateRight<TWidth>(ref o, a, count));
    }

    [Row(Mnemonic.Shlx)]
    public static void ShiftLeftWithoutFlags<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, o.ZeroExtend(o.ShiftLeft(a, Masked<TWidth>(ref o, o.Register(i.Third))), TWidth.Size));
    }

    [Row(Mnemonic.Shrx)]
    public static void ShiftRightWithoutFlags<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, o.ShiftRight(a, Masked<TWidth>(ref o, o.Register(i.Third))));
    }

    [Row(Mnemonic.Sarx)]
    public static void ShiftRightSignedWithoutFlags<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        var result = o.ShiftRightSigned(o.SignExtend(a, TWidth.Size), Masked<TWidth>(ref o, o.Register(i.Third)));
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, o.ZeroExtend(result, TWidth.Size));
    }

    /// <summary>The count in the second operand: an immediate or CL.</summary>
    private static V Count<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth =>
        Masked<TWidth>(ref o, i.Has(OperandTraits.HasImmediate) ? o.Constant(i.Immediate) : o.Register(i.Source));

    private static V ThirdCount<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth =>
        Masked<TWidth>(ref o, i.Has(OperandTraits.HasImmediate) ? o.Constant(i.Immediate) : o.Register(i.Third));

    private static V Masked<TWidth>(ref TOps o, V count) where TWidth : struct, IWidth => o.And(count, o.Constant(typeof(TWidth) == typeof(Bits64) ? 63u : 31u));

    private static V Top<TWidth>(ref TOps o, V value) where TWidth : struct, IWidth => FlagFormulas<TOps, V>.Sign(ref o, value, TWidth.Size);

    private static V TopTwoDiffer<TWidth>(ref TOps o, V value) where TWidth : struct, IWidth =>
        Top<TWidth>(ref o, o.Xor(value, o.ShiftLeft(value, o.Constant(1))));

    private static V RotateRight<TWidth>(ref TOps o, V a, V count) where TWidth : struct, IWidth
    {
        if (typeof(TWidth) == typeof(Bits64)) return o.RotateRight(a, count);
        if (typeof(TWidth) == typeof(Bits32)) return o.RotateRight32(a, count);
        var bits = (ulong)Access<TOps, V>.Bits<TWidth>();
        var places = o.And(count, o.Constant(bits - 1));
        return o.ZeroExtend(o.Or(o.ShiftRight(a, places), o.ShiftLeft(a, o.Subtract(o.Constant(bits), places))), TWidth.Size);
    }

    private static void Finish<TWidth>(ref TOps o, in X86Operands i, V address, V count, FlagKind kind, V result, V last) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, result)) return;
        o.SetFlagsIf(count, kind, TWidth.Size, result, last);
    }

    private static void FinishRotation<TWidth>(ref TOps o, in X86Operands i, V address, V count, V result, V carry, V overflow) where TWidth : struct, IWidth
    {
        var before = o.Flags();
        if (!Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, result)) return;
        var after = o.Or(o.And(before, o.Constant(EFlags.Arithmetic & ~(EFlags.Carry | EFlags.Overflow))), o.Or(carry, o.ShiftLeft(overflow, o.Constant(11))));
        FlagBits<TOps, V>.Set(ref o, o.Select(count, after, before));
    }
}
