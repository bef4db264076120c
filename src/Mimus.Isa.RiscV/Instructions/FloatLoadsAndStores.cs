using Mimus.Isa.FloatingPoint;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Loads and stores of floating-point registers.</summary>
[InstructionSet((ulong)Extension.F)]
internal static class FloatLoadsAndStores<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private const ulong D = (ulong)Extension.D;
    private const ulong C = (ulong)Extension.Zca;
    private const ulong Zfhmin = (ulong)Extension.Zfhmin;

    [Instruction("flh", "imm[11:0] rs1 001 fd 0000111", AnyOf = Zfhmin)]
    public static void LoadHalf(ref TOps o, in Operands i) => Load<Binary16>(ref o, i, MemorySize.Half);

    [Instruction("flw", "imm[11:0] rs1 010 fd 0000111")]
    public static void LoadSingle(ref TOps o, in Operands i) => Load<Binary32>(ref o, i, MemorySize.Word);

    [Instruction("fld", "imm[11:0] rs1 011 fd 0000111", AnyOf = D)]
    [Instruction("c.fld", "001 uimm[5:3] rs1' uimm[7:6] fd' 00", AnyOf = D, AllOf = C)]
    [Instruction("c.fldsp", "001 uimm[5] fd uimm[4:3|8:6] 10 ; rs1=2", AnyOf = D, AllOf = C)]
    public static void LoadDouble(ref TOps o, in Operands i) => Load<Binary64>(ref o, i, MemorySize.Double);

    [Instruction("fsh", "imm[11:5] fs2 rs1 001 imm[4:0] 0100111", AnyOf = Zfhmin)]
    public static void StoreHalf(ref TOps o, in Operands i) => Store(ref o, i, MemorySize.Half);

    [Instruction("fsw", "imm[11:5] fs2 rs1 010 imm[4:0] 0100111")]
    public static void StoreSingle(ref TOps o, in Operands i) => Store(ref o, i, MemorySize.Word);

    [Instruction("fsd", "imm[11:5] fs2 rs1 011 imm[4:0] 0100111", AnyOf = D)]
    [Instruction("c.fsd", "101 uimm[5:3] rs1' uimm[7:6] fs2' 00", AnyOf = D, AllOf = C)]
    [Instruction("c.fsdsp", "101 uimm[5:3|8:6] fs2 10 ; rs1=2", AnyOf = D, AllOf = C)]
    public static void StoreDouble(ref TOps o, in Operands i) => Store(ref o, i, MemorySize.Double);

    private static void Load<TFormat>(ref TOps o, in Operands i, MemorySize size) where TFormat : struct, IFloatFormat
    {
        if (FloatRegisters<TOps, V>.TrapIfOff(ref o)) return;
        if (o.TryLoad(Address(ref o, i), size, out var value)) FloatRegisters<TOps, V>.Write<TFormat>(ref o, i.Rd, value);
    }

    /// <summary>Stores the low bits as they are, boxed or not.</summary>
    private static void Store(ref TOps o, in Operands i, MemorySize size)
    {
        if (FloatRegisters<TOps, V>.TrapIfOff(ref o)) return;
        o.TryStore(Address(ref o, i), size, o.Register(i.Rs2));
    }

    private static V Address(ref TOps o, in Operands i) => o.Add(o.Register(i.Rs1), o.Constant((ulong)i.Imm));
}
