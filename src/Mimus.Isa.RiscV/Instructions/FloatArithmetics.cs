using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Arithmetic of F, D and Zfh: one description for the three formats.</summary>
[InstructionSet((ulong)Extension.F)]
[Variant("s", "00", typeof(Binary32), (ulong)Extension.F)]
[Variant("d", "01", typeof(Binary64), (ulong)Extension.D)]
[Variant("h", "10", typeof(Binary16), (ulong)Extension.Zfh)]
internal static class FloatArithmetics<TOps, V, TFormat> where TOps : struct, IGuestOps<V> where V : unmanaged where TFormat : struct, IFloatFormat
{
    private const ulong Zfa = (ulong)Extension.Zfa;

    [Instruction("fadd.{f}", "00000{f} fs2 fs1 rm fd 1010011")]
    public static void Add(ref TOps o, in Operands i)
    {
        if (!FloatRegisters<TOps, V>.TryBegin(ref o, i, out var rounding)) return;
        Write(ref o, i, o.FloatAdd<TFormat>(Read(ref o, i.Rs1), Read(ref o, i.Rs2), rounding));
    }

    [Instruction("fsub.{f}", "00001{f} fs2 fs1 rm fd 1010011")]
    public static void Subtract(ref TOps o, in Operands i)
    {
        if (!FloatRegisters<TOps, V>.TryBegin(ref o, i, out var rounding)) return;
        Write(ref o, i, o.FloatSubtract<TFormat>(Read(ref o, i.Rs1), Read(ref o, i.Rs2), rounding));
    }

    [Instruction("fmul.{f}", "00010{f} fs2 fs1 rm fd 1010011")]
    public static void Multiply(ref TOps o, in Operands i)
    {
        if (!FloatRegisters<TOps, V>.TryBegin(ref o, i, out var rounding)) return;
        Write(ref o, i, o.FloatMultiply<TFormat>(Read(ref o, i.Rs1), Read(ref o, i.Rs2), rounding));
    }

    [Instruction("fdiv.{f}", "00011{f} fs2 fs1 rm fd 1010011")]
    public static void Divide(ref TOps o, in Operands i)
    {
        if (!FloatRegisters<TOps, V>.TryBegin(ref o, i, out var rounding)) return;
        Write(ref o, i, o.FloatDivide<TFormat>(Read(ref o, i.Rs1), Read(ref o, i.Rs2), rounding));
    }

    [Instruction("fsqrt.{f}", "01011{f} 00000 fs1 rm fd 1010011")]
    public static void SquareRoot(ref TOps o, in Operands i)
    {
        if (!FloatRegisters<TOps, V>.TryBegin(ref o, i, out var rounding)) return;
        Write(ref o, i, o.FloatSquareRoot<TFormat>(Read(ref o, i.Rs1), rounding));
    }

    [Instruction("fmadd.{f}", "fs3 {f} fs2 fs1 rm fd 1000011")]
    public static void MultiplyAdd(ref TOps o, in Operands i) => Fused(ref o, i, negateProduct: false, negateAddend: false);

    [Instruction("fmsub.{f}", "fs3 {f} fs2 fs1 rm fd 1000111")]
    public static void MultiplySubtract(ref TOps o, in Operands i) => Fused(ref o, i, negateProduct: false, negateAddend: true);

    [Instruction("fnmsub.{f}", "fs3 {f} fs2 fs1 rm fd 1001011")]
    public static void NegatedMultiplySubtract(ref TOps o, in Operands i) => Fused(ref o, i, negateProduct: true, negateAddend: false);

    [Instruction("fnmadd.{f}", "fs3 {f} fs2 fs1 rm fd 1001111")]
    public static void NegatedMultiplyAdd(ref TOps o, in Operands i) => Fused(ref o, i, negateProduct: true, negateAddend: true);

    [Instruction("fsgnj.{f}", "00100{f} fs2 fs1 000 fd 1010011")]
    public static void CopySign(ref TOps o, in Operands i) => InjectSign(ref o, i, o.Constant(0), keep: false);

    [Instruction("fsgnjn.{f}", "00100{f} fs2 fs1 001 fd 1010011")]
    public static void CopyNegatedSign(ref TOps o, in Operands i) => InjectSign(ref o, i, o.Constant(Sign), keep: false);

    [Instruction("fsgnjx.{f}", "00100{f} fs2 fs1 010 fd 1010011")]
    public static void XorSign(ref TOps o, in Operands i) => InjectSign(ref o, i, o.Constant(0), keep: true);

    [Instruction("fmin.{f}", "00101{f} fs2 fs1 000 fd 1010011")]
    public static void Minimum(ref TOps o, in Operands i) => Choose(ref o, i, FloatFunction.Minimum);

    [Instruction("fmax.{f}", "00101{f} fs2 fs1 001 fd 1010011")]
    public static void Maximum(ref TOps o, in Operands i) => Choose(ref o, i, FloatFunction.Maximum);

    [Instruction("fminm.{f}", "00101{f} fs2 fs1 010 fd 1010011", AllOf = Zfa)]
    public static void MinimumM(ref TOps o, in Operands i) => Choose(ref o, i, FloatFunction.MinimumM);

    [Instruction("fmaxm.{f}", "00101{f} fs2 fs1 011 fd 1010011", AllOf = Zfa)]
    public static void MaximumM(ref TOps o, in Operands i) => Choose(ref o, i, FloatFunction.MaximumM);

    [Instruction("fle.{f}", "10100{f} fs2 fs1 000 rd 1010011")]
    public static void LessOrEqual(ref TOps o, in Operands i) => Compare(ref o, i, FloatRelation.LessOrEqual);

    [Instruction("flt.{f}", "10100{f} fs2 fs1 001 rd 1010011")]
    public static void Less(ref TOps o, in Operands i) => Compare(ref o, i, FloatRelation.Less);

    [Instruction("feq.{f}", "10100{f} fs2 fs1 010 rd 1010011")]
    public static void Equal(ref TOps o, in Operands i) => Compare(ref o, i, FloatRelation.Equal);

    [Instruction("fleq.{f}", "10100{f} fs2 fs1 100 rd 1010011", AllOf = Zfa)]
    public static void LessOrEqualQuiet(ref TOps o, in Operands i) => Compare(ref o, i, FloatRelation.LessOrEqualQuiet);

    [Instruction("fltq.{f}", "10100{f} fs2 fs1 101 rd 1010011", AllOf = Zfa)]
    public static void LessQuiet(ref TOps o, in Operands i) => Compare(ref o, i, FloatRelation.LessQuiet);

    [Instruction("fclass.{f}", "11100{f} 00000 fs1 001 rd 1010011")]
    public static void Classify(ref TOps o, in Operands i)
    {
        if (FloatRegisters<TOps, V>.TrapIfOff(ref o)) return;
        o.SetRegister(i.Rd, o.Float<TFormat>(FloatFunction.Classify, Read(ref o, i.Rs1), o.Constant(0), o.Constant(0)));
    }

    private static ulong Sign => FloatRegisters<TOps, V>.SignBit<TFormat>();

    private static V Read(ref TOps o, int slot) => FloatRegisters<TOps, V>.Read<TFormat>(ref o, slot);

    private static void Write(ref TOps o, in Operands i, V value) => FloatRegisters<TOps, V>.Write<TFormat>(ref o, i.Rd, value);

    private static void Fused(ref TOps o, in Operands i, bool negateProduct, bool negateAddend)
    {
        if (!FloatRegisters<TOps, V>.TryBegin(ref o, i, out var rounding)) return;
        V a = Read(ref o, i.Rs1), b = Read(ref o, i.Rs2), c = Read(ref o, i.Imm >> 8);
        if (negateProduct) a = o.Xor(a, o.Constant(Sign));
        if (negateAddend) c = o.Xor(c, o.Constant(Sign));
        Write(ref o, i, o.FloatMultiplyAdd<TFormat>(a, b, c, rounding));
    }

    /// <summary>The magnitude of the first operand, and the sign of the second, perhaps changed by that of the first.</summary>
    private static void InjectSign(ref TOps o, in Operands i, V change, bool keep)
    {
        if (FloatRegisters<TOps, V>.TrapIfOff(ref o)) return;
        V a = Read(ref o, i.Rs1), b = Read(ref o, i.Rs2);
        var sign = o.And(o.Xor(b, change), o.Constant(Sign));
        Write(ref o, i, o.Xor(keep ? a : o.And(a, o.Constant(Sign - 1)), sign));
    }

    private static void Choose(ref TOps o, in Operands i, FloatFunction function)
    {
        if (FloatRegisters<TOps, V>.TrapIfOff(ref o)) return;
        Write(ref o, i, o.Float<TFormat>(function, Read(ref o, i.Rs1), Read(ref o, i.Rs2), o.Constant(0)));
    }

    private static void Compare(ref TOps o, in Operands i, FloatRelation relation)
    {
        if (FloatRegisters<TOps, V>.TrapIfOff(ref o)) return;
        o.SetRegister(i.Rd, o.FloatCompare<TFormat>(relation, Read(ref o, i.Rs1), Read(ref o, i.Rs2)));
        FloatRegisters<TOps, V>.MarkDirty(ref o);
    }
}
