using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Instructions on flags that privilege protects (SDM volume 1, 3.4.3.3, and volume 3, 7.8.1).</summary>
public static class ProtectedFlags<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Mnemonic.Cli)]
    public static void DisableInterrupts(ref TOps o, in X86Operands i)
    {
        if (TrapWithoutIoPrivilege(ref o)) return;
        o.SetRegister(Slot.SystemFlags, o.And(o.Register(Slot.SystemFlags), o.Constant(~EFlags.Interrupt)));
    }

    [Row(Mnemonic.Sti)]
    public static void EnableInterrupts(ref TOps o, in X86Operands i)
    {
        if (TrapWithoutIoPrivilege(ref o)) return;
        var flags = o.Register(Slot.SystemFlags);
        var enabled = o.Or(flags, o.Constant(EFlags.Interrupt));
        o.HoldInterrupts(o.Xor(flags, enabled));
        o.SetRegister(Slot.SystemFlags, enabled);
    }

    [Row(Mnemonic.Pushf)]
    public static void Push(ref TOps o, in X86Operands i) => Push(ref o, i, MemorySize.Half);

    [Row(Mnemonic.Pushfd)]
    public static void PushWord(ref TOps o, in X86Operands i) => Push(ref o, i, MemorySize.Word);

    [Row(Mnemonic.Pushfq)]
    public static void PushDouble(ref TOps o, in X86Operands i) => Push(ref o, i, MemorySize.Double);

    [Row(Mnemonic.Popf)]
    public static void Pop(ref TOps o, in X86Operands i) => Pop(ref o, i, MemorySize.Half);

    [Row(Mnemonic.Popfd)]
    public static void PopWord(ref TOps o, in X86Operands i) => Pop(ref o, i, MemorySize.Word);

    [Row(Mnemonic.Popfq)]
    public static void PopDouble(ref TOps o, in X86Operands i) => Pop(ref o, i, MemorySize.Double);

    /// <summary>RFLAGS, without those that nobody sees.</summary>
    public static V Visible(ref TOps o)
    {
        var arithmetic = o.Or(o.Flags(), o.Constant(EFlags.Fixed));
        var direction = o.And(o.Register(Slot.Direction), o.Constant(EFlags.Direction));
        var system = o.And(o.Register(Slot.SystemFlags), o.Constant(~(EFlags.Virtual8086 | EFlags.Resume)));
        return o.Or(o.Or(arithmetic, direction), system);
    }

    /// <summary>Replaces RFLAGS; what then matters to the engine is the caller's affair.</summary>
    public static void Replace(ref TOps o, V flags)
    {
        FlagBits<TOps, V>.Set(ref o, o.And(flags, o.Constant(EFlags.Arithmetic)));
        o.SetRegister(Slot.Direction, o.Select(o.And(flags, o.Constant(EFlags.Direction)), o.Constant(ulong.MaxValue), o.Constant(1)));
        o.SetRegister(Slot.SystemFlags, o.And(flags, o.Constant(EFlags.System)));
    }

    private static void Push(ref TOps o, in X86Operands i, MemorySize size)
    {
        var flags = Visible(ref o);
        if (TrapInVirtual8086(ref o, i)) return;
        Access<TOps, V>.TryPush(ref o, i, size, o.ZeroExtend(flags, size));
    }

    private static void Pop(ref TOps o, in X86Operands i, MemorySize size)
    {
        const ulong Everybodys = EFlags.Trap | EFlags.NestedTask | EFlags.AlignmentCheck | EFlags.Identification | EFlags.Resume;
        const ulong Systems = EFlags.IoPrivilege | EFlags.VirtualInterrupt | EFlags.VirtualInterruptPending;
        if (TrapInVirtual8086(ref o, i) || !Access<TOps, V>.TryPeek(ref o, i, size, out var flags)) return;
        var width = size == MemorySize.Half ? ushort.MaxValue : ulong.MaxValue;
        var old = o.Register(Slot.SystemFlags);
        var writable = o.Select(HasIoPrivilege(ref o), o.Constant((Everybodys | EFlags.Interrupt) & width), o.Constant(Everybodys & width));
        writable = o.Select(o.Register(Slot.Cpl), writable, o.Constant((Everybodys | Systems | EFlags.Interrupt) & width));
        var popped = o.And(o.And(flags, writable), o.Constant(~EFlags.Resume));
        var system = o.Or(o.And(old, o.Xor(writable, o.Constant(ulong.MaxValue))), popped);
        var now = o.Or(o.And(flags, o.Constant(EFlags.Arithmetic | EFlags.Direction)), system);
        Replace(ref o, now);
        Access<TOps, V>.MoveStack(ref o, i, (ulong)size);
        // Single steps begin, alignment matters or does not, an interrupt is due that was held.
        var mattering = o.Or(o.Constant(EFlags.Trap | EFlags.AlignmentCheck), o.And(system, o.Register(Slot.HeldFlags)));
        o.EndBlockIf(o.And(o.Xor(old, system), mattering));
    }

    /// <summary>Virtual-8086 mode has 16-bit stacks; there, the flags are for those only who have all rights to ports.</summary>
    private static bool TrapInVirtual8086(ref TOps o, in X86Operands i)
    {
        if (i.StackWidth != 2) return false;
        var flags = o.And(o.Register(Slot.SystemFlags), o.Constant(EFlags.Virtual8086 | EFlags.IoPrivilege));
        var isRefused = o.Compare(Relation.LessUnsigned, o.Subtract(flags, o.Constant(EFlags.Virtual8086)), o.Constant(EFlags.IoPrivilege));
        return o.TrapIf(isRefused, Fault.GeneralProtection, o.Constant(0));
    }

    private static bool TrapWithoutIoPrivilege(ref TOps o) =>
        o.TrapIf(o.Xor(HasIoPrivilege(ref o), o.Constant(1)), Fault.GeneralProtection, o.Constant(0));

    private static V HasIoPrivilege(ref TOps o)
    {
        var level = o.And(o.ShiftRight(o.Register(Slot.SystemFlags), o.Constant(EFlags.IoPrivilegeShift)), o.Constant(3));
        return o.Compare(Relation.GreaterOrEqualUnsigned, level, o.Register(Slot.Cpl));
    }
}
