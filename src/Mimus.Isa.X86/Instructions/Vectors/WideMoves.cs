using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Moves of AVX between the lanes of 256 bits: broadcasts, parts of 64 and 128 bits by number.</summary>
public static class WideMoves<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    private const int PartsOf128 = 2;

    [Row(Mnemonic.Vpbroadcastb)]
    public static void BroadcastByte(ref TOps o, in X86Operands i) => Broadcast(ref o, i, MemorySize.Byte, 0x0101010101010101);

    [Row(Mnemonic.Vpbroadcastw)]
    public static void BroadcastHalf(ref TOps o, in X86Operands i) => Broadcast(ref o, i, MemorySize.Half, 0x0001000100010001);

    [Row(Mnemonic.Vpbroadcastd, Mnemonic.Vbroadcastss)]
    public static void BroadcastWord(ref TOps o, in X86Operands i) => Broadcast(ref o, i, MemorySize.Word, 0x0000000100000001);

    [Row(Mnemonic.Vpbroadcastq, Mnemonic.Vbroadcastsd)]
    public static void BroadcastDouble(ref TOps o, in X86Operands i) => Broadcast(ref o, i, MemorySize.Double, 1);

    [Row(Mnemonic.Vbroadcastf128, Mnemonic.Vbroadcasti128)]
    public static void BroadcastHalfRegister(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TryLoad(ref o, i, 16, isAligned: false, out var source)) return;
        V low = o.Register(Slot.Vector(source)), high = o.Register(Slot.Vector(source, 1));
        SetParts(ref o, i, low, high, low, high);
    }

    [Row(Mnemonic.Vinsertf128, Mnemonic.Vinserti128)]
    public static void Insert(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TryLast(ref o, i, 16, out var source)) return;
        V low = o.Register(Slot.Vector(source)), high = o.Register(Slot.Vector(source, 1));
        if ((i.Immediate & 1) == 0) SetParts(ref o, i, low, high, o.Register(Slot.Vector(i.Source, 2)), o.Register(Slot.Vector(i.Source, 3)));
        else SetParts(ref o, i, o.Register(Slot.Vector(i.Source)), o.Register(Slot.Vector(i.Source, 1)), low, high);
    }

    [Row(Mnemonic.Vextractf128, Mnemonic.Vextracti128)]
    public static void Extract(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var part = (int)(i.Immediate & 1) * PartsOf128;
        V low = o.Register(Slot.Vector(i.Source, part)), high = o.Register(Slot.Vector(i.Source, part + 1));
        if (!i.Has(OperandTraits.TargetMemory))
        {
            SetParts(ref o, i, low, high, o.Constant(0), o.Constant(0));
            return;
        }
        o.SetRegister(Slot.Vector(Slot.Scratch), low);
        o.SetRegister(Slot.Vector(Slot.Scratch, 1), high);
        VectorAccess<TOps, V>.TryStore(ref o, i, 16, isAligned: false, Slot.Scratch);
    }

    [Row(Mnemonic.Vpermq)]
    [Row(Code.VEX_Vpermpd_ymm_ymmm256_imm8)]
    public static void PermuteDoubles(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TrySource(ref o, i, 32, out var source)) return;
        SetParts(ref o, i, Chosen(ref o, i, source, 0), Chosen(ref o, i, source, 2), Chosen(ref o, i, source, 4), Chosen(ref o, i, source, 6));
    }

    /// <summary>Each half is one of the four of both operands, or nothing.</summary>
    [Row(Mnemonic.Vperm2f128, Mnemonic.Vperm2i128)]
    public static void PermuteHalves(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TryLast(ref o, i, 32, out var b)) return;
        SetParts(ref o, i, OfHalves(ref o, i, b, 0, 0), OfHalves(ref o, i, b, 0, 1), OfHalves(ref o, i, b, 4, 0), OfHalves(ref o, i, b, 4, 1));
    }

    /// <summary>A single from a lane to a lane, and lanes cleared (SDM volume 2, INSERTPS).</summary>
    [Row(Mnemonic.Insertps, Mnemonic.Vinsertps)]
    public static void InsertSingle(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var from = (int)(i.Immediate >> 6) & 3;
        V value;
        if (i.Has(OperandTraits.SourceMemory))
        {
            if (!Access<TOps, V>.TryLoad(ref o, i, MemorySize.Word, out value)) return;
        }
        else
        {
            var part = o.Register(Slot.Vector(i.Has(OperandTraits.Vex) ? i.Third : i.Source, from / 2));
            value = o.ZeroExtend(o.ShiftRight(part, o.Constant((ulong)(from & 1) * 32)), MemorySize.Word);
        }
        var first = VectorAccess<TOps, V>.First(i);
        V low = WithSingle(ref o, i, first, 0, value), high = WithSingle(ref o, i, first, 1, value);
        o.SetRegister(Slot.Vector(i.Target), low);
        o.SetRegister(Slot.Vector(i.Target, 1), high);
        VectorAccess<TOps, V>.Complete(ref o, i, 16);
    }

    /// <summary>One half of the result of INSERTPS.</summary>
    private static V WithSingle(ref TOps o, in X86Operands i, int register, int half, V value)
    {
        var to = (int)(i.Immediate >> 4) & 3;
        var zeroes = (int)(i.Immediate >> (half * 2)) & 3;
        var result = o.Register(Slot.Vector(register, half));
        if (to / 2 == half)
        {
            var shift = (ulong)(to & 1) * 32;
            result = o.Or(o.And(result, o.Constant(~(0xfffffffful << (int)shift))), o.ShiftLeft(value, o.Constant(shift)));
        }
        var keeps = ((zeroes & 1) != 0 ? 0 : 0xfffffffful) | ((zeroes & 2) != 0 ? 0 : 0xffffffff00000000);
        return o.And(result, o.Constant(keeps));
    }

    private static void Broadcast(ref TOps o, in X86Operands i, MemorySize size, ulong places)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var value = o.ZeroExtend(o.Register(Slot.Vector(i.Source)), size);
        if (i.Has(OperandTraits.SourceMemory) && !Access<TOps, V>.TryLoad(ref o, i, size, out value)) return;
        var all = o.Multiply(value, o.Constant(places));
        for (var part = 0; part < i.Width / 8; part++) o.SetRegister(Slot.Vector(i.Target, part), all);
        VectorAccess<TOps, V>.Complete(ref o, i);
    }

    private static V Chosen(ref TOps o, in X86Operands i, int source, int bit) => o.Register(Slot.Vector(source, (int)(i.Immediate >> bit) & 3));

    private static V OfHalves(ref TOps o, in X86Operands i, int b, int bit, int part)
    {
        const int Nothing = 8;
        var choice = (int)(i.Immediate >> bit);
        if ((choice & Nothing) != 0) return o.Constant(0);
        return o.Register(Slot.Vector((choice & 2) != 0 ? b : i.Source, ((choice & 1) * PartsOf128) + part));
    }

    private static void SetParts(ref TOps o, in X86Operands i, V first, V second, V third, V fourth)
    {
        o.SetRegister(Slot.Vector(i.Target), first);
        o.SetRegister(Slot.Vector(i.Target, 1), second);
        o.SetRegister(Slot.Vector(i.Target, 2), third);
        o.SetRegister(Slot.Vector(i.Target, 3), fourth);
    }
}
