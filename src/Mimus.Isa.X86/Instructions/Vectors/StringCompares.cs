using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Comparisons of strings: with lengths in registers or up to a zero, to an index or a mask.</summary>
public static unsafe class StringCompares<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    private const int GivesHigh = 0x40;

    [Row(Mnemonic.Pcmpestri, Mnemonic.Vpcmpestri)]
    public static void ExplicitToIndex(ref TOps o, in X86Operands i) => ToIndex(ref o, i, hasLengths: true, isWide: false);

    [Row(Mnemonic.Pcmpestri64, Mnemonic.Vpcmpestri64)]
    public static void WideToIndex(ref TOps o, in X86Operands i) => ToIndex(ref o, i, hasLengths: true, isWide: true);

    [Row(Mnemonic.Pcmpistri, Mnemonic.Vpcmpistri)]
    public static void ImplicitToIndex(ref TOps o, in X86Operands i) => ToIndex(ref o, i, hasLengths: false, isWide: false);

    [Row(Mnemonic.Pcmpestrm, Mnemonic.Vpcmpestrm)]
    public static void ExplicitToMask(ref TOps o, in X86Operands i) => ToMask(ref o, i, hasLengths: true, isWide: false);

    [Row(Mnemonic.Pcmpestrm64, Mnemonic.Vpcmpestrm64)]
    public static void WideToMask(ref TOps o, in X86Operands i) => ToMask(ref o, i, hasLengths: true, isWide: true);

    [Row(Mnemonic.Pcmpistrm, Mnemonic.Vpcmpistrm)]
    public static void ImplicitToMask(ref TOps o, in X86Operands i) => ToMask(ref o, i, hasLengths: false, isWide: false);

    private static void ToIndex(ref TOps o, in X86Operands i, bool hasLengths, bool isWide)
    {
        if (!TryCompare(ref o, i, hasLengths, isWide, out var bits)) return;
        var count = o.Constant((i.Immediate & 1) != 0 ? 8u : 16u);
        var found = (i.Immediate & GivesHigh) != 0 ? o.Subtract(o.Constant(63), o.CountLeadingZeros(bits)) : o.CountTrailingZeros(bits);
        o.SetRegister(Slot.Rcx, o.Select(bits, found, count));
    }

    /// <summary>The bits themselves, or a lane of ones for each.</summary>
    private static void ToMask(ref TOps o, in X86Operands i, bool hasLengths, bool isWide)
    {
        if (!TryCompare(ref o, i, hasLengths, isWide, out var bits)) return;
        V low = bits, high = o.Constant(0);
        if ((i.Immediate & GivesHigh) != 0)
        {
            var laneBits = (i.Immediate & 1) != 0 ? 16 : 8;
            low = Spread(ref o, bits, 0, laneBits);
            high = Spread(ref o, bits, 64 / laneBits, laneBits);
        }
        o.SetRegister(Slot.Vector(0), low);
        o.SetRegister(Slot.Vector(0, 1), high);
        for (var part = 2; part < Slot.VectorSlots && i.Has(OperandTraits.Vex); part++) o.SetRegister(Slot.Vector(0, part), o.Constant(0));
    }

    private static V Spread(ref TOps o, V bits, int first, int laneBits)
    {
        var result = o.Constant(0);
        for (var lane = 0; lane < 64 / laneBits; lane++)
        {
            var bit = o.And(o.ShiftRight(bits, o.Constant((ulong)(first + lane))), o.Constant(1));
            result = o.Or(result, o.ShiftLeft(o.Multiply(bit, o.Constant((1ul << laneBits) - 1)), o.Constant((ulong)(lane * laneBits))));
        }
        return result;
    }

    private static bool TryCompare(ref TOps o, in X86Operands i, bool hasLengths, bool isWide, out V bits)
    {
        bits = default;
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return false;
        int b = i.Source;
        if (i.Has(OperandTraits.SourceMemory) && !VectorAccess<TOps, V>.TryLoad(ref o, i, 16, isAligned: false, out b)) return false;
        var packed = StringCompareHelpers.Pack((byte)i.Immediate, i.Target, b, hasLengths, isWide);
        var result = o.Call(new Helper("string compare", &StringCompareHelpers.Compare), o.Constant(packed), default);
        FlagBits<TOps, V>.Set(ref o, o.ShiftRight(result, o.Constant(32)));
        bits = o.ZeroExtend(result, MemorySize.Word);
        return true;
    }
}
