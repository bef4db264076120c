using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Pushes, pops and frames.</summary>
public static unsafe class Stack<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Mnemonic.Push)]
    public static void Push<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        V value;
        if (i.Has(OperandTraits.HasImmediate)) value = o.Constant(i.Immediate & Access<TOps, V>.Mask<TWidth>());
        else if (!Access<TOps, V>.TryRead<TWidth>(ref o, i, out value)) return;
        Access<TOps, V>.TryPush(ref o, i, TWidth.Size, value);
    }

    [Row(Code.Pushw_ES, Code.Pushd_ES, Code.Pushw_CS, Code.Pushd_CS, Code.Pushw_SS, Code.Pushd_SS, Code.Pushw_DS, Code.Pushd_DS, Code.Pushw_FS, Code.Pushd_FS,
        Code.Pushq_FS, Code.Pushw_GS, Code.Pushd_GS, Code.Pushq_GS)]
    public static void PushSegment<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth =>
        Access<TOps, V>.TryPush(ref o, i, TWidth.Size, o.Register(Slot.SegmentSelector(i.Segment)));

    [Row(Mnemonic.Pop)]
    public static void Pop<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryPeek(ref o, i, TWidth.Size, out var value)) return;
        if (!i.Has(OperandTraits.TargetMemory))
        {
            Access<TOps, V>.MoveStack(ref o, i, (ulong)TWidth.Size);
            Access<TOps, V>.Set<TWidth>(ref o, i.Target, value);
            return;
        }
        // An address that uses the stack pointer means the one behind the pop; a fault puts it back.
        var before = o.Register(Slot.Rsp);
        Access<TOps, V>.MoveStack(ref o, i, (ulong)TWidth.Size);
        if (Access<TOps, V>.TryAddress(ref o, i, (int)TWidth.Size, forWriting: true, out var address) && o.TryStore(address, TWidth.Size, value)) return;
        o.SetRegister(Slot.Rsp, before);
    }

    [Row(Code.Popw_ES, Code.Popd_ES, Code.Popw_SS, Code.Popd_SS, Code.Popw_DS, Code.Popd_DS, Code.Popw_FS, Code.Popd_FS, Code.Popq_FS, Code.Popw_GS, Code.Popd_GS,
        Code.Popq_GS)]
    public static void PopSegment<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!Access<TOps, V>.TryPeek(ref o, i, MemorySize.Half, out var selector)) return;
        // The width of the stack pointer is the old segment's.
        var pointer = Access<TOps, V>.Wrap(ref o, i.StackWidth, o.Add(o.Register(Slot.Rsp), o.Constant((ulong)TWidth.Size)));
        if (!o.TryCall(new Helper("load segment", &SegmentHelpers.Load), o.Constant(i.Segment), selector, out _)) return;
        Access<TOps, V>.Set(ref o, i.StackWidth, Slot.Rsp, pointer);
        o.EndBlock();
    }

    [Row(Mnemonic.Pusha)]
    public static void PushAll(ref TOps o, in X86Operands i) => PushAll<Bits16>(ref o, i);

    [Row(Mnemonic.Pushad)]
    public static void PushAllWords(ref TOps o, in X86Operands i) => PushAll<Bits32>(ref o, i);

    [Row(Mnemonic.Popa)]
    public static void PopAll(ref TOps o, in X86Operands i) => PopAll<Bits16>(ref o, i);

    [Row(Mnemonic.Popad)]
    public static void PopAllWords(ref TOps o, in X86Operands i) => PopAll<Bits32>(ref o, i);

    [Row(Mnemonic.Enter)]
    public static void Enter<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        const int MostLevels = 31;
        var level = (int)(i.Displacement & MostLevels);
        var size = (int)TWidth.Size;
        if (!Access<TOps, V>.TryPoke(ref o, i, TWidth.Size, size, o.Register(Slot.Rbp))) return;
        var frame = Access<TOps, V>.Wrap(ref o, i.StackWidth, o.Subtract(o.Register(Slot.Rsp), o.Constant((ulong)size)));
        for (var n = 1; n < level; n++)
        {
            var outer = Access<TOps, V>.Wrap(ref o, i.StackWidth, o.Subtract(o.Register(Slot.Rbp), o.Constant((ulong)(n * size))));
            if (!Access<TOps, V>.TryStackAddress(ref o, i, outer, size, forWriting: false, out var address) || !o.TryLoad(address, TWidth.Size, out var link)
                || !Access<TOps, V>.TryPoke(ref o, i, TWidth.Size, (n + 1) * size, link)) return;
        }
        if (level > 0 && !Access<TOps, V>.TryPoke(ref o, i, TWidth.Size, (level + 1) * size, frame)) return;
        Access<TOps, V>.MoveStack(ref o, i, 0 - (ulong)((level + 1) * size) - (ushort)i.Immediate);
        Access<TOps, V>.Set<TWidth>(ref o, Slot.Rbp, o.ZeroExtend(frame, TWidth.Size));
    }

    [Row(Mnemonic.Leave)]
    public static void Leave<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        var frame = Access<TOps, V>.Wrap(ref o, i.StackWidth, o.Register(Slot.Rbp));
        if (!Access<TOps, V>.TryStackAddress(ref o, i, frame, (int)TWidth.Size, forWriting: false, out var address) || !o.TryLoad(address, TWidth.Size, out var link))
            return;
        Access<TOps, V>.Set(ref o, i.StackWidth, Slot.Rsp, Access<TOps, V>.Wrap(ref o, i.StackWidth, o.Add(frame, o.Constant((ulong)TWidth.Size))));
        Access<TOps, V>.Set<TWidth>(ref o, Slot.Rbp, link);
    }

    private static void PushAll<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        var size = (int)TWidth.Size;
        for (byte register = 0; register < 8; register++)
        {
            if (!Access<TOps, V>.TryPoke(ref o, i, TWidth.Size, (register + 1) * size, Access<TOps, V>.Get<TWidth>(ref o, register))) return;
        }
        Access<TOps, V>.MoveStack(ref o, i, 0 - (8 * (ulong)size));
    }

    private static void PopAll<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        var size = (int)TWidth.Size;
        // Whatever can fault comes first: the furthest access, and then each where it is read.
        if (!Access<TOps, V>.TryPeek(ref o, i, TWidth.Size, 7 * size, out var ax)) return;
        if (!Access<TOps, V>.TryPeek(ref o, i, TWidth.Size, 0, out _)) return;
        for (byte register = Slot.Rdi; register > Slot.Rax; register--)
        {
            if (!Access<TOps, V>.TryPeek(ref o, i, TWidth.Size, (Slot.Rdi - register) * size, out var value)) return;
            if (register != Slot.Rsp) Access<TOps, V>.Set<TWidth>(ref o, register, value);
        }
        Access<TOps, V>.Set<TWidth>(ref o, Slot.Rax, ax);
        Access<TOps, V>.MoveStack(ref o, i, 8 * (ulong)size);
    }
}
