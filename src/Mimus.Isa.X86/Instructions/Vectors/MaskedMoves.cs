using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Moves of the lanes that a mask chooses, and lanes gathered from addresses of their own.</summary>
public static unsafe class MaskedMoves<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [Row(Mnemonic.Vmaskmovps, Mnemonic.Vpmaskmovd)]
    public static void MoveWords(ref TOps o, in X86Operands i) => Move(ref o, i, 4);

    [Row(Mnemonic.Vmaskmovpd, Mnemonic.Vpmaskmovq)]
    public static void MoveDoubles(ref TOps o, in X86Operands i) => Move(ref o, i, 8);

    [Row(Mnemonic.Vpgatherdd, Mnemonic.Vgatherdps)]
    public static void GatherWordsByWords(ref TOps o, in X86Operands i) => Gather(ref o, i, 4, 4);

    [Row(Mnemonic.Vpgatherqd, Mnemonic.Vgatherqps)]
    public static void GatherWordsByDoubles(ref TOps o, in X86Operands i) => Gather(ref o, i, 4, 8);

    [Row(Mnemonic.Vpgatherdq, Mnemonic.Vgatherdpd)]
    public static void GatherDoublesByWords(ref TOps o, in X86Operands i) => Gather(ref o, i, 8, 4);

    [Row(Mnemonic.Vpgatherqq, Mnemonic.Vgatherqpd)]
    public static void GatherDoublesByDoubles(ref TOps o, in X86Operands i) => Gather(ref o, i, 8, 8);

    /// <summary>Bytes to where rDI points.</summary>
    [Row(Mnemonic.Maskmovq, Mnemonic.Maskmovdqu, Mnemonic.Vmaskmovdqu)]
    public static void StoreBytes(ref TOps o, in X86Operands i)
    {
        var bytes = i.Has(OperandTraits.Mmx) ? 8 : 16;
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var address = Access<TOps, V>.Get(ref o, i.AddressWidth, Slot.Rdi);
        if (!i.Has(OperandTraits.Plain) && !Access<TOps, V>.TryLinear(ref o, i, i.Segment, address, bytes, forWriting: true, out address)) return;
        if (o.TryCall(new Helper("masked store", &MaskedHelpers.Store), o.Constant(MaskedHelpers.Pack(i.Source, i.Third, 1, bytes)), address, out _))
            VectorAccess<TOps, V>.EnterMmx(ref o, i);
    }

    private static void Move(ref TOps o, in X86Operands i, int laneBytes)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var isStore = i.Has(OperandTraits.TargetMemory);
        var bytes = isStore ? i.LastWidth : i.Width;
        if (!Access<TOps, V>.TryAddress(ref o, i, bytes, isStore, out var address)) return;
        if (isStore) o.TryCall(new Helper("masked store", &MaskedHelpers.Store), o.Constant(MaskedHelpers.Pack(i.Third, i.Source, laneBytes, bytes)), address, out _);
        else if (o.TryCall(new Helper("masked load", &MaskedHelpers.Load), o.Constant(MaskedHelpers.Pack(i.Target, i.Source, laneBytes, bytes)), address, out _))
            VectorAccess<TOps, V>.Complete(ref o, i);
    }

    private static void Gather(ref TOps o, in X86Operands i, int laneBytes, int indexBytes)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var isRefused = i.Target == i.Index || i.Target == i.Third || i.Index == i.Third;
        if (o.TrapIf(o.Constant(isRefused ? 1u : 0), Fault.InvalidOpcode, o.Constant(0))) return;
        var start = o.Add(o.Register(i.Base), o.Constant(i.Displacement));
        // Segments that are not flat count only by their bases: outside of 64-bit mode such a gather is not checked against limits.
        var segment = i.Has(OperandTraits.Plain) ? o.Constant(0) : o.Register(Slot.SegmentBase(i.Segment));
        o.SetRegister(Slot.Vector(Slot.Scratch), segment);
        var lanes = Math.Min(i.Width / laneBytes, i.SourceWidth / indexBytes);
        var packed = MaskedHelpers.PackGather(i, laneBytes, indexBytes, lanes);
        if (o.TryCall(new Helper("gather", &MaskedHelpers.Gather), o.Constant(packed), start, out _)) VectorAccess<TOps, V>.Complete(ref o, i);
    }
}
