using System.Numerics;
using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>String instructions. One iteration is one instruction, which branches to itself: so it can be interrupted and restarted.</summary>
public static unsafe class Strings<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    private const int Es = (int)SegmentNumber.Es;

    [Row(Mnemonic.Movsb, Mnemonic.Movsw, Mnemonic.Movsq)]
    [Row(Code.Movsd_m32_m32)]
    public static void Move<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (IsDone(ref o, i)) return;
        if (!TrySource<TWidth>(ref o, i, out var address) || !o.TryLoad(address, TWidth.Size, out var value)) return;
        if (!TryTarget<TWidth>(ref o, i, forWriting: true, out address) || !o.TryStore(address, TWidth.Size, value)) return;
        Advance<TWidth>(ref o, i, Slot.Rsi);
        Advance<TWidth>(ref o, i, Slot.Rdi);
        Again(ref o, i, o.Constant(1));
    }

    [Row(Mnemonic.Stosb, Mnemonic.Stosw, Mnemonic.Stosd, Mnemonic.Stosq)]
    public static void Store<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (IsDone(ref o, i)) return;
        var value = Access<TOps, V>.Get<TWidth>(ref o, Slot.Rax);
        if (!TryTarget<TWidth>(ref o, i, forWriting: true, out var address) || !o.TryStore(address, TWidth.Size, value)) return;
        Advance<TWidth>(ref o, i, Slot.Rdi);
        Again(ref o, i, o.Constant(1));
    }

    [Row(Mnemonic.Lodsb, Mnemonic.Lodsw, Mnemonic.Lodsd, Mnemonic.Lodsq)]
    public static void Load<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (IsDone(ref o, i)) return;
        if (!TrySource<TWidth>(ref o, i, out var address) || !o.TryLoad(address, TWidth.Size, out var value)) return;
        Access<TOps, V>.Set<TWidth>(ref o, Slot.Rax, value);
        Advance<TWidth>(ref o, i, Slot.Rsi);
        Again(ref o, i, o.Constant(1));
    }

    [Row(Mnemonic.Cmpsb, Mnemonic.Cmpsw, Mnemonic.Cmpsq)]
    [Row(Code.Cmpsd_m32_m32)]
    public static void Compare<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (IsDone(ref o, i)) return;
        if (!TrySource<TWidth>(ref o, i, out var address) || !o.TryLoad(address, TWidth.Size, out var a)) return;
        if (!TryTarget<TWidth>(ref o, i, forWriting: false, out address) || !o.TryLoad(address, TWidth.Size, out var b)) return;
        Advance<TWidth>(ref o, i, Slot.Rsi);
        Advance<TWidth>(ref o, i, Slot.Rdi);
        o.SetFlags(FlagKind.Subtract, TWidth.Size, a, b, default);
        AgainWhile(ref o, i, o.Compare(Relation.Equal, a, b));
    }

    [Row(Mnemonic.Scasb, Mnemonic.Scasw, Mnemonic.Scasd, Mnemonic.Scasq)]
    public static void Scan<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (IsDone(ref o, i)) return;
        var a = Access<TOps, V>.Get<TWidth>(ref o, Slot.Rax);
        if (!TryTarget<TWidth>(ref o, i, forWriting: false, out var address) || !o.TryLoad(address, TWidth.Size, out var b)) return;
        Advance<TWidth>(ref o, i, Slot.Rdi);
        o.SetFlags(FlagKind.Subtract, TWidth.Size, a, b, default);
        AgainWhile(ref o, i, o.Compare(Relation.Equal, a, b));
    }

    [Row(Mnemonic.Insb, Mnemonic.Insw, Mnemonic.Insd)]
    public static void Input<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (IsDone(ref o, i)) return;
        if (!TryTarget<TWidth>(ref o, i, forWriting: true, out var address) || !o.TryProbeWrite(address, (int)TWidth.Size)) return;
        if (!o.TryCall(new Helper("in", &PortHelpers.Input), Access<TOps, V>.Get<Bits16>(ref o, Slot.Rdx), o.Constant((ulong)TWidth.Size), out var value)) return;
        if (!o.TryStore(address, TWidth.Size, value)) return;
        Advance<TWidth>(ref o, i, Slot.Rdi);
        Again(ref o, i, o.Constant(1));
    }

    [Row(Mnemonic.Outsb, Mnemonic.Outsw, Mnemonic.Outsd)]
    public static void Output<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (IsDone(ref o, i)) return;
        if (!TrySource<TWidth>(ref o, i, out var address) || !o.TryLoad(address, TWidth.Size, out var value)) return;
        var port = o.Or(Access<TOps, V>.Get<Bits16>(ref o, Slot.Rdx), o.Constant((ulong)TWidth.Size << 32));
        if (!o.TryCall(new Helper("out", &PortHelpers.Output), port, value, out _)) return;
        Advance<TWidth>(ref o, i, Slot.Rsi);
        Again(ref o, i, o.Constant(1));
    }

    private static bool Repeats(in X86Operands i) => i.Has(OperandTraits.Repeat | OperandTraits.RepeatUnequal);

    /// <summary>A repeated instruction whose count is 0 does nothing.</summary>
    private static bool IsDone(ref TOps o, in X86Operands i) => Repeats(i)
        && o.ExitIf(o.Compare(Relation.Equal, Access<TOps, V>.Get(ref o, i.AddressWidth, Slot.Rcx), o.Constant(0)));

    private static bool TrySource<TWidth>(ref TOps o, in X86Operands i, out V address) where TWidth : struct, IWidth
    {
        address = Access<TOps, V>.Get(ref o, i.AddressWidth, Slot.Rsi);
        return i.Has(OperandTraits.Plain) || Access<TOps, V>.TryLinear(ref o, i, i.Segment, address, (int)TWidth.Size, forWriting: false, out address);
    }

    /// <summary>The target is always in ES.</summary>
    private static bool TryTarget<TWidth>(ref TOps o, in X86Operands i, bool forWriting, out V address) where TWidth : struct, IWidth
    {
        address = Access<TOps, V>.Get(ref o, i.AddressWidth, Slot.Rdi);
        return i.Has(OperandTraits.Flat) || Access<TOps, V>.TryLinear(ref o, i, Es, address, (int)TWidth.Size, forWriting, out address);
    }

    private static void Advance<TWidth>(ref TOps o, in X86Operands i, byte register) where TWidth : struct, IWidth
    {
        var step = o.ShiftLeft(o.Register(Slot.Direction), o.Constant((ulong)BitOperations.Log2((uint)TWidth.Size)));
        Access<TOps, V>.Set(ref o, i.AddressWidth, register, Access<TOps, V>.Wrap(ref o, i.AddressWidth, o.Add(o.Register(register), step)));
    }

    private static void AgainWhile(ref TOps o, in X86Operands i, V equal) =>
        Again(ref o, i, i.Has(OperandTraits.RepeatUnequal) ? o.Xor(equal, o.Constant(1)) : equal);

    /// <summary>Counts the iteration, and goes on with the next where the condition holds.</summary>
    private static void Again(ref TOps o, in X86Operands i, V condition)
    {
        if (!Repeats(i)) return;
        var count = Access<TOps, V>.Wrap(ref o, i.AddressWidth, o.Subtract(Access<TOps, V>.Get(ref o, i.AddressWidth, Slot.Rcx), o.Constant(1)));
        Access<TOps, V>.Set(ref o, i.AddressWidth, Slot.Rcx, count);
        o.BranchIf(o.And(condition, o.Compare(Relation.NotEqual, count, o.Constant(0))), o.Pc);
    }
}
