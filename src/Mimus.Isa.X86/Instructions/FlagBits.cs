using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Single flags: instructions that set some and keep others, and those that set them by name.</summary>
public static class FlagBits<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    /// <summary>Sets all arithmetic flags to the given bits.</summary>
    public static void Set(ref TOps o, V flags) => o.SetFlags(FlagKind.Eager, MemorySize.Byte, flags, default, default);

    /// <summary>Replaces the flags of a mask.</summary>
    public static void Replace(ref TOps o, ulong mask, V flags) => Set(ref o, o.Or(o.And(o.Flags(), o.Constant(EFlags.Arithmetic & ~mask)), flags));

    /// <summary>The zero, sign and parity flags of a result, at their places.</summary>
    public static V OfResult(ref TOps o, V result, MemorySize width)
    {
        var flags = o.ShiftLeft(o.Compare(Relation.Equal, result, o.Constant(0)), o.Constant(6));
        flags = o.Or(flags, o.ShiftLeft(FlagFormulas<TOps, V>.Sign(ref o, result, width), o.Constant(7)));
        return o.Or(flags, o.ShiftLeft(FlagFormulas<TOps, V>.Parity(ref o, result), o.Constant(2)));
    }

    [Row(Mnemonic.Clc)]
    public static void ClearCarry(ref TOps o, in X86Operands i) => Replace(ref o, EFlags.Carry, o.Constant(0));

    [Row(Mnemonic.Stc)]
    public static void SetCarry(ref TOps o, in X86Operands i) => Replace(ref o, EFlags.Carry, o.Constant(1));

    [Row(Mnemonic.Cmc)]
    public static void ComplementCarry(ref TOps o, in X86Operands i) => Set(ref o, o.Xor(o.Flags(), o.Constant(EFlags.Carry)));

    [Row(Mnemonic.Cld)]
    public static void ClearDirection(ref TOps o, in X86Operands i) => o.SetRegister(Slot.Direction, o.Constant(1));

    [Row(Mnemonic.Std)]
    public static void SetDirection(ref TOps o, in X86Operands i) => o.SetRegister(Slot.Direction, o.Constant(ulong.MaxValue));

    [Row(Mnemonic.Lahf)]
    public static void LoadFlags(ref TOps o, in X86Operands i) =>
        Access<TOps, V>.Set<Bits8>(ref o, Slot.HighBytes, o.And(o.Or(o.Flags(), o.Constant(EFlags.Fixed)), o.Constant(0xff)));

    [Row(Mnemonic.Sahf)]
    public static void StoreFlags(ref TOps o, in X86Operands i)
    {
        const ulong LowFlags = EFlags.Carry | EFlags.Parity | EFlags.Adjust | EFlags.Zero | EFlags.Sign;
        Replace(ref o, LowFlags, o.And(Access<TOps, V>.Get<Bits8>(ref o, Slot.HighBytes), o.Constant(LowFlags)));
    }
}
