using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>Environment calls, returns from traps, fences of translation and code, waiting.</summary>
[InstructionSet((ulong)Extension.I)]
internal static unsafe class SystemInstructions<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private static readonly Helper s_environmentCall = new("ecall", &SystemHelpers.EnvironmentCall);
    private static readonly Helper s_machineReturn = new("mret", &SystemHelpers.MachineReturn);
    private static readonly Helper s_supervisorReturn = new("sret", &SystemHelpers.SupervisorReturn);
    private static readonly Helper s_wait = new("wfi", &SystemHelpers.WaitForInterrupt);
    private static readonly Helper s_fenceTranslations = new("sfence.vma", &SystemHelpers.FenceTranslations);
    private static readonly Helper s_fenceInstructions = new("fence.i", &SystemHelpers.FenceInstructions);

    [Instruction("ecall", "000000000000 00000 000 00000 1110011")]
    public static void EnvironmentCall(ref TOps o, in Operands i) => CallAndEnd(ref o, s_environmentCall);

    [Instruction("ebreak", "000000000001 00000 000 00000 1110011")]
    [Instruction("c.ebreak", "100 1 00000 00000 10", AnyOf = (ulong)Extension.Zca)]
    public static void Breakpoint(ref TOps o, in Operands i) => o.TrapIf(o.Constant(1), Cause.Breakpoint, o.Constant(o.Pc));

    [Instruction("mret", "001100000010 00000 000 00000 1110011")]
    public static void MachineReturn(ref TOps o, in Operands i) => Return(ref o, s_machineReturn);

    [Instruction("sret", "000100000010 00000 000 00000 1110011", AnyOf = (ulong)Extension.S)]
    public static void SupervisorReturn(ref TOps o, in Operands i) => Return(ref o, s_supervisorReturn);

    [Instruction("wfi", "000100000101 00000 000 00000 1110011")]
    public static void WaitForInterrupt(ref TOps o, in Operands i) => CallAndEnd(ref o, s_wait);

    /// <summary>Waiting for a reservation to break may end at any time; it is only a hint to slow down.</summary>
    [Instruction("wrs.nto", "000000001101 00000 000 00000 1110011", AnyOf = (ulong)Extension.Zawrs)]
    [Instruction("wrs.sto", "000000011101 00000 000 00000 1110011", AnyOf = (ulong)Extension.Zawrs)]
    public static void WaitForReservation(ref TOps o, in Operands i) => o.EndBlock();

    [Instruction("sfence.vma", "0001001 rs2 rs1 000 00000 1110011", AnyOf = (ulong)Extension.S)]
    [Instruction("sinval.vma", "0001011 rs2 rs1 000 00000 1110011", AnyOf = (ulong)Extension.Svinval)]
    public static void FenceTranslations(ref TOps o, in Operands i)
    {
        var extent = (i.Rs1, i.Rs2) switch
        {
            (0, 0) => FenceExtent.All,
            (0, _) => FenceExtent.AddressSpace,
            (_, 0) => FenceExtent.Page,
            _ => FenceExtent.PageOfAddressSpace,
        };
        // The identifier's 16 bits lie above the extent.
        var identifier = o.ShiftLeft(o.ZeroExtend(o.Register(i.Rs2), MemorySize.Half), o.Constant(SystemHelpers.IdentifierShift));
        if (o.TryCall(s_fenceTranslations, o.Or(identifier, o.Constant((ulong)extent)), o.Register(i.Rs1), out _)) o.EndBlock();
    }

    [Instruction("sfence.w.inval", "000110000000 00000 000 00000 1110011", AnyOf = (ulong)Extension.Svinval)]
    [Instruction("sfence.inval.ir", "000110000001 00000 000 00000 1110011", AnyOf = (ulong)Extension.Svinval)]
    public static void OrderInvalidations(ref TOps o, in Operands i)
    {
        // sinval.vma has done the work; these are illegal in U mode, which the helper checks with a fence of nothing.
        if (o.TryCall(s_fenceTranslations, o.Constant((ulong)FenceExtent.None), o.Constant(0), out _)) o.EndBlock();
    }

    [Instruction("fence.i", "imm[11:0] rs1 001 rd 0001111", AnyOf = (ulong)Extension.Zifencei)]
    public static void FenceInstructions(ref TOps o, in Operands i) => CallAndEnd(ref o, s_fenceInstructions);

    private static void CallAndEnd(ref TOps o, Helper helper)
    {
        if (o.TryCall(helper, o.Constant(0), o.Constant(0), out _)) o.EndBlock();
    }

    private static void Return(ref TOps o, Helper helper)
    {
        if (!o.TryCall(helper, o.Constant(0), o.Constant(0), out var target)) return;
        o.Jump(target);
        o.EndBlock();
    }
}
