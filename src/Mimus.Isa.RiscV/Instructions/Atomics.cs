using static Mimus.Isa.MemorySize;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>
/// The A extension. Every one is a full barrier on the host, so acquire and release bits need nothing more.
/// </summary>
[InstructionSet((ulong)(Extension.A | Extension.Zaamo))]
internal static class Atomics<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private const ulong Lrsc = (ulong)(Extension.A | Extension.Zalrsc);

    [Instruction("lr.w", "00010 .. 00000 rs1 010 rd 0101111", AnyOf = Lrsc)]
    public static void LoadReservedWord(ref TOps o, in Operands i) => LoadReserved(ref o, i, Word);

    [Instruction("lr.d", "00010 .. 00000 rs1 011 rd 0101111", AnyOf = Lrsc)]
    public static void LoadReservedDouble(ref TOps o, in Operands i) => LoadReserved(ref o, i, MemorySize.Double);

    [Instruction("sc.w", "00011 .. rs2 rs1 010 rd 0101111", AnyOf = Lrsc)]
    public static void StoreConditionalWord(ref TOps o, in Operands i) => StoreConditional(ref o, i, Word);

    [Instruction("sc.d", "00011 .. rs2 rs1 011 rd 0101111", AnyOf = Lrsc)]
    public static void StoreConditionalDouble(ref TOps o, in Operands i) => StoreConditional(ref o, i, MemorySize.Double);

    [Instruction("amoswap.w", "00001 .. rs2 rs1 010 rd 0101111")]
    public static void SwapWord(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.Swap, Word);

    [Instruction("amoadd.w", "00000 .. rs2 rs1 010 rd 0101111")]
    public static void AddWord(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.Add, Word);

    [Instruction("amoxor.w", "00100 .. rs2 rs1 010 rd 0101111")]
    public static void XorWord(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.Xor, Word);

    [Instruction("amoand.w", "01100 .. rs2 rs1 010 rd 0101111")]
    public static void AndWord(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.And, Word);

    [Instruction("amoor.w", "01000 .. rs2 rs1 010 rd 0101111")]
    public static void OrWord(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.Or, Word);

    [Instruction("amomin.w", "10000 .. rs2 rs1 010 rd 0101111")]
    public static void MinimumWord(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.MinimumSigned, Word);

    [Instruction("amomax.w", "10100 .. rs2 rs1 010 rd 0101111")]
    public static void MaximumWord(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.MaximumSigned, Word);

    [Instruction("amominu.w", "11000 .. rs2 rs1 010 rd 0101111")]
    public static void MinimumUnsignedWord(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.MinimumUnsigned, Word);

    [Instruction("amomaxu.w", "11100 .. rs2 rs1 010 rd 0101111")]
    public static void MaximumUnsignedWord(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.MaximumUnsigned, Word);

    [Instruction("amoswap.d", "00001 .. rs2 rs1 011 rd 0101111")]
    public static void SwapDouble(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.Swap, MemorySize.Double);

    [Instruction("amoadd.d", "00000 .. rs2 rs1 011 rd 0101111")]
    public static void AddDouble(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.Add, MemorySize.Double);

    [Instruction("amoxor.d", "00100 .. rs2 rs1 011 rd 0101111")]
    public static void XorDouble(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.Xor, MemorySize.Double);

    [Instruction("amoand.d", "01100 .. rs2 rs1 011 rd 0101111")]
    public static void AndDouble(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.And, MemorySize.Double);

    [Instruction("amoor.d", "01000 .. rs2 rs1 011 rd 0101111")]
    public static void OrDouble(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.Or, MemorySize.Double);

    [Instruction("amomin.d", "10000 .. rs2 rs1 011 rd 0101111")]
    public static void MinimumDouble(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.MinimumSigned, MemorySize.Double);

    [Instruction("amomax.d", "10100 .. rs2 rs1 011 rd 0101111")]
    public static void MaximumDouble(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.MaximumSigned, MemorySize.Double);

    [Instruction("amominu.d", "11000 .. rs2 rs1 011 rd 0101111")]
    public static void MinimumUnsignedDouble(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.MinimumUnsigned, MemorySize.Double);

    [Instruction("amomaxu.d", "11100 .. rs2 rs1 011 rd 0101111")]
    public static void MaximumUnsignedDouble(ref TOps o, in Operands i) => Atomic(ref o, i, AtomicOperation.MaximumUnsigned, MemorySize.Double);

    private static void LoadReserved(ref TOps o, in Operands i, MemorySize size)
    {
        if (o.TryLoadReserved(o.Register(i.Rs1), size, out var value)) o.SetRegister(i.Rd, o.SignExtend(value, size));
    }

    private static void StoreConditional(ref TOps o, in Operands i, MemorySize size)
    {
        if (o.TryStoreConditional(o.Register(i.Rs1), size, o.Register(i.Rs2), out var failed)) o.SetRegister(i.Rd, failed);
    }

    private static void Atomic(ref TOps o, in Operands i, AtomicOperation operation, MemorySize size)
    {
        if (o.TryAtomic(operation, o.Register(i.Rs1), size, o.Register(i.Rs2), out var old)) o.SetRegister(i.Rd, o.SignExtend(old, size));
    }
}
