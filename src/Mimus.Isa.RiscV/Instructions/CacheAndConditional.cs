using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Zicond, and the cache-block operations. Prefetches are <c>ori</c> to x0 and need no rows of their own.</summary>
[InstructionSet((ulong)Extension.Zicond)]
internal static unsafe class CacheAndConditional<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private const int BlockSize = 64;

    private static readonly Helper s_checkBlock = new("cbo", &SystemHelpers.CheckCacheBlock);

    [Instruction("czero.eqz", "0000111 rs2 rs1 101 rd 0110011")]
    public static void ZeroIfZero(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.Select(o.Register(i.Rs2), o.Register(i.Rs1), o.Constant(0)));

    [Instruction("czero.nez", "0000111 rs2 rs1 111 rd 0110011")]
    public static void ZeroIfNotZero(ref TOps o, in Operands i) =>
        o.SetRegister(i.Rd, o.Select(o.Register(i.Rs2), o.Constant(0), o.Register(i.Rs1)));

    // Memory is coherent, so the management operations only have to fault where the manual wants it.

    [Instruction("cbo.inval", "000000000000 rs1 010 00000 0001111", AnyOf = (ulong)Extension.Zicbom)]
    public static void Invalidate(ref TOps o, in Operands i) => o.TryCall(s_checkBlock, o.Constant((ulong)CacheBlock.Invalidate), o.Register(i.Rs1), out _);

    [Instruction("cbo.clean", "000000000001 rs1 010 00000 0001111", AnyOf = (ulong)Extension.Zicbom)]
    [Instruction("cbo.flush", "000000000010 rs1 010 00000 0001111", AnyOf = (ulong)Extension.Zicbom)]
    public static void Clean(ref TOps o, in Operands i) => o.TryCall(s_checkBlock, o.Constant((ulong)CacheBlock.Clean), o.Register(i.Rs1), out _);

    [Instruction("cbo.zero", "000000000100 rs1 010 00000 0001111", AnyOf = (ulong)Extension.Zicboz, AllOf = (ulong)Extension.S)]
    public static void Zero(ref TOps o, in Operands i)
    {
        var privilege = o.Register(Slot.Privilege);
        V IsOff(ref TOps ops, int configuration) => ops.Compare(Relation.Equal, ops.And(ops.Register(configuration), ops.Constant(EnvironmentConfiguration.CacheZero)), ops.Constant(0));
        var belowMachine = o.And(o.Compare(Relation.LessUnsigned, privilege, o.Constant((ulong)Privilege.Machine)), IsOff(ref o, Slot.Menvcfg));
        var inUser = o.And(o.Compare(Relation.Equal, privilege, o.Constant((ulong)Privilege.User)), IsOff(ref o, Slot.Senvcfg));
        if (o.TrapIf(o.Or(belowMachine, inUser), Cause.IllegalInstruction, o.Constant(0))) return;
        // The value of a trap is the address in the register, not the block's (section 19.5.2): so it is stored to before the block is.
        if (o.TryStore(o.Register(i.Rs1), MemorySize.Byte, o.Constant(0))) ZeroBlock(ref o, i);
    }

    [Instruction("cbo.zero", "000000000100 rs1 010 00000 0001111", AnyOf = (ulong)Extension.Zicboz, NotAllOf = (ulong)Extension.S)]
    public static void ZeroWithoutSupervisor(ref TOps o, in Operands i)
    {
        if (o.TryCall(s_checkBlock, o.Constant((ulong)CacheBlock.Zero), o.Register(i.Rs1), out _)) ZeroBlock(ref o, i);
    }

    private static void ZeroBlock(ref TOps o, in Operands i)
    {
        var block = o.And(o.Register(i.Rs1), o.Constant(~(ulong)(BlockSize - 1)));
        for (ulong at = 0; at < BlockSize; at += 8)
        {
            if (!o.TryStore(o.Add(block, o.Constant(at)), MemorySize.Double, o.Constant(0))) return;
        }
    }
}
