using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Moves between register files and conversions between formats: F, D, and of half precision what Zfhmin has.</summary>
[InstructionSet((ulong)Extension.F)]
[Variant("s", "00", typeof(Binary32), (ulong)Extension.F)]
[Variant("d", "01", typeof(Binary64), (ulong)Extension.D)]
[Variant("h", "10", typeof(Binary16), (ulong)Extension.Zfhmin)]
internal static class FloatMoves<TOps, V, TFormat> where TOps : struct, IGuestOps<V> where V : unmanaged where TFormat : struct, IFloatFormat
{
    [Instruction("fmv.x.{f}", "11100{f} 00000 fs1 000 rd 1010011")]
    public static void ToInteger(ref TOps o, in Operands i)
    {
        if (FloatRegisters<TOps, V>.TrapIfOff(ref o)) return;
        // The bits as they are, boxed or not.
        o.SetRegister(i.Rd, o.SignExtend(o.Register(i.Rs1), Size));
    }

    [Instruction("fmv.{f}.x", "11110{f} 00000 rs1 000 fd 1010011")]
    public static void FromInteger(ref TOps o, in Operands i)
    {
        if (FloatRegisters<TOps, V>.TrapIfOff(ref o)) return;
        FloatRegisters<TOps, V>.Write<TFormat>(ref o, i.Rd, o.ZeroExtend(o.Register(i.Rs1), Size));
    }

    [Instruction("fcvt.{f}.s", "01000{f} 00000 fs1 rm fd 1010011", Only = "d h")]
    public static void FromSingle(ref TOps o, in Operands i) => Convert<Binary32>(ref o, i);

    [Instruction("fcvt.{f}.d", "01000{f} 00001 fs1 rm fd 1010011", Only = "s h", AllOf = (ulong)Extension.D)]
    public static void FromDouble(ref TOps o, in Operands i) => Convert<Binary64>(ref o, i);

    [Instruction("fcvt.{f}.h", "01000{f} 00010 fs1 rm fd 1010011", Only = "s d", AllOf = (ulong)Extension.Zfhmin)]
    public static void FromHalf(ref TOps o, in Operands i) => Convert<Binary16>(ref o, i);

    private static MemorySize Size => (MemorySize)((1 + TFormat.ExponentBits + TFormat.FractionBits) / 8);

    private static void Convert<TFrom>(ref TOps o, in Operands i) where TFrom : struct, IFloatFormat
    {
        if (!FloatRegisters<TOps, V>.TryBegin(ref o, i, out var rounding)) return;
        FloatRegisters<TOps, V>.Write<TFormat>(ref o, i.Rd, o.FloatConvert<TFrom, TFormat>(FloatRegisters<TOps, V>.Read<TFrom>(ref o, i.Rs1), rounding));
    }
}
