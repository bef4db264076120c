using static Mimus.Isa.MemorySize;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>RV64I without loads, stores and control flow, and the compressed forms of the same instructions.</summary>
[InstructionSet((ulong)Extension.I)]
internal static class BaseInteger<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private const ulong C = (ulong)Extension.Zca;

    [Instruction("lui", "imm[31:12] rd 0110111")]
    [Instruction("c.lui", "011 imm[17] rd!=2 imm[16:12]!=0 01", AnyOf = C)]
    [Instruction("c.li", "010 imm[5] rd imm[4:0] 01", AnyOf = C)]
    public static void LoadImmediate(ref TOps o, in Operands i) => o.SetRegister(i.Rd, Immediate(ref o, i));

    [Instruction("auipc", "imm[31:12] rd 0010111")]
    public static void AddUpperToPc(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Constant(o.Pc + (ulong)i.Imm));

    [Instruction("addi", "imm[11:0] rs1 000 rd 0010011")]
    [Instruction("c.addi4spn", "000 uimm[5:4|9:6|2|3]!=0 rd' 00 ; rs1=2", AnyOf = C)]
    [Instruction("c.addi", "000 imm[5] rd/rs1 imm[4:0] 01", AnyOf = C)]
    [Instruction("c.addi16sp", "011 imm[9] 00010 imm[4|6|8:7|5]!=0 01 ; rd=2 rs1=2", AnyOf = C)]
    public static void AddImmediate(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Add(o.Register(i.Rs1), Immediate(ref o, i)));

    [Instruction("slti", "imm[11:0] rs1 010 rd 0010011")]
    public static void SetLessImmediate(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.Compare(Relation.LessSigned, o.Register(i.Rs1), Immediate(ref o, i)));

    [Instruction("sltiu", "imm[11:0] rs1 011 rd 0010011")]
    public static void SetLessImmediateUnsigned(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.Compare(Relation.LessUnsigned, o.Register(i.Rs1), Immediate(ref o, i)));

    [Instruction("xori", "imm[11:0] rs1 100 rd 0010011")]
    public static void XorImmediate(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Xor(o.Register(i.Rs1), Immediate(ref o, i)));

    [Instruction("ori", "imm[11:0] rs1 110 rd 0010011")]
    public static void OrImmediate(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Or(o.Register(i.Rs1), Immediate(ref o, i)));

    [Instruction("andi", "imm[11:0] rs1 111 rd 0010011")]
    [Instruction("c.andi", "100 imm[5] 10 rd'/rs1' imm[4:0] 01", AnyOf = C)]
    public static void AndImmediate(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.And(o.Register(i.Rs1), Immediate(ref o, i)));

    [Instruction("slli", "000000 shamt[5:0] rs1 001 rd 0010011")]
    [Instruction("c.slli", "000 shamt[5] rd/rs1 shamt[4:0] 10", AnyOf = C)]
    public static void ShiftLeftImmediate(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.ShiftLeft(o.Register(i.Rs1), Immediate(ref o, i)));

    [Instruction("srli", "000000 shamt[5:0] rs1 101 rd 0010011")]
    [Instruction("c.srli", "100 shamt[5] 00 rd'/rs1' shamt[4:0] 01", AnyOf = C)]
    public static void ShiftRightImmediate(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.ShiftRight(o.Register(i.Rs1), Immediate(ref o, i)));

    [Instruction("srai", "010000 shamt[5:0] rs1 101 rd 0010011")]
    [Instruction("c.srai", "100 shamt[5] 01 rd'/rs1' shamt[4:0] 01", AnyOf = C)]
    public static void ShiftRightSignedImmediate(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.ShiftRightSigned(o.Register(i.Rs1), Immediate(ref o, i)));

    [Instruction("add", "0000000 rs2 rs1 000 rd 0110011")]
    [Instruction("c.add", "1001 rd/rs1 rs2!=0 10", AnyOf = C)]
    [Instruction("c.mv", "1000 rd rs2!=0 10 ; rs1=0", AnyOf = C)]
    public static void Add(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Add(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("sub", "0100000 rs2 rs1 000 rd 0110011")]
    [Instruction("c.sub", "100011 rd'/rs1' 00 rs2' 01", AnyOf = C)]
    public static void Subtract(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Subtract(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("sll", "0000000 rs2 rs1 001 rd 0110011")]
    public static void ShiftLeft(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.ShiftLeft(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("slt", "0000000 rs2 rs1 010 rd 0110011")]
    public static void SetLess(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.Compare(Relation.LessSigned, o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("sltu", "0000000 rs2 rs1 011 rd 0110011")]
    public static void SetLessUnsigned(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.Compare(Relation.LessUnsigned, o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("xor", "0000000 rs2 rs1 100 rd 0110011")]
    [Instruction("c.xor", "100011 rd'/rs1' 01 rs2' 01", AnyOf = C)]
    public static void Xor(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Xor(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("srl", "0000000 rs2 rs1 101 rd 0110011")]
    public static void ShiftRight(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.ShiftRight(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("sra", "0100000 rs2 rs1 101 rd 0110011")]
    public static void ShiftRightSigned(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.ShiftRightSigned(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("or", "0000000 rs2 rs1 110 rd 0110011")]
    [Instruction("c.or", "100011 rd'/rs1' 10 rs2' 01", AnyOf = C)]
    public static void Or(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.Or(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("and", "0000000 rs2 rs1 111 rd 0110011")]
    [Instruction("c.and", "100011 rd'/rs1' 11 rs2' 01", AnyOf = C)]
    public static void And(ref TOps o, in Operands i) => o.SetRegister(i.Rd, o.And(o.Register(i.Rs1), o.Register(i.Rs2)));

    [Instruction("addiw", "imm[11:0] rs1 000 rd 0011011")]
    [Instruction("c.addiw", "001 imm[5] rd/rs1!=0 imm[4:0] 01", AnyOf = C)]
    public static void AddImmediateWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.Add(o.Register(i.Rs1), Immediate(ref o, i)), Word));

    [Instruction("slliw", "0000000 shamt[4:0] rs1 001 rd 0011011")]
    public static void ShiftLeftImmediateWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.ShiftLeft(o.Register(i.Rs1), Immediate(ref o, i)), Word));

    [Instruction("srliw", "0000000 shamt[4:0] rs1 101 rd 0011011")]
    public static void ShiftRightImmediateWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.ShiftRight(o.ZeroExtend(o.Register(i.Rs1), Word), Immediate(ref o, i)), Word));

    [Instruction("sraiw", "0100000 shamt[4:0] rs1 101 rd 0011011")]
    public static void ShiftRightSignedImmediateWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.ShiftRightSigned(o.SignExtend(o.Register(i.Rs1), Word), Immediate(ref o, i)));

    [Instruction("addw", "0000000 rs2 rs1 000 rd 0111011")]
    [Instruction("c.addw", "100111 rd'/rs1' 01 rs2' 01", AnyOf = C)]
    public static void AddWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.Add(o.Register(i.Rs1), o.Register(i.Rs2)), Word));

    [Instruction("subw", "0100000 rs2 rs1 000 rd 0111011")]
    [Instruction("c.subw", "100111 rd'/rs1' 00 rs2' 01", AnyOf = C)]
    public static void SubtractWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.Subtract(o.Register(i.Rs1), o.Register(i.Rs2)), Word));

    [Instruction("sllw", "0000000 rs2 rs1 001 rd 0111011")]
    public static void ShiftLeftWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.ShiftLeft(o.Register(i.Rs1), WordShift(ref o, i)), Word));

    [Instruction("srlw", "0000000 rs2 rs1 101 rd 0111011")]
    public static void ShiftRightWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.SignExtend(o.ShiftRight(o.ZeroExtend(o.Register(i.Rs1), Word), WordShift(ref o, i)), Word));

    [Instruction("sraw", "0100000 rs2 rs1 101 rd 0111011")]
    public static void ShiftRightSignedWord(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.ShiftRightSigned(o.SignExtend(o.Register(i.Rs1), Word), WordShift(ref o, i)));

    [Instruction("fence", "............ rs1 000 rd 0001111")]
    public static void Fence(ref TOps o, in Operands i) => o.Fence();

    private static V Immediate(ref TOps o, in Operands i) => o.Constant((ulong)i.Imm);

    private static V WordShift(ref TOps o, in Operands i) => o.And(o.Register(i.Rs2), o.Constant(31));
}
