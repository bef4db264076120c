using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Accesses to control registers of harts that lack some of them, or some of their bits: all go through the method that knows.</summary>
[InstructionSet((ulong)Extension.Zicsr, NotAllOf = ControlRegisterSlots.Needed)]
internal static class SmallControlRegisters<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    [Instruction("csrrw", "csr rs1 001 rd 1110011")]
    public static void ReadWrite(ref TOps o, in Operands i) =>
        ControlRegisters<TOps, V>.Call(ref o, i, ControlRegisters<TOps, V>.WriteOf(i), o.Register(i.Rs1));

    [Instruction("csrrs", "csr rs1 010 rd 1110011")]
    public static void ReadSet(ref TOps o, in Operands i) =>
        ControlRegisters<TOps, V>.Call(ref o, i, ControlRegisters<TOps, V>.UnlessZero(i, CsrAccess.Set), o.Register(i.Rs1));

    [Instruction("csrrc", "csr rs1 011 rd 1110011")]
    public static void ReadClear(ref TOps o, in Operands i) =>
        ControlRegisters<TOps, V>.Call(ref o, i, ControlRegisters<TOps, V>.UnlessZero(i, CsrAccess.Clear), o.Register(i.Rs1));

    [Instruction("csrrwi", "csr zimm 101 rd 1110011")]
    public static void ReadWriteImmediate(ref TOps o, in Operands i) =>
        ControlRegisters<TOps, V>.Call(ref o, i, ControlRegisters<TOps, V>.WriteOf(i), o.Constant(i.Rs1));

    [Instruction("csrrsi", "csr zimm 110 rd 1110011")]
    public static void ReadSetImmediate(ref TOps o, in Operands i) =>
        ControlRegisters<TOps, V>.Call(ref o, i, ControlRegisters<TOps, V>.UnlessZero(i, CsrAccess.Set), o.Constant(i.Rs1));

    [Instruction("csrrci", "csr zimm 111 rd 1110011")]
    public static void ReadClearImmediate(ref TOps o, in Operands i) =>
        ControlRegisters<TOps, V>.Call(ref o, i, ControlRegisters<TOps, V>.UnlessZero(i, CsrAccess.Clear), o.Constant(i.Rs1));
}
