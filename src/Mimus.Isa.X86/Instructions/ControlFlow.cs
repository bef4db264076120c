using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Jumps, calls, returns and loops inside a segment.</summary>
public static class ControlFlow<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Code.Jmp_rel8_16, Code.Jmp_rel8_32, Code.Jmp_rel8_64, Code.Jmp_rel16, Code.Jmp_rel32_32, Code.Jmp_rel32_64)]
    public static void Jump(ref TOps o, in X86Operands i) => BranchIf(ref o, i, o.Constant(1));

    [Row(Code.Jmp_rm16, Code.Jmp_rm32, Code.Jmp_rm64)]
    public static void JumpIndirect<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (Access<TOps, V>.TryRead<TWidth>(ref o, i, out var target) && TryCheck(ref o, i, target)) o.Jump(target);
    }

    [Row(Code.Call_rel16, Code.Call_rel32_32, Code.Call_rel32_64)]
    public static void Call<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        var target = Target(ref o, i);
        if (TryCheck(ref o, i, o.Constant(target)) && TryPushReturn<TWidth>(ref o, i)) o.BranchIf(o.Constant(1), target);
    }

    [Row(Code.Call_rm16, Code.Call_rm32, Code.Call_rm64)]
    public static void CallIndirect<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryRead<TWidth>(ref o, i, out var target) || !TryCheck(ref o, i, target)) return;
        if (TryPushReturn<TWidth>(ref o, i)) o.Jump(target);
    }

    [Row(Mnemonic.Ret)]
    public static void Return<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryPeek(ref o, i, TWidth.Size, out var target) || !TryCheck(ref o, i, target)) return;
        Access<TOps, V>.MoveStack(ref o, i, (ulong)TWidth.Size + (i.Has(OperandTraits.HasImmediate) ? (ushort)i.Immediate : 0u));
        o.Return(target);
    }

    [Row(Mnemonic.Jo, Mnemonic.Jno, Mnemonic.Jb, Mnemonic.Jae, Mnemonic.Je, Mnemonic.Jne, Mnemonic.Jbe, Mnemonic.Ja,
        Mnemonic.Js, Mnemonic.Jns, Mnemonic.Jp, Mnemonic.Jnp, Mnemonic.Jl, Mnemonic.Jge, Mnemonic.Jle, Mnemonic.Jg)]
    public static void JumpIf<TCondition>(ref TOps o, in X86Operands i) where TCondition : struct, ICondition =>
        BranchIf(ref o, i, o.Condition(TCondition.Code));

    [Row(Mnemonic.Jcxz, Mnemonic.Jecxz, Mnemonic.Jrcxz)]
    public static void JumpIfNoCount(ref TOps o, in X86Operands i) =>
        BranchIf(ref o, i, o.Compare(Relation.Equal, Access<TOps, V>.Get(ref o, i.AddressWidth, Slot.Rcx), o.Constant(0)));

    [Row(Mnemonic.Loop)]
    public static void Loop(ref TOps o, in X86Operands i) => LoopWhile(ref o, i, o.Constant(1));

    [Row(Mnemonic.Loope)]
    public static void LoopWhileEqual(ref TOps o, in X86Operands i) => LoopWhile(ref o, i, o.Condition(ConditionCode.Equal));

    [Row(Mnemonic.Loopne)]
    public static void LoopWhileNotEqual(ref TOps o, in X86Operands i) => LoopWhile(ref o, i, o.Condition(ConditionCode.NotEqual));

    /// <summary>The target of a near jump.</summary>
    private static ulong Target(ref TOps o, in X86Operands i) => (o.Pc + i.Length + i.Immediate) & (ulong.MaxValue >> (64 - (8 * i.Width)));

    private static void BranchIf(ref TOps o, in X86Operands i, V condition)
    {
        var target = Target(ref o, i);
        if (!i.Has(OperandTraits.Flat) && o.TrapIf(o.And(condition, IsOutside(ref o, o.Constant(target))), Fault.GeneralProtection, o.Constant(0))) return;
        o.BranchIf(condition, target);
    }

    private static void LoopWhile(ref TOps o, in X86Operands i, V condition)
    {
        var count = Access<TOps, V>.Wrap(ref o, i.AddressWidth, o.Subtract(Access<TOps, V>.Get(ref o, i.AddressWidth, Slot.Rcx), o.Constant(1)));
        var target = Target(ref o, i);
        var taken = o.And(condition, o.Compare(Relation.NotEqual, count, o.Constant(0)));
        if (!i.Has(OperandTraits.Flat) && o.TrapIf(o.And(taken, IsOutside(ref o, o.Constant(target))), Fault.GeneralProtection, o.Constant(0))) return;
        Access<TOps, V>.Set(ref o, i.AddressWidth, Slot.Rcx, count);
        o.BranchIf(taken, target);
    }

    private static bool TryCheck(ref TOps o, in X86Operands i, V target) =>
        i.Has(OperandTraits.Flat) || !o.TrapIf(IsOutside(ref o, target), Fault.GeneralProtection, o.Constant(0));

    private static V IsOutside(ref TOps o, V target) =>
        o.Compare(Relation.LessUnsigned, o.Register(Slot.SegmentLimit((int)SegmentNumber.Cs)), target);

    private static bool TryPushReturn<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth =>
        Access<TOps, V>.TryPush(ref o, i, TWidth.Size, o.Constant((o.Pc + i.Length) & Access<TOps, V>.Mask<TWidth>()));
}
