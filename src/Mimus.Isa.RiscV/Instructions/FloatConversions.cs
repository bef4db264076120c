using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Conversions between floating point and integers, rounding, and constants: F, D, Zfh and Zfa.</summary>
[InstructionSet((ulong)Extension.F)]
[Variant("s", "00", typeof(Binary32), (ulong)Extension.F)]
[Variant("d", "01", typeof(Binary64), (ulong)Extension.D)]
[Variant("h", "10", typeof(Binary16), (ulong)Extension.Zfh)]
internal static class FloatConversions<TOps, V, TFormat> where TOps : struct, IGuestOps<V> where V : unmanaged where TFormat : struct, IFloatFormat
{
    private const ulong Zfa = (ulong)Extension.Zfa;

    [Instruction("fcvt.w.{f}", "11000{f} 00000 fs1 rm rd 1010011")]
    public static void ToInt32(ref TOps o, in Operands i) => ToInteger(ref o, i, IntegerType.Int32);

    [Instruction("fcvt.wu.{f}", "11000{f} 00001 fs1 rm rd 1010011")]
    public static void ToUInt32(ref TOps o, in Operands i) => ToInteger(ref o, i, IntegerType.UInt32);

    [Instruction("fcvt.l.{f}", "11000{f} 00010 fs1 rm rd 1010011")]
    public static void ToInt64(ref TOps o, in Operands i) => ToInteger(ref o, i, IntegerType.Int64);

    [Instruction("fcvt.lu.{f}", "11000{f} 00011 fs1 rm rd 1010011")]
    public static void ToUInt64(ref TOps o, in Operands i) => ToInteger(ref o, i, IntegerType.UInt64);

    [Instruction("fcvt.{f}.w", "11010{f} 00000 rs1 rm fd 1010011")]
    public static void FromInt32(ref TOps o, in Operands i) => FromInteger(ref o, i, IntegerType.Int32);

    [Instruction("fcvt.{f}.wu", "11010{f} 00001 rs1 rm fd 1010011")]
    public static void FromUInt32(ref TOps o, in Operands i) => FromInteger(ref o, i, IntegerType.UInt32);

    [Instruction("fcvt.{f}.l", "11010{f} 00010 rs1 rm fd 1010011")]
    public static void FromInt64(ref TOps o, in Operands i) => FromInteger(ref o, i, IntegerType.Int64);

    [Instruction("fcvt.{f}.lu", "11010{f} 00011 rs1 rm fd 1010011")]
    public static void FromUInt64(ref TOps o, in Operands i) => FromInteger(ref o, i, IntegerType.UInt64);

    [Instruction("fround.{f}", "01000{f} 00100 fs1 rm fd 1010011", AllOf = Zfa)]
    public static void Round(ref TOps o, in Operands i) => Round(ref o, i, FloatFunction.Round);

    [Instruction("froundnx.{f}", "01000{f} 00101 fs1 rm fd 1010011", AllOf = Zfa)]
    public static void RoundExact(ref TOps o, in Operands i) => Round(ref o, i, FloatFunction.RoundExact);

    [Instruction("fcvtmod.w.d", "11000{f} 01000 fs1 001 rd 1010011", AllOf = Zfa, Only = "d")]
    public static void ToInt32Modular(ref TOps o, in Operands i)
    {
        if (FloatRegisters<TOps, V>.TrapIfOff(ref o)) return;
        var value = FloatRegisters<TOps, V>.Read<TFormat>(ref o, i.Rs1);
        o.SetRegister(i.Rd, o.Float<TFormat>(FloatFunction.ToInt32Modular, value, o.Constant(0), o.Constant((ulong)RoundingMode.TowardZero)));
        FloatRegisters<TOps, V>.MarkDirty(ref o);
    }

    [Instruction("fli.{f}", "11110{f} 00001 fli 000 fd 1010011", AllOf = Zfa)]
    public static void LoadConstant(ref TOps o, in Operands i)
    {
        if (FloatRegisters<TOps, V>.TrapIfOff(ref o)) return;
        FloatRegisters<TOps, V>.Write<TFormat>(ref o, i.Rd, o.Constant(FloatConstants.Bits<TFormat>(i.Imm)));
    }

    private static void ToInteger(ref TOps o, in Operands i, IntegerType type)
    {
        if (!FloatRegisters<TOps, V>.TryBegin(ref o, i, out var rounding)) return;
        o.SetRegister(i.Rd, o.FloatToInteger<TFormat>(type, FloatRegisters<TOps, V>.Read<TFormat>(ref o, i.Rs1), rounding));
        FloatRegisters<TOps, V>.MarkDirty(ref o);
    }

    private static void FromInteger(ref TOps o, in Operands i, IntegerType type)
    {
        if (!FloatRegisters<TOps, V>.TryBegin(ref o, i, out var rounding)) return;
        FloatRegisters<TOps, V>.Write<TFormat>(ref o, i.Rd, o.IntegerToFloat<TFormat>(type, o.Register(i.Rs1), rounding));
    }

    private static void Round(ref TOps o, in Operands i, FloatFunction function)
    {
        if (!FloatRegisters<TOps, V>.TryBegin(ref o, i, out var rounding)) return;
        var value = FloatRegisters<TOps, V>.Read<TFormat>(ref o, i.Rs1);
        FloatRegisters<TOps, V>.Write<TFormat>(ref o, i.Rd, o.Float<TFormat>(function, value, o.Constant(0), rounding));
    }
}
