namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Zalrsc: load-reserved and store-conditional, full barriers like the other atomics.</summary>
[InstructionSet((ulong)Extension.Zalrsc)]
[Variant("w", "010", typeof(WordAccess), (ulong)Extension.Zalrsc)]
[Variant("d", "011", typeof(DoubleAccess), (ulong)Extension.Zalrsc)]
internal static class Reservations<TOps, V, TSize> where TOps : struct, IGuestOps<V> where V : unmanaged where TSize : struct, IAccessSize
{
    [Instruction("lr.{f}", "00010 .. 00000 rs1 {f} rd 0101111")]
    public static void LoadReserved(ref TOps o, in Operands i)
    {
        if (o.TryLoadReserved(o.Register(i.Rs1), TSize.Size, out var value)) o.SetRegister(i.Rd, o.SignExtend(value, TSize.Size));
    }

    [Instruction("sc.{f}", "00011 .. rs2 rs1 {f} rd 0101111")]
    public static void StoreConditional(ref TOps o, in Operands i)
    {
        if (o.TryStoreConditional(o.Register(i.Rs1), TSize.Size, o.Register(i.Rs2), out var failed)) o.SetRegister(i.Rd, failed);
    }
}
