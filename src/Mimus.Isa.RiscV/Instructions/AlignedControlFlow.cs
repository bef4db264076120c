namespace Mimus.Isa.RiscV.Instructions;

/// <summary>
/// Jumps and branches of a hart without compressed instructions: going to an address that is not a multiple of four traps
/// (Unprivileged manual, section 2.5).
/// </summary>
[InstructionSet((ulong)Extension.I, NotAllOf = (ulong)Extension.Zca)]
internal static class AlignedControlFlow<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    [Instruction("jal", "imm[20|10:1|11|19:12] rd 1101111")]
    public static void Jump(ref TOps o, in Operands i)
    {
        if (!TrapMisaligned(ref o, o.Constant(o.Pc + (ulong)i.Imm))) ControlFlow<TOps, V>.Jump(ref o, i);
    }

    [Instruction("jalr", "imm[11:0] rs1 000 rd 1100111")]
    public static void JumpRegister(ref TOps o, in Operands i)
    {
        if (!TrapMisaligned(ref o, ControlFlow<TOps, V>.RegisterTarget(ref o, i))) ControlFlow<TOps, V>.JumpRegister(ref o, i);
    }

    [Instruction("beq", "imm[12|10:5] rs2 rs1 000 imm[4:1|11] 1100011")]
    public static void BranchEqual(ref TOps o, in Operands i) => Branch(ref o, i, Relation.Equal);

    [Instruction("bne", "imm[12|10:5] rs2 rs1 001 imm[4:1|11] 1100011")]
    public static void BranchNotEqual(ref TOps o, in Operands i) => Branch(ref o, i, Relation.NotEqual);

    [Instruction("blt", "imm[12|10:5] rs2 rs1 100 imm[4:1|11] 1100011")]
    public static void BranchLess(ref TOps o, in Operands i) => Branch(ref o, i, Relation.LessSigned);

    [Instruction("bge", "imm[12|10:5] rs2 rs1 101 imm[4:1|11] 1100011")]
    public static void BranchGreaterOrEqual(ref TOps o, in Operands i) => Branch(ref o, i, Relation.GreaterOrEqualSigned);

    [Instruction("bltu", "imm[12|10:5] rs2 rs1 110 imm[4:1|11] 1100011")]
    public static void BranchLessUnsigned(ref TOps o, in Operands i) => Branch(ref o, i, Relation.LessUnsigned);

    [Instruction("bgeu", "imm[12|10:5] rs2 rs1 111 imm[4:1|11] 1100011")]
    public static void BranchGreaterOrEqualUnsigned(ref TOps o, in Operands i) => Branch(ref o, i, Relation.GreaterOrEqualUnsigned);

    private static void Branch(ref TOps o, in Operands i, Relation relation)
    {
        var condition = o.Compare(relation, o.Register(i.Rs1), o.Register(i.Rs2));
        var target = o.Pc + (ulong)i.Imm;
        if ((target & 2) != 0 && o.TrapIf(condition, Cause.FetchMisaligned, o.Constant(target))) return;
        o.BranchIf(condition, target);
    }

    private static bool TrapMisaligned(ref TOps o, V target) =>
        o.TrapIf(o.And(target, o.Constant(2)), Cause.FetchMisaligned, target);
}
