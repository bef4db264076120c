using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>
/// SYSCALL, SYSENTER and their returns (SDM volume 2). What 64-bit systems do all the time, SYSCALL and SYSRET between 64-bit code, is
/// made of operations; the rest is in helpers.
/// </summary>
public static unsafe class SystemCalls<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    private const int SavedFlags = 11;

    [Row(Mnemonic.Syscall)]
    public static void Call(ref TOps o, in X86Operands i)
    {
        if (i.StackWidth != 8)
        {
            FarTransfers<TOps, V>.Transfer(ref o, i, new Helper("syscall", &TransferHelpers.SystemCall), default, default);
            return;
        }
        var flags = ProtectedFlags<TOps, V>.Visible(ref o);
        if (TrapIfDisabled(ref o)) return;
        o.SetRegister(Slot.Rcx, o.Constant(o.Pc + i.Length));
        o.SetRegister(SavedFlags, flags);
        ProtectedFlags<TOps, V>.Replace(ref o, o.And(flags, o.Xor(o.Register(Slot.SyscallMask), o.Constant(ulong.MaxValue))));
        var selector = o.And(o.ShiftRight(o.Register(Slot.Star), o.Constant(32)), o.Constant(0xfffc));
        Enter(ref o, selector, o.Add(selector, o.Constant(8)), 0, o.Register(Slot.Lstar));
    }

    [Row(Mnemonic.Sysret)]
    public static void Return(ref TOps o, in X86Operands i) =>
        FarTransfers<TOps, V>.Transfer(ref o, i, new Helper("sysret", &TransferHelpers.SystemReturn), default, default);

    [Row(Mnemonic.Sysretq)]
    public static void ReturnLong(ref TOps o, in X86Operands i)
    {
        const ulong Kept = EFlags.Arithmetic | EFlags.Direction | (EFlags.System & ~(EFlags.Resume | EFlags.Virtual8086));
        if (TrapIfDisabled(ref o) || o.TrapIf(o.Register(Slot.Cpl), Fault.GeneralProtection, o.Constant(0))) return;
        var target = o.Register(Slot.Rcx);
        ProtectedFlags<TOps, V>.Replace(ref o, o.And(o.Register(SavedFlags), o.Constant(Kept)));
        var selector = o.ShiftRight(o.Register(Slot.Star), o.Constant(48));
        Enter(ref o, Selector(ref o, selector, 16 + 3), Selector(ref o, selector, 8 + 3), 3, target);
    }

    [Row(Mnemonic.Sysenter)]
    public static void Enter(ref TOps o, in X86Operands i) =>
        FarTransfers<TOps, V>.Transfer(ref o, i, new Helper("sysenter", &TransferHelpers.SystemEnter), default, default);

    [Row(Mnemonic.Sysexit)]
    public static void Exit(ref TOps o, in X86Operands i) =>
        FarTransfers<TOps, V>.Transfer(ref o, i, new Helper("sysexit", &TransferHelpers.SystemExit), o.Constant(4), default);

    [Row(Mnemonic.Sysexitq)]
    public static void ExitLong(ref TOps o, in X86Operands i) =>
        FarTransfers<TOps, V>.Transfer(ref o, i, new Helper("sysexit", &TransferHelpers.SystemExit), o.Constant(8), default);

    private static bool TrapIfDisabled(ref TOps o) =>
        o.TrapIf(o.Compare(Relation.Equal, o.And(o.Register(Slot.Efer), o.Constant(Efer.SystemCall)), o.Constant(0)), Fault.InvalidOpcode, o.Constant(0));

    private static V Selector(ref TOps o, V first, ulong behind) =>
        o.And(o.Or(o.Add(first, o.Constant(behind & ~3ul)), o.Constant(behind & 3)), o.Constant(ushort.MaxValue));

    /// <summary>On at another privilege level in 64-bit code.</summary>
    private static void Enter(ref TOps o, V code, V stack, ulong privilege, V target)
    {
        SetSegment(ref o, SegmentNumber.Cs, X86Cpu.LongCode(privilege), code);
        SetSegment(ref o, SegmentNumber.Ss, X86Cpu.FlatData(privilege), stack);
        o.SetRegister(Slot.Cpl, o.Constant(privilege));
        o.Jump(target);
        // Single steps, alignment that matters, and interrupts that were held are more than another privilege.
        var flags = o.Register(Slot.SystemFlags);
        var more = o.And(flags, o.Or(o.Constant(EFlags.Trap | EFlags.AlignmentCheck), o.Register(Slot.HeldFlags)));
        var context = o.Add(o.Register(Slot.Context), o.Constant(privilege == 3 ? (ulong)X86Cpu.UserContext : X86Cpu.SystemContext));
        o.EnterContext(o.Select(more, o.Constant(ulong.MaxValue), context));
    }

    private static void SetSegment(ref TOps o, SegmentNumber number, in SegmentState fixedPart, V selector)
    {
        var slot = Slot.SegmentBase((int)number);
        foreach (var part in fixedPart.Parts) o.SetRegister(slot++, o.Constant(part));
        o.SetRegister(Slot.SegmentSelector((int)number), selector);
    }
}
