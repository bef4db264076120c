namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Jumps and branches of a hart with compressed instructions, to which every even address is an instruction's.</summary>
[InstructionSet((ulong)Extension.Zca)]
internal static class ControlFlow<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private const int LinkRegister = 1, SecondLinkRegister = 5;

    [Instruction("jal", "imm[20|10:1|11|19:12] rd 1101111")]
    [Instruction("c.j", "101 imm[11|4|9:8|10|6|7|3:1|5] 01 ; rd=0")]
    public static void Jump(ref TOps o, in Operands i)
    {
        var target = o.Constant(o.Pc + (ulong)i.Imm);
        o.SetRegister(i.Rd, Next(ref o, i));
        o.Jump(target);
    }

    [Instruction("jalr", "imm[11:0] rs1 000 rd 1100111")]
    [Instruction("c.jr", "1000 rs1!=0 00000 10 ; rd=0")]
    [Instruction("c.jalr", "1001 rs1!=0 00000 10 ; rd=1")]
    public static void JumpRegister(ref TOps o, in Operands i)
    {
        var target = RegisterTarget(ref o, i);
        o.SetRegister(i.Rd, Next(ref o, i));
        // By these registers others know calls and returns, too (Unprivileged manual, section 2.5.1).
        if (i.Rd is not (LinkRegister or SecondLinkRegister) && i.Rs1 is LinkRegister or SecondLinkRegister) o.Return(target);
        else o.Jump(target);
    }

    [Instruction("beq", "imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011")]
    [Instruction("c.beqz", "110 imm[8|4:3] rs1' imm[7:6|2:1|5] 01 ; rs2=0")]
    public static void BranchEqual(ref TOps o, in Operands i) => Branch(ref o, i, Relation.Equal);

    [Instruction("bne", "imm[12|10:5] rs2 rs1 001 imm[4:1|11] 1100011")]
    [Instruction("c.bnez", "111 imm[8|4:3] rs1' imm[7:6|2:1|5] 01 ; rs2=0")]
    public static void BranchNotEqual(ref TOps o, in Operands i) => Branch(ref o, i, Relation.NotEqual);

    [Instruction("blt", "imm[12|10:5] rs2 rs1 100 imm[4:1|11] 1100011")]
    public static void BranchLess(ref TOps o, in Operands i) => Branch(ref o, i, Relation.LessSigned);

    [Instruction("bge", "imm[12|10:5] rs2 rs1 101 imm[4:1|11] 1100011")]
    public static void BranchGreaterOrEqual(ref TOps o, in Operands i) => Branch(ref o, i, Relation.GreaterOrEqualSigned);

    [Instruction("bltu", "imm[12|10:5] rs2 rs1 110 imm[4:1|11] 1100011")]
    public static void BranchLessUnsigned(ref TOps o, in Operands i) => Branch(ref o, i, Relation.LessUnsigned);

    [Instruction("bgeu", "imm[12|10:5] rs2 rs1 111 imm[4:1|11] 1100011")]
    public static void BranchGreaterOrEqualUnsigned(ref TOps o, in Operands i) => Branch(ref o, i, Relation.GreaterOrEqualUnsigned);

    internal static V RegisterTarget(ref TOps o, in Operands i) =>
        o.And(o.Add(o.Register(i.Rs1), o.Constant((ulong)i.Imm)), o.Constant(~1ul));

    private static void Branch(ref TOps o, in Operands i, Relation relation) =>
        o.BranchIf(o.Compare(relation, o.Register(i.Rs1), o.Register(i.Rs2)), o.Pc + (ulong)i.Imm);

    private static V Next(ref TOps o, in Operands i) => o.Constant(o.Pc + (2u * i.Length));
}
