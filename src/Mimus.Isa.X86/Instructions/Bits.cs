using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Tests, scans and counts of bits, and BMI1 and BMI2.</summary>
public static unsafe class Bits<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Mnemonic.Bt)]
    public static void Test<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryFind<TWidth>(ref o, i, forWriting: false, out var address, out var place)) return;
        var a = Access<TOps, V>.Get<TWidth>(ref o, i.Target);
        if (i.Has(OperandTraits.TargetMemory) && !o.TryLoad(address, TWidth.Size, out a)) return;
        SetCarry(ref o, o.Flags(), a, place);
    }

    [Row(Mnemonic.Bts)]
    public static void Set<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryFind<TWidth>(ref o, i, forWriting: true, out var address, out var place)) return;
        var bit = o.ShiftLeft(o.Constant(1), place);
        if (TryBegin<TWidth>(ref o, i, AtomicOperation.Or, bit, address, out var a)) Finish<TWidth>(ref o, i, address, place, a, o.Or(a, bit));
    }

    [Row(Mnemonic.Btr)]
    public static void Reset<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryFind<TWidth>(ref o, i, forWriting: true, out var address, out var place)) return;
        var others = o.Xor(o.ShiftLeft(o.Constant(1), place), o.Constant(Access<TOps, V>.Mask<TWidth>()));
        if (TryBegin<TWidth>(ref o, i, AtomicOperation.And, others, address, out var a)) Finish<TWidth>(ref o, i, address, place, a, o.And(a, others));
    }

    [Row(Mnemonic.Btc)]
    public static void Complement<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryFind<TWidth>(ref o, i, forWriting: true, out var address, out var place)) return;
        var bit = o.ShiftLeft(o.Constant(1), place);
        if (TryBegin<TWidth>(ref o, i, AtomicOperation.Xor, bit, address, out var a)) Finish<TWidth>(ref o, i, address, place, a, o.Xor(a, bit));
    }

    [Row(Mnemonic.Bsf)]
    public static void ScanForward<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        Scanned<TWidth>(ref o, i, a, o.CountTrailingZeros(a));
    }

    [Row(Mnemonic.Bsr)]
    public static void ScanReverse<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        Scanned<TWidth>(ref o, i, a, o.Subtract(o.Constant(63), o.CountLeadingZeros(a)));
    }

    [Row(Mnemonic.Tzcnt)]
    public static void CountTrailingZeros<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        var bits = o.Constant((ulong)Access<TOps, V>.Bits<TWidth>());
        Counted<TWidth>(ref o, i, a, o.Select(a, o.CountTrailingZeros(a), bits));
    }

    [Row(Mnemonic.Lzcnt)]
    public static void CountLeadingZeros<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        Counted<TWidth>(ref o, i, a, o.Subtract(o.CountLeadingZeros(a), o.Constant(64 - (ulong)Access<TOps, V>.Bits<TWidth>())));
    }

    [Row(Mnemonic.Popcnt)]
    public static void CountOnes<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, o.CountOnes(a));
        FlagBits<TOps, V>.Set(ref o, o.ShiftLeft(o.Compare(Relation.Equal, a, o.Constant(0)), o.Constant(6)));
    }

    [Row(Mnemonic.Andn)]
    public static void AndNot<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryThird<TWidth>(ref o, i, out var b)) return;
        var result = o.And(o.Xor(Access<TOps, V>.Get<TWidth>(ref o, i.Source), o.Constant(Access<TOps, V>.Mask<TWidth>())), b);
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, result);
        o.SetFlags(FlagKind.Logic, TWidth.Size, result, default, default);
    }

    [Row(Mnemonic.Bextr)]
    public static void Extract<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        var control = o.Register(i.Third);
        V start = o.ZeroExtend(control, MemorySize.Byte), length = o.ZeroExtend(o.ShiftRight(control, o.Constant(8)), MemorySize.Byte);
        var shifted = o.Select(o.Compare(Relation.LessUnsigned, start, o.Constant(64)), o.ShiftRight(a, start), o.Constant(0));
        var result = KeepLow(ref o, shifted, length);
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, result);
        o.SetFlags(FlagKind.Logic, TWidth.Size, result, default, default);
    }

    [Row(Mnemonic.Bzhi)]
    public static void ZeroHigh<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        var first = o.ZeroExtend(o.Register(i.Third), MemorySize.Byte);
        var result = KeepLow(ref o, a, first);
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, result);
        var carry = o.Compare(Relation.GreaterOrEqualUnsigned, first, o.Constant((ulong)Access<TOps, V>.Bits<TWidth>()));
        FlagBits<TOps, V>.Set(ref o, o.Or(carry, FlagBits<TOps, V>.OfResult(ref o, result, TWidth.Size)));
    }

    [Row(Mnemonic.Blsi)]
    public static void IsolateLowest<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        Lowest<TWidth>(ref o, i, o.And(o.Subtract(o.Constant(0), a), a), o.Compare(Relation.NotEqual, a, o.Constant(0)));
    }

    [Row(Mnemonic.Blsmsk)]
    public static void MaskToLowest<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        Lowest<TWidth>(ref o, i, o.ZeroExtend(o.Xor(o.Subtract(a, o.Constant(1)), a), TWidth.Size), o.Compare(Relation.Equal, a, o.Constant(0)));
    }

    [Row(Mnemonic.Blsr)]
    public static void ResetLowest<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TrySource<TWidth>(ref o, i, out var a)) return;
        Lowest<TWidth>(ref o, i, o.And(o.Subtract(a, o.Constant(1)), a), o.Compare(Relation.Equal, a, o.Constant(0)));
    }

    [Row(Mnemonic.Pdep)]
    public static void Deposit<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryThird<TWidth>(ref o, i, out var mask)) return;
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, o.Call(new Helper("pdep", &BitHelpers.Deposit), Access<TOps, V>.Get<TWidth>(ref o, i.Source), mask));
    }

    [Row(Mnemonic.Pext)]
    public static void Gather<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryThird<TWidth>(ref o, i, out var mask)) return;
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, o.Call(new Helper("pext", &BitHelpers.Gather), Access<TOps, V>.Get<TWidth>(ref o, i.Source), mask));
    }

    [Row(Code.Crc32_r32_rm8, Code.Crc32_r64_rm8)]
    public static void Checksum8(ref TOps o, in X86Operands i)
    {
        if (!Access<TOps, V>.TrySource<Bits8>(ref o, i, out var data)) return;
        o.SetRegister(i.Target, o.Call(new Helper("crc32b", &BitHelpers.Checksum8), o.Register(i.Target), data));
    }

    [Row(Code.Crc32_r32_rm16)]
    public static void Checksum16(ref TOps o, in X86Operands i)
    {
        if (!Access<TOps, V>.TrySource<Bits16>(ref o, i, out var data)) return;
        o.SetRegister(i.Target, o.Call(new Helper("crc32w", &BitHelpers.Checksum16), o.Register(i.Target), data));
    }

    [Row(Code.Crc32_r32_rm32)]
    public static void Checksum32(ref TOps o, in X86Operands i)
    {
        if (!Access<TOps, V>.TrySource<Bits32>(ref o, i, out var data)) return;
        o.SetRegister(i.Target, o.Call(new Helper("crc32d", &BitHelpers.Checksum32), o.Register(i.Target), data));
    }

    [Row(Code.Crc32_r64_rm64)]
    public static void Checksum64(ref TOps o, in X86Operands i)
    {
        if (!Access<TOps, V>.TrySource<Bits64>(ref o, i, out var data)) return;
        o.SetRegister(i.Target, o.Call(new Helper("crc32q", &BitHelpers.Checksum64), o.Register(i.Target), data));
    }

    /// <summary>The third operand, in memory or a register.</summary>
    private static bool TryThird<TWidth>(ref TOps o, in X86Operands i, out V value) where TWidth : struct, IWidth
    {
        if (i.Has(OperandTraits.SourceMemory)) return Access<TOps, V>.TryLoad(ref o, i, TWidth.Size, out value);
        value = Access<TOps, V>.Get<TWidth>(ref o, i.Third);
        return true;
    }

    /// <summary>The low bits of a value, as many as asked for; all from 64 on.</summary>
    private static V KeepLow(ref TOps o, V value, V bits) => o.Select(o.Compare(Relation.LessUnsigned, bits, o.Constant(64)),
        o.And(value, o.Subtract(o.ShiftLeft(o.Constant(1), bits), o.Constant(1))), value);

    private static void Lowest<TWidth>(ref TOps o, in X86Operands i, V result, V carry) where TWidth : struct, IWidth
    {
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, result);
        FlagBits<TOps, V>.Set(ref o, o.Or(carry, FlagBits<TOps, V>.OfResult(ref o, result, TWidth.Size)));
    }

    private static void Scanned<TWidth>(ref TOps o, in X86Operands i, V a, V found) where TWidth : struct, IWidth
    {
        // Of nothing, the target stays as it is, all of it.
        var before = o.Register(i.Target);
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, found);
        o.SetRegister(i.Target, o.Select(a, o.Register(i.Target), before));
        o.SetFlags(FlagKind.Logic, TWidth.Size, a, default, default);
    }

    private static void Counted<TWidth>(ref TOps o, in X86Operands i, V a, V count) where TWidth : struct, IWidth
    {
        Access<TOps, V>.Set<TWidth>(ref o, i.Target, count);
        var zero = o.ShiftLeft(o.Compare(Relation.Equal, count, o.Constant(0)), o.Constant(6));
        FlagBits<TOps, V>.Set(ref o, o.Or(zero, o.Compare(Relation.Equal, a, o.Constant(0))));
    }

    /// <summary>What is at the place that was found; with LOCK the operation is carried out there already.</summary>
    private static bool TryBegin<TWidth>(ref TOps o, in X86Operands i, AtomicOperation operation, V operand, V address, out V value) where TWidth : struct, IWidth
    {
        value = Access<TOps, V>.Get<TWidth>(ref o, i.Target);
        if (!i.Has(OperandTraits.TargetMemory)) return true;
        return i.Has(OperandTraits.Lock) ? o.TryAtomic(operation, address, TWidth.Size, operand, out value) : o.TryLoadForUpdate(address, TWidth.Size, out value);
    }

    private static void Finish<TWidth>(ref TOps o, in X86Operands i, V address, V place, V a, V result) where TWidth : struct, IWidth
    {
        var before = o.Flags();
        if (Access<TOps, V>.TryFinish<TWidth>(ref o, i, address, result)) SetCarry(ref o, before, a, place);
    }

    private static void SetCarry(ref TOps o, V before, V a, V place) =>
        FlagBits<TOps, V>.Set(ref o, o.Or(o.And(before, o.Constant(EFlags.Arithmetic & ~EFlags.Carry)), o.And(o.ShiftRight(a, place), o.Constant(1))));

    /// <summary>Which bit of which word is meant: a register's number can reach far from the memory operand, in both directions.</summary>
    private static bool TryFind<TWidth>(ref TOps o, in X86Operands i, bool forWriting, out V address, out V place) where TWidth : struct, IWidth
    {
        var bits = (ulong)Access<TOps, V>.Bits<TWidth>();
        address = default;
        var number = i.Has(OperandTraits.SourceImmediate) ? o.Constant(i.Immediate) : o.SignExtend(Access<TOps, V>.Get<TWidth>(ref o, i.Source), TWidth.Size);
        place = o.And(number, o.Constant(bits - 1));
        if (!i.Has(OperandTraits.TargetMemory)) return true;
        if (i.Has(OperandTraits.SourceImmediate)) return Access<TOps, V>.TryAddress(ref o, i, (int)TWidth.Size, forWriting, out address);
        var away = o.ShiftRightSigned(o.Subtract(number, place), o.Constant(3));
        address = Access<TOps, V>.Wrap(ref o, i.AddressWidth, o.Add(Access<TOps, V>.Offset(ref o, i), away));
        return i.Has(OperandTraits.Plain) || Access<TOps, V>.TryLinear(ref o, i, i.Segment, address, (int)TWidth.Size, forWriting, out address);
    }
}
