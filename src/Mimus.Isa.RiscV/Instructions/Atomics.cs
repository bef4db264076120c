namespace Mimus.Isa.RiscV.Instructions;

/// <summary>
/// Zaamo: read-modify-write in one step. Every one is a full barrier on the host, so acquire and release bits need nothing more.
/// </summary>
[InstructionSet((ulong)Extension.Zaamo)]
[Variant("w", "010", typeof(WordAccess), (ulong)Extension.Zaamo)]
[Variant("d", "011", typeof(DoubleAccess), (ulong)Extension.Zaamo)]
internal static class Atomics<TOps, V, TSize> where TOps : struct, IGuestOps<V> where V : unmanaged where TSize : struct, IAccessSize
{
    [Instruction("amoswap.{f}", "00001 .. rs2 rs1 {f} rd 0101111")]
    public static void Swap(ref TOps o, in Operands i) => Replace(ref o, i, AtomicOperation.Swap);

    [Instruction("amoadd.{f}", "00000 .. rs2 rs1 {f} rd 0101111")]
    public static void Add(ref TOps o, in Operands i) => Replace(ref o, i, AtomicOperation.Add);

    [Instruction("amoxor.{f}", "00100 .. rs2 rs1 {f} rd 0101111")]
    public static void Xor(ref TOps o, in Operands i) => Replace(ref o, i, AtomicOperation.Xor);

    [Instruction("amoand.{f}", "01100 .. rs2 rs1 {f} rd 0101111")]
    public static void And(ref TOps o, in Operands i) => Replace(ref o, i, AtomicOperation.And);

    [Instruction("amoor.{f}", "01000 .. rs2 rs1 {f} rd 0101111")]
    public static void Or(ref TOps o, in Operands i) => Replace(ref o, i, AtomicOperation.Or);

    [Instruction("amomin.{f}", "10000 .. rs2 rs1 {f} rd 0101111")]
    public static void Minimum(ref TOps o, in Operands i) => Replace(ref o, i, AtomicOperation.MinimumSigned);

    [Instruction("amomax.{f}", "10100 .. rs2 rs1 {f} rd 0101111")]
    public static void Maximum(ref TOps o, in Operands i) => Replace(ref o, i, AtomicOperation.MaximumSigned);

    [Instruction("amominu.{f}", "11000 .. rs2 rs1 {f} rd 0101111")]
    public static void MinimumUnsigned(ref TOps o, in Operands i) => Replace(ref o, i, AtomicOperation.MinimumUnsigned);

    [Instruction("amomaxu.{f}", "11100 .. rs2 rs1 {f} rd 0101111")]
    public static void MaximumUnsigned(ref TOps o, in Operands i) => Replace(ref o, i, AtomicOperation.MaximumUnsigned);

    private static void Replace(ref TOps o, in Operands i, AtomicOperation operation)
    {
        if (o.TryAtomic(operation, o.Register(i.Rs1), TSize.Size, o.Register(i.Rs2), out var old)) o.SetRegister(i.Rd, o.SignExtend(old, TSize.Size));
    }
}
