using static Mimus.Isa.MemorySize;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>The M extension. Division by zero gives all ones, its remainder the dividend; nothing traps.</summary>
[InstructionSet((ulong)(Extension.M | Extension.Zmmul))]
internal static class MultiplyDivide<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private const ulong M = (ulong)Extension.M;

    [Instruction("mul", "0000001 rs2 rs1 000 rd 0110011")]
    [Instruction("c.mul", "100111 rd'/rs1' 10 rs2' 01", AllOf = (ulong)Extension.Zcb)]
    public static void Multiply(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Multiply(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("mulh", "0000001 rs2 rs1 001 rd 0110011")]
    public static void MultiplyHigh(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.MultiplyHighSigned(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("mulhsu", "0000001 rs2 rs1 010 rd 0110011")]
    public static void MultiplyHighSignedUnsigned(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.MultiplyHighSignedUnsigned(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("mulhu", "0000001 rs2 rs1 011 rd 0110011")]
    public static void MultiplyHighUnsigned(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.MultiplyHighUnsigned(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("mulw", "0000001 rs2 rs1 000 rd 0111011")]
    public static void MultiplyWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.Multiply(o.Register(i.Rs1), o.Register(i.Rs2)), Word));

    [Instruction("div", "0000001 rs2 rs1 100 rd 0110011", AnyOf = M)]
    public static void Divide(ref TOps o, in Operands i) => o.SetRegister(i.Rd, DivideSigned(ref o, o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("divu", "0000001 rs2 rs1 101 rd 0110011", AnyOf = M)]
    public static void DivideUnsigned(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, DivideUnsigned(ref o, o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("rem", "0000001 rs2 rs1 110 rd 0110011", AnyOf = M)]
    public static void Remainder(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.RemainderSigned(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("remu", "0000001 rs2 rs1 111 rd 0110011", AnyOf = M)]
    public static void RemainderUnsigned(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.RemainderUnsigned(o.Register(i.Rs1), o.Register(i.Rs2)));

    // The quotient of the smallest word by -1 is 2^31 in 64 bits, which the final extension wraps as the manual wants.

    [Instruction("divw", "0000001 rs2 rs1 100 rd 0111011", AnyOf = M)]
    public static void DivideWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(DivideSigned(ref o, o.SignExtend(o.Register(i.Rs1), Word), o.SignExtend(o.Register(i.Rs2), Word)), Word));

    [Instruction("divuw", "0000001 rs2 rs1 101 rd 0111011", AnyOf = M)]
    public static void DivideUnsignedWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(DivideUnsigned(ref o, o.ZeroExtend(o.Register(i.Rs1), Word), o.ZeroExtend(o.Register(i.Rs2), Word)), Word));

    [Instruction("remw", "0000001 rs2 rs1 110 rd 0111011", AnyOf = M)]
    public static void RemainderWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.RemainderSigned(o.SignExtend(o.Register(i.Rs1), Word), o.SignExtend(o.Register(i.Rs2), Word)), Word));

    [Instruction("remuw", "0000001 rs2 rs1 111 rd 0111011", AnyOf = M)]
    public static void RemainderUnsignedWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.RemainderUnsigned(o.ZeroExtend(o.Register(i.Rs1), Word), o.ZeroExtend(o.Register(i.Rs2), Word)), Word));

    private static V DivideSigned(ref TOps o, V a, V b) =>
        o.Select(o.Compare(Relation.Equal, b, o.Constant(0)), o.Constant(ulong.MaxValue), o.DivideSigned(a, b));

    private static V DivideUnsigned(ref TOps o, V a, V b) =>
        o.Select(o.Compare(Relation.Equal, b, o.Constant(0)), o.Constant(ulong.MaxValue), o.DivideUnsigned(a, b));
}
