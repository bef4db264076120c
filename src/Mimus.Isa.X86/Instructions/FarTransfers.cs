using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Transfers between segments and privileges: their work is in helpers, which give the new instruction pointer.</summary>
public static unsafe class FarTransfers<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Code.Jmp_ptr1616, Code.Jmp_ptr1632)]
    public static void Jump(ref TOps o, in X86Operands i) =>
        Transfer(ref o, i, new Helper("jmp far", &TransferHelpers.Jump), o.Constant(Selector(i)), o.Constant(i.Immediate));

    [Row(Code.Jmp_m1616, Code.Jmp_m1632, Code.Jmp_m1664)]
    public static void JumpIndirect<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryPointer<TWidth>(ref o, i, out var selector, out var offset)) return;
        Transfer(ref o, i, new Helper("jmp far", &TransferHelpers.Jump), selector, offset);
    }

    [Row(Code.Call_ptr1616, Code.Call_ptr1632)]
    public static void Call(ref TOps o, in X86Operands i) =>
        Transfer(ref o, i, new Helper("call far", &TransferHelpers.Call), o.Constant(Selector(i) | Width(i)), o.Constant(i.Immediate));

    [Row(Code.Call_m1616, Code.Call_m1632, Code.Call_m1664)]
    public static void CallIndirect<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!TryPointer<TWidth>(ref o, i, out var selector, out var offset)) return;
        Transfer(ref o, i, new Helper("call far", &TransferHelpers.Call), o.Or(selector, o.Constant(Width(i))), offset);
    }

    [Row(Mnemonic.Retf)]
    public static void Return(ref TOps o, in X86Operands i) => Transfer(ref o, i, new Helper("ret far", &TransferHelpers.Return),
        o.Constant(i.Width), o.Constant(i.Has(OperandTraits.HasImmediate) ? (ushort)i.Immediate : 0u));

    [Row(Mnemonic.Iret)]
    public static void ReturnFromInterrupt(ref TOps o, in X86Operands i) => ReturnFromInterrupt(ref o, i, 2);

    [Row(Mnemonic.Iretd)]
    public static void ReturnFromInterruptWord(ref TOps o, in X86Operands i) => ReturnFromInterrupt(ref o, i, 4);

    [Row(Mnemonic.Iretq)]
    public static void ReturnFromInterruptDouble(ref TOps o, in X86Operands i) => ReturnFromInterrupt(ref o, i, 8);

    [Row(Mnemonic.Int)]
    public static void Interrupt(ref TOps o, in X86Operands i) =>
        Transfer(ref o, i, new Helper("int", &TransferHelpers.Interrupt), o.Constant((byte)i.Immediate), o.Constant(0));

    [Row(Mnemonic.Int3)]
    public static void Breakpoint(ref TOps o, in X86Operands i) =>
        Transfer(ref o, i, new Helper("int3", &TransferHelpers.SoftwareException), o.Constant(Fault.Breakpoint), o.Constant(0));

    [Row(Mnemonic.Int1)]
    public static void DebugTrap(ref TOps o, in X86Operands i) =>
        Transfer(ref o, i, new Helper("int1", &TransferHelpers.SoftwareException), o.Constant(Fault.Debug), o.Constant(0));

    [Row(Mnemonic.Into)]
    public static void InterruptOnOverflow(ref TOps o, in X86Operands i)
    {
        if (o.ExitIf(o.Condition(ConditionCode.NotOverflow))) return;
        Transfer(ref o, i, new Helper("into", &TransferHelpers.SoftwareException), o.Constant(Fault.Overflow), o.Constant(0));
    }

    [Row(Mnemonic.Bound)]
    public static void CheckBounds<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryAddress(ref o, i, 2 * (int)TWidth.Size, forWriting: false, out var address)
            || !o.TryLoadSigned(address, TWidth.Size, out var low)
            || !o.TryLoadSigned(o.Add(address, o.Constant((ulong)TWidth.Size)), TWidth.Size, out var high)) return;
        var index = o.SignExtend(o.Register(i.Target), TWidth.Size);
        o.TrapIf(o.Or(o.Compare(Relation.LessSigned, index, low), o.Compare(Relation.LessSigned, high, index)), Fault.BoundRange, o.Constant(0));
    }

    [Row(Mnemonic.Rsm)]
    public static void LeaveManagement(ref TOps o, in X86Operands i) => Transfer(ref o, i, new Helper("rsm", &TransferHelpers.LeaveManagement), default, default);

    private static void ReturnFromInterrupt(ref TOps o, in X86Operands i, ulong width) =>
        Transfer(ref o, i, new Helper("iret", &TransferHelpers.ReturnFromInterrupt), o.Constant(width), default);

    /// <summary>The helper finds the next instruction's address in the state.</summary>
    internal static void Transfer(ref TOps o, in X86Operands i, in Helper helper, V a, V b)
    {
        o.SetRegister(Slot.Rip, o.Constant(o.Pc + i.Length));
        if (!o.TryCall(helper, a, b, out var target)) return;
        o.Jump(target);
        o.EndBlock();
    }

    /// <summary>A far pointer in the instruction has its selector where others have a displacement.</summary>
    private static ulong Selector(in X86Operands i) => (ushort)i.Displacement;

    private static ulong Width(in X86Operands i) => (ulong)i.Width << 32;

    private static bool TryPointer<TWidth>(ref TOps o, in X86Operands i, out V selector, out V offset) where TWidth : struct, IWidth
    {
        selector = offset = default;
        return Access<TOps, V>.TryAddress(ref o, i, (int)TWidth.Size + 2, forWriting: false, out var address)
            && o.TryLoad(address, TWidth.Size, out offset)
            && o.TryLoad(o.Add(address, o.Constant((ulong)TWidth.Size)), MemorySize.Half, out selector);
    }
}
