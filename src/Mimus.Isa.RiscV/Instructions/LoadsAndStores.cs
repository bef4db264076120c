using static Mimus.Isa.MemorySize;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Integer loads and stores of RV64I, their compressed forms, and those of Zcb.</summary>
[InstructionSet((ulong)Extension.I)]
internal static class LoadsAndStores<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private const ulong C = (ulong)Extension.Zca;
    private const ulong Zcb = (ulong)Extension.Zcb;

    [Instruction("lb", "imm[11:0] rs1 000 rd 0000011")]
    public static void LoadByte(ref TOps o, in Operands i) => LoadSigned(ref o, i, MemorySize.Byte);

    [Instruction("lh", "imm[11:0] rs1 001 rd 0000011")]
    [Instruction("c.lh", "100001 rs1' 1 uimm[1] rd' 00", AnyOf = Zcb)]
    public static void LoadHalf(ref TOps o, in Operands i) => LoadSigned(ref o, i, MemorySize.Half);

    [Instruction("lw", "imm[11:0] rs1 010 rd 0000011")]
    [Instruction("c.lw", "010 uimm[5:3] rs1' uimm[2|6] rd' 00", AnyOf = C)]
    [Instruction("c.lwsp", "010 uimm[5] rd!=0 uimm[4:2|7:6] 10 ; rs1=2", AnyOf = C)]
    public static void LoadWord(ref TOps o, in Operands i) => LoadSigned(ref o, i, Word);

    [Instruction("ld", "imm[11:0] rs1 011 rd 0000011")]
    [Instruction("c.ld", "011 uimm[5:3] rs1' uimm[7:6] rd' 00", AnyOf = C)]
    [Instruction("c.ldsp", "011 uimm[5] rd!=0 uimm[4:3|8:6] 10 ; rs1=2", AnyOf = C)]
    public static void LoadDouble(ref TOps o, in Operands i) => LoadUnsigned(ref o, i, MemorySize.Double);

    [Instruction("lbu", "imm[11:0] rs1 100 rd 0000011")]
    [Instruction("c.lbu", "100000 rs1' uimm[0|1] rd' 00", AnyOf = Zcb)]
    public static void LoadByteUnsigned(ref TOps o, in Operands i) => LoadUnsigned(ref o, i, MemorySize.Byte);

    [Instruction("lhu", "imm[11:0] rs1 101 rd 0000011")]
    [Instruction("c.lhu", "100001 rs1' 0 uimm[1] rd' 00", AnyOf = Zcb)]
    public static void LoadHalfUnsigned(ref TOps o, in Operands i) => LoadUnsigned(ref o, i, MemorySize.Half);

    [Instruction("lwu", "imm[11:0] rs1 110 rd 0000011")]
    public static void LoadWordUnsigned(ref TOps o, in Operands i) => LoadUnsigned(ref o, i, Word);

    [Instruction("sb", "imm[11:5] rs2 rs1 000 imm[4:0] 0100011")]
    [Instruction("c.sb", "100010 rs1' uimm[0|1] rs2' 00", AnyOf = Zcb)]
    public static void StoreByte(ref TOps o, in Operands i) => Store(ref o, i, MemorySize.Byte);

    [Instruction("sh", "imm[11:5] rs2 rs1 001 imm[4:0] 0100011")]
    [Instruction("c.sh", "100011 rs1' 0 uimm[1] rs2' 00", AnyOf = Zcb)]
    public static void StoreHalf(ref TOps o, in Operands i) => Store(ref o, i, MemorySize.Half);

    [Instruction("sw", "imm[11:5] rs2 rs1 010 imm[4:0] 0100011")]
    [Instruction("c.sw", "110 uimm[5:3] rs1' uimm[2|6] rs2' 00", AnyOf = C)]
    [Instruction("c.swsp", "110 uimm[5:2|7:6] rs2 10 ; rs1=2", AnyOf = C)]
    public static void StoreWord(ref TOps o, in Operands i) => Store(ref o, i, Word);

    [Instruction("sd", "imm[11:5] rs2 rs1 011 imm[4:0] 0100011")]
    [Instruction("c.sd", "111 uimm[5:3] rs1' uimm[7:6] rs2' 00", AnyOf = C)]
    [Instruction("c.sdsp", "111 uimm[5:3|8:6] rs2 10 ; rs1=2", AnyOf = C)]
    public static void StoreDouble(ref TOps o, in Operands i) => Store(ref o, i, MemorySize.Double);

    private static V Address(ref TOps o, in Operands i) => o.Add(o.Register(i.Rs1), o.Constant((ulong)i.Imm));

    private static void LoadSigned(ref TOps o, in Operands i, MemorySize size)
    {
        if (o.TryLoadSigned(Address(ref o, i), size, out var value)) o.SetRegister(i.Rd, value);
    }

    private static void LoadUnsigned(ref TOps o, in Operands i, MemorySize size)
    {
        if (o.TryLoad(Address(ref o, i), size, out var value)) o.SetRegister(i.Rd, value);
    }

    private static void Store(ref TOps o, in Operands i, MemorySize size) => o.TryStore(Address(ref o, i), size, o.Register(i.Rs2));
}
