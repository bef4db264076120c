using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Moves of vectors and their parts.</summary>
public static unsafe class VectorMoves<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    /// <summary>Which lanes a blend takes of its second operand.</summary>
    private const int OnlyLowest = 1;

    [Row(Mnemonic.Movups, Mnemonic.Movupd, Mnemonic.Movdqu, Mnemonic.Lddqu, Mnemonic.Vmovups, Mnemonic.Vmovupd, Mnemonic.Vmovdqu, Mnemonic.Vlddqu)]
    public static void Move(ref TOps o, in X86Operands i) => Move(ref o, i, isAligned: false);

    [Row(Mnemonic.Movaps, Mnemonic.Movapd, Mnemonic.Movdqa, Mnemonic.Movntps, Mnemonic.Movntpd, Mnemonic.Movntdq, Mnemonic.Movntdqa)]
    [Row(Mnemonic.Vmovaps, Mnemonic.Vmovapd, Mnemonic.Vmovdqa, Mnemonic.Vmovntps, Mnemonic.Vmovntpd, Mnemonic.Vmovntdq, Mnemonic.Vmovntdqa)]
    public static void MoveAligned(ref TOps o, in X86Operands i) => Move(ref o, i, isAligned: true);

    [Row(Code.Movd_xmm_rm32, Code.Movq_xmm_rm64, Code.VEX_Vmovd_xmm_rm32, Code.VEX_Vmovq_xmm_rm64, Code.Movd_mm_rm32, Code.Movq_mm_rm64)]
    public static void FromGeneral(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        V value;
        if (!i.Has(OperandTraits.SourceMemory)) value = Access<TOps, V>.Get(ref o, i.SourceWidth, i.Source);
        else if (!Access<TOps, V>.TryLoad(ref o, i, (MemorySize)i.SourceWidth, out value)) return;
        SetLow(ref o, i, value);
    }

    [Row(Code.Movd_rm32_xmm, Code.VEX_Vmovd_rm32_xmm, Code.Movd_rm32_mm)]
    public static void WordToGeneral(ref TOps o, in X86Operands i)
    {
        if (VectorAccess<TOps, V>.TryBegin(ref o, i) && Access<TOps, V>.TryWrite<Bits32>(ref o, i, o.ZeroExtend(o.Register(Slot.Vector(i.Source)), MemorySize.Word)))
            VectorAccess<TOps, V>.EnterMmx(ref o, i);
    }

    [Row(Code.Movq_rm64_xmm, Code.VEX_Vmovq_rm64_xmm, Code.Movq_rm64_mm)]
    public static void DoubleToGeneral(ref TOps o, in X86Operands i)
    {
        if (VectorAccess<TOps, V>.TryBegin(ref o, i) && Access<TOps, V>.TryWrite<Bits64>(ref o, i, o.Register(Slot.Vector(i.Source)))) VectorAccess<TOps, V>.EnterMmx(ref o, i);
    }

    [Row(Code.Movq_xmm_xmmm64, Code.Movq_xmmm64_xmm, Code.VEX_Vmovq_xmm_xmmm64, Code.VEX_Vmovq_xmmm64_xmm, Code.Movq_mm_mmm64, Code.Movq_mmm64_mm)]
    [Row(Mnemonic.Movntq, Mnemonic.Movq2dq, Mnemonic.Movdq2q)]
    public static void MoveLow(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        if (i.Has(OperandTraits.TargetMemory))
        {
            if (VectorAccess<TOps, V>.TryStore(ref o, i, 8, isAligned: false, i.Source)) VectorAccess<TOps, V>.EnterMmx(ref o, i);
        }
        else if (!i.Has(OperandTraits.SourceMemory)) SetLow(ref o, i, o.Register(Slot.Vector(i.Source)));
        else if (Access<TOps, V>.TryLoad(ref o, i, MemorySize.Double, out var value)) SetLow(ref o, i, value);
    }

    [Row(Code.Movss_xmm_xmmm32, Code.Movss_xmmm32_xmm, Code.VEX_Vmovss_xmm_xmm_xmm, Code.VEX_Vmovss_xmm_m32, Code.VEX_Vmovss_xmm_xmm_xmm_0F11, Code.VEX_Vmovss_m32_xmm)]
    public static void MoveSingle(ref TOps o, in X86Operands i) => MoveScalar(ref o, i, MemorySize.Word);

    [Row(Code.Movsd_xmm_xmmm64, Code.Movsd_xmmm64_xmm, Code.VEX_Vmovsd_xmm_xmm_xmm, Code.VEX_Vmovsd_xmm_m64, Code.VEX_Vmovsd_xmm_xmm_xmm_0F11, Code.VEX_Vmovsd_m64_xmm)]
    public static void MoveDouble(ref TOps o, in X86Operands i) => MoveScalar(ref o, i, MemorySize.Double);

    [Row(Mnemonic.Movlps, Mnemonic.Movlpd, Mnemonic.Vmovlps, Mnemonic.Vmovlpd)]
    public static void MoveLowHalf(ref TOps o, in X86Operands i) => MoveHalf(ref o, i, 0);

    [Row(Mnemonic.Movhps, Mnemonic.Movhpd, Mnemonic.Vmovhps, Mnemonic.Vmovhpd)]
    public static void MoveHighHalf(ref TOps o, in X86Operands i) => MoveHalf(ref o, i, 1);

    [Row(Mnemonic.Movlhps, Mnemonic.Vmovlhps)]
    public static void LowToHigh(ref TOps o, in X86Operands i)
    {
        if (VectorAccess<TOps, V>.TryBegin(ref o, i)) Combine(ref o, i, VectorOperation.UnpackLowQ, VectorAccess<TOps, V>.First(i), Last(i), 0);
    }

    [Row(Mnemonic.Movhlps, Mnemonic.Vmovhlps)]
    public static void HighToLow(ref TOps o, in X86Operands i)
    {
        if (VectorAccess<TOps, V>.TryBegin(ref o, i)) Combine(ref o, i, VectorOperation.UnpackHighQ, Last(i), VectorAccess<TOps, V>.First(i), 0);
    }

    [Row(Mnemonic.Pmovmskb, Mnemonic.Vpmovmskb)]
    public static void MaskOfBytes(ref TOps o, in X86Operands i) => Mask(ref o, i, 1);

    [Row(Mnemonic.Movmskps, Mnemonic.Vmovmskps)]
    public static void MaskOfSingles(ref TOps o, in X86Operands i) => Mask(ref o, i, 4);

    [Row(Mnemonic.Movmskpd, Mnemonic.Vmovmskpd)]
    public static void MaskOfDoubles(ref TOps o, in X86Operands i) => Mask(ref o, i, 8);

    [Row(Mnemonic.Pextrb, Mnemonic.Vpextrb)]
    public static void ExtractByte(ref TOps o, in X86Operands i) => Extract<Bits8>(ref o, i);

    [Row(Mnemonic.Pextrw, Mnemonic.Vpextrw)]
    public static void ExtractHalf(ref TOps o, in X86Operands i) => Extract<Bits16>(ref o, i);

    [Row(Mnemonic.Pextrd, Mnemonic.Vpextrd, Mnemonic.Extractps, Mnemonic.Vextractps)]
    public static void ExtractWord(ref TOps o, in X86Operands i) => Extract<Bits32>(ref o, i);

    [Row(Mnemonic.Pextrq, Mnemonic.Vpextrq)]
    public static void ExtractDouble(ref TOps o, in X86Operands i) => Extract<Bits64>(ref o, i);

    [Row(Mnemonic.Pinsrb, Mnemonic.Vpinsrb)]
    public static void InsertByte(ref TOps o, in X86Operands i) => Insert<Bits8>(ref o, i);

    [Row(Mnemonic.Pinsrw, Mnemonic.Vpinsrw)]
    public static void InsertHalf(ref TOps o, in X86Operands i) => Insert<Bits16>(ref o, i);

    [Row(Mnemonic.Pinsrd, Mnemonic.Vpinsrd)]
    public static void InsertWord(ref TOps o, in X86Operands i) => Insert<Bits32>(ref o, i);

    [Row(Mnemonic.Pinsrq, Mnemonic.Vpinsrq)]
    public static void InsertDouble(ref TOps o, in X86Operands i) => Insert<Bits64>(ref o, i);

    /// <summary>ZF: no bit is set in both; CF: none of the second is clear in the first.</summary>
    [Row(Mnemonic.Ptest, Mnemonic.Vptest)]
    public static void Test(ref TOps o, in X86Operands i) => Test(ref o, i, ulong.MaxValue);

    [Row(Mnemonic.Vtestps)]
    public static void TestSingles(ref TOps o, in X86Operands i) => Test(ref o, i, 0x8000000080000000);

    [Row(Mnemonic.Vtestpd)]
    public static void TestDoubles(ref TOps o, in X86Operands i) => Test(ref o, i, 1ul << 63);

    [Row(Mnemonic.Movnti)]
    public static void StoreGeneral<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth =>
        Access<TOps, V>.TryWrite<TWidth>(ref o, i, Access<TOps, V>.Get<TWidth>(ref o, i.Source));

    [Row(Mnemonic.Emms)]
    public static void LeaveMmx(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBeginMmx(ref o)) return;
        VectorAccess<TOps, V>.EnterMmx(ref o);
        o.SetRegister(Slot.X87Used, o.Constant(0));
    }

    private static void Test(ref TOps o, in X86Operands i, ulong bits)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TrySource(ref o, i, i.Width, out var b)) return;
        V both = o.Constant(0), outside = o.Constant(0);
        for (var part = 0; part < i.Width / 8; part++)
        {
            V x = o.Register(Slot.Vector(i.Target, part)), y = o.And(o.Register(Slot.Vector(b, part)), o.Constant(bits));
            both = o.Or(both, o.And(x, y));
            outside = o.Or(outside, o.And(o.Xor(x, o.Constant(ulong.MaxValue)), y));
        }
        var zero = o.ShiftLeft(o.Compare(Relation.Equal, both, o.Constant(0)), o.Constant(6));
        FlagBits<TOps, V>.Set(ref o, o.Or(zero, o.Compare(Relation.Equal, outside, o.Constant(0))));
    }

    [Row(Mnemonic.Vzeroupper)]
    public static void ClearUpper(ref TOps o, in X86Operands i) => ClearRegisters(ref o, i, 2);

    [Row(Mnemonic.Vzeroall)]
    public static void ClearAll(ref TOps o, in X86Operands i) => ClearRegisters(ref o, i, 0);

    private static void Move(ref TOps o, in X86Operands i, bool isAligned)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        if (i.Has(OperandTraits.TargetMemory))
        {
            VectorAccess<TOps, V>.TryStore(ref o, i, i.Width, isAligned, i.Source);
            return;
        }
        if (!i.Has(OperandTraits.SourceMemory)) o.CopyVector(i.Width, i.Target, i.Source);
        else if (!VectorAccess<TOps, V>.TryLoad(ref o, i, i.Width, isAligned, i.Target)) return;
        VectorAccess<TOps, V>.Complete(ref o, i);
    }

    /// <summary>From memory the rest becomes 0; from a register it stays, or is another operand's.</summary>
    private static void MoveScalar(ref TOps o, in X86Operands i, MemorySize size)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        if (i.Has(OperandTraits.TargetMemory))
        {
            VectorAccess<TOps, V>.TryStore(ref o, i, (int)size, isAligned: false, i.Source);
            return;
        }
        if (i.Has(OperandTraits.SourceMemory))
        {
            if (VectorAccess<TOps, V>.TryLoad(ref o, i, (int)size, isAligned: false, i.Target)) VectorAccess<TOps, V>.Complete(ref o, i, 16);
            return;
        }
        Combine(ref o, i, size == MemorySize.Word ? VectorOperation.BlendD : VectorOperation.BlendQ, VectorAccess<TOps, V>.First(i), Last(i), OnlyLowest);
    }

    private static void MoveHalf(ref TOps o, in X86Operands i, int half)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        if (i.Has(OperandTraits.TargetMemory))
        {
            int source = i.Source;
            if (half == 1)
            {
                source = Slot.Scratch;
                o.TryVector(VectorOperation.UnpackHighQ, 16, source, i.Source, i.Source, 0);
            }
            VectorAccess<TOps, V>.TryStore(ref o, i, 8, isAligned: false, source);
            return;
        }
        if (!VectorAccess<TOps, V>.TryLoad(ref o, i, 8, isAligned: false, Slot.Scratch)) return;
        Combine(ref o, i, half == 0 ? VectorOperation.BlendQ : VectorOperation.UnpackLowQ, VectorAccess<TOps, V>.First(i), Slot.Scratch, OnlyLowest);
    }

    /// <summary>Parts of two registers.</summary>
    private static void Combine(ref TOps o, in X86Operands i, VectorOperation operation, int a, int b, int control)
    {
        if (o.TryVector(operation, 16, i.Target, a, b, control)) VectorAccess<TOps, V>.Complete(ref o, i, 16);
    }

    private static int Last(in X86Operands i) => i.Has(OperandTraits.Vex) ? i.Third : i.Source;

    private static void Mask(ref TOps o, in X86Operands i, ulong laneBytes)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var argument = o.Constant(i.Source | ((ulong)i.SourceWidth << 8));
        o.SetRegister(i.Target, o.Call(new Helper("mask", &VectorHelpers.Mask), argument, o.Constant(laneBytes)));
        VectorAccess<TOps, V>.EnterMmx(ref o, i);
    }

    private static void Extract<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var value = Lane<TWidth>(ref o, i.Source, i.Immediate & (i.Has(OperandTraits.Mmx) ? 3u : ulong.MaxValue));
        if (i.Has(OperandTraits.TargetMemory)) Access<TOps, V>.TryWrite<TWidth>(ref o, i, value);
        else o.SetRegister(i.Target, value);
        VectorAccess<TOps, V>.EnterMmx(ref o, i);
    }

    private static void Insert<TWidth>(ref TOps o, in X86Operands i) where TWidth : struct, IWidth
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        V value;
        if (!i.Has(OperandTraits.SourceMemory)) value = o.ZeroExtend(o.Register(i.Has(OperandTraits.Vex) ? i.Third : i.Source), TWidth.Size);
        else if (!Access<TOps, V>.TryLoad(ref o, i, TWidth.Size, out value)) return;
        var bit = (i.Immediate * (ulong)Access<TOps, V>.Bits<TWidth>()) & (i.Has(OperandTraits.Mmx) ? 63u : 127);
        var first = VectorAccess<TOps, V>.First(i);
        V low = o.Register(Slot.Vector(first)), high = o.Register(Slot.Vector(first, 1));
        var keep = o.Constant(~(Access<TOps, V>.Mask<TWidth>() << (int)(bit & 63)));
        var placed = o.ShiftLeft(value, o.Constant(bit & 63));
        SetPair(ref o, i, bit < 64 ? o.Or(o.And(low, keep), placed) : low, bit < 64 ? high : o.Or(o.And(high, keep), placed));
    }

    private static V Lane<TWidth>(ref TOps o, int register, ulong number) where TWidth : struct, IWidth
    {
        var bit = (number * (ulong)Access<TOps, V>.Bits<TWidth>()) & 127;
        return o.ZeroExtend(o.ShiftRight(o.Register(Slot.Vector(register, (int)bit / 64)), o.Constant(bit & 63)), TWidth.Size);
    }

    private static void SetLow(ref TOps o, in X86Operands i, V value) => SetPair(ref o, i, value, o.Constant(0));

    private static void SetPair(ref TOps o, in X86Operands i, V low, V high)
    {
        o.SetRegister(Slot.Vector(i.Target), low);
        o.SetRegister(Slot.Vector(i.Target, 1), high);
        VectorAccess<TOps, V>.Complete(ref o, i, 16);
    }

    private static void ClearRegisters(ref TOps o, in X86Operands i, int firstPart)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        for (var register = 0; register < (i.Has(OperandTraits.Long) ? 16 : 8); register++)
        {
            for (var part = firstPart; part < Slot.VectorSlots; part++) o.SetRegister(Slot.Vector(register, part), o.Constant(0));
        }
    }
}
