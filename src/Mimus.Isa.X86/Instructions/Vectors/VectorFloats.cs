using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Floating-point instructions on vectors, by their forms: one row for each operation.</summary>
public static unsafe class VectorFloats<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    /// <summary>All lanes, of two operands.</summary>
    [Row(VectorOperation.AddSingles, Mnemonic.Addps, Mnemonic.Vaddps)]
    [Row(VectorOperation.AddDoubles, Mnemonic.Addpd, Mnemonic.Vaddpd)]
    [Row(VectorOperation.SubtractSingles, Mnemonic.Subps, Mnemonic.Vsubps)]
    [Row(VectorOperation.SubtractDoubles, Mnemonic.Subpd, Mnemonic.Vsubpd)]
    [Row(VectorOperation.MultiplySingles, Mnemonic.Mulps, Mnemonic.Vmulps)]
    [Row(VectorOperation.MultiplyDoubles, Mnemonic.Mulpd, Mnemonic.Vmulpd)]
    [Row(VectorOperation.DivideSingles, Mnemonic.Divps, Mnemonic.Vdivps)]
    [Row(VectorOperation.DivideDoubles, Mnemonic.Divpd, Mnemonic.Vdivpd)]
    [Row(VectorOperation.MinimumSingles, Mnemonic.Minps, Mnemonic.Vminps)]
    [Row(VectorOperation.MinimumDoubles, Mnemonic.Minpd, Mnemonic.Vminpd)]
    [Row(VectorOperation.MaximumSingles, Mnemonic.Maxps, Mnemonic.Vmaxps)]
    [Row(VectorOperation.MaximumDoubles, Mnemonic.Maxpd, Mnemonic.Vmaxpd)]
    [Row(VectorOperation.CompareSingles, Mnemonic.Cmpps, Mnemonic.Vcmpps)]
    [Row(VectorOperation.CompareDoubles, Mnemonic.Cmppd, Mnemonic.Vcmppd)]
    [Row(VectorOperation.HorizontalAddSingles, Mnemonic.Haddps, Mnemonic.Vhaddps)]
    [Row(VectorOperation.HorizontalAddDoubles, Mnemonic.Haddpd, Mnemonic.Vhaddpd)]
    [Row(VectorOperation.HorizontalSubSingles, Mnemonic.Hsubps, Mnemonic.Vhsubps)]
    [Row(VectorOperation.HorizontalSubDoubles, Mnemonic.Hsubpd, Mnemonic.Vhsubpd)]
    [Row(VectorOperation.AlternateSingles, Mnemonic.Addsubps, Mnemonic.Vaddsubps)]
    [Row(VectorOperation.AlternateDoubles, Mnemonic.Addsubpd, Mnemonic.Vaddsubpd)]
    [Row(VectorOperation.DotProductSingles, Mnemonic.Dpps, Mnemonic.Vdpps)]
    [Row(VectorOperation.DotProductDoubles, Mnemonic.Dppd, Mnemonic.Vdppd)]
    public static void Packed(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TryLast(ref o, i, i.Width, out var b)) return;
        Finish(ref o, i, VectorAccess<TOps, V>.First(i), b);
    }

    /// <summary>All lanes, of one operand.</summary>
    [Row(VectorOperation.SquareRootSingles, Mnemonic.Sqrtps, Mnemonic.Vsqrtps)]
    [Row(VectorOperation.SquareRootDoubles, Mnemonic.Sqrtpd, Mnemonic.Vsqrtpd)]
    [Row(VectorOperation.RoundSingles, Mnemonic.Roundps, Mnemonic.Vroundps)]
    [Row(VectorOperation.RoundDoubles, Mnemonic.Roundpd, Mnemonic.Vroundpd)]
    [Row(VectorOperation.IntegersToSingles, Mnemonic.Cvtdq2ps, Mnemonic.Vcvtdq2ps)]
    [Row(VectorOperation.SinglesToIntegers, Mnemonic.Cvtps2dq, Mnemonic.Vcvtps2dq)]
    [Row(VectorOperation.SinglesToIntegersTruncated, Mnemonic.Cvttps2dq, Mnemonic.Vcvttps2dq)]
    [Row(VectorOperation.ReciprocalSingles, Mnemonic.Rcpps, Mnemonic.Vrcpps)]
    [Row(VectorOperation.ReciprocalRootSingles, Mnemonic.Rsqrtps, Mnemonic.Vrsqrtps)]
    public static void PackedUnary(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TrySource(ref o, i, i.Width, out var b)) return;
        Finish(ref o, i, b, b);
    }

    /// <summary>The lowest lane; the others are the first operand's.</summary>
    [Row(VectorOperation.AddSingle, Mnemonic.Addss, Mnemonic.Vaddss)]
    [Row(VectorOperation.AddDouble, Mnemonic.Addsd, Mnemonic.Vaddsd)]
    [Row(VectorOperation.SubtractSingle, Mnemonic.Subss, Mnemonic.Vsubss)]
    [Row(VectorOperation.SubtractDouble, Mnemonic.Subsd, Mnemonic.Vsubsd)]
    [Row(VectorOperation.MultiplySingle, Mnemonic.Mulss, Mnemonic.Vmulss)]
    [Row(VectorOperation.MultiplyDouble, Mnemonic.Mulsd, Mnemonic.Vmulsd)]
    [Row(VectorOperation.DivideSingle, Mnemonic.Divss, Mnemonic.Vdivss)]
    [Row(VectorOperation.DivideDouble, Mnemonic.Divsd, Mnemonic.Vdivsd)]
    [Row(VectorOperation.MinimumSingle, Mnemonic.Minss, Mnemonic.Vminss)]
    [Row(VectorOperation.MinimumDouble, Mnemonic.Minsd, Mnemonic.Vminsd)]
    [Row(VectorOperation.MaximumSingle, Mnemonic.Maxss, Mnemonic.Vmaxss)]
    [Row(VectorOperation.MaximumDouble, Mnemonic.Maxsd, Mnemonic.Vmaxsd)]
    [Row(VectorOperation.SquareRootSingle, Mnemonic.Sqrtss, Mnemonic.Vsqrtss)]
    [Row(VectorOperation.SquareRootDouble, Mnemonic.Sqrtsd, Mnemonic.Vsqrtsd)]
    [Row(VectorOperation.CompareSingle, Mnemonic.Cmpss, Mnemonic.Vcmpss)]
    [Row(VectorOperation.CompareDouble, Code.Cmpsd_xmm_xmmm64_imm8, Code.VEX_Vcmpsd_xmm_xmm_xmmm64_imm8)]
    [Row(VectorOperation.RoundSingle, Mnemonic.Roundss, Mnemonic.Vroundss)]
    [Row(VectorOperation.RoundDouble, Mnemonic.Roundsd, Mnemonic.Vroundsd)]
    [Row(VectorOperation.SingleToDouble, Mnemonic.Cvtss2sd, Mnemonic.Vcvtss2sd)]
    [Row(VectorOperation.DoubleToSingle, Mnemonic.Cvtsd2ss, Mnemonic.Vcvtsd2ss)]
    [Row(VectorOperation.ReciprocalSingle, Mnemonic.Rcpss, Mnemonic.Vrcpss)]
    [Row(VectorOperation.ReciprocalRootSingle, Mnemonic.Rsqrtss, Mnemonic.Vrsqrtss)]
    public static void Scalar(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        int b = i.Has(OperandTraits.Vex) ? i.Third : i.Source;
        if (i.Has(OperandTraits.SourceMemory) && !VectorAccess<TOps, V>.TryLoad(ref o, i, i.SourceWidth, isAligned: false, out b)) return;
        Finish(ref o, i, VectorAccess<TOps, V>.First(i), b);
    }

    /// <summary>Lanes that double their width: half a source.</summary>
    [Row(VectorOperation.SinglesToDoubles, Mnemonic.Cvtps2pd, Mnemonic.Vcvtps2pd)]
    [Row(VectorOperation.IntegersToDoubles, Mnemonic.Cvtdq2pd, Mnemonic.Vcvtdq2pd)]
    [Row(VectorOperation.HalvesToSingles, Mnemonic.Vcvtph2ps)]
    public static void Widen(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        int b = i.Source;
        if (i.Has(OperandTraits.SourceMemory) && !VectorAccess<TOps, V>.TryLoad(ref o, i, i.Width / 2, isAligned: false, out b)) return;
        Finish(ref o, i, b, b);
    }

    /// <summary>Lanes that halve their width: the source says how many there are.</summary>
    [Row(VectorOperation.DoublesToSingles, Mnemonic.Cvtpd2ps, Mnemonic.Vcvtpd2ps)]
    [Row(VectorOperation.DoublesToIntegers, Mnemonic.Cvtpd2dq, Mnemonic.Vcvtpd2dq)]
    [Row(VectorOperation.DoublesToIntegersTruncated, Mnemonic.Cvttpd2dq, Mnemonic.Vcvttpd2dq)]
    public static void Narrow(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TrySource(ref o, i, i.SourceWidth, out var b)) return;
        if (!o.TryVector((VectorOperation)i.Operation, i.SourceWidth, Slot.Scratch, b, b, 0)) return;
        for (var part = 0; part < 2; part++) o.SetRegister(Slot.Vector(i.Target, part), o.Register(Slot.Vector(Slot.Scratch, part)));
        VectorAccess<TOps, V>.Complete(ref o, i, 16);
    }

    /// <summary>To 16 bits, in a register or in memory.</summary>
    [Row(Mnemonic.Vcvtps2ph)]
    public static void ToHalves(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var bytes = i.LastWidth / 2;
        V address = default;
        var isStore = i.Has(OperandTraits.TargetMemory);
        if (isStore && (!Access<TOps, V>.TryAddress(ref o, i, bytes, forWriting: true, out address) || !o.TryProbeWrite(address, bytes))) return;
        if (!o.TryVector(VectorOperation.SinglesToHalves, i.LastWidth, Slot.Scratch, i.Source, i.Source, (byte)i.Immediate)) return;
        if (isStore)
        {
            o.TryStoreVector(address, bytes, Slot.Scratch);
            return;
        }
        o.SetRegister(Slot.Vector(i.Target), o.Register(Slot.Vector(Slot.Scratch)));
        o.SetRegister(Slot.Vector(i.Target, 1), bytes == 16 ? o.Register(Slot.Vector(Slot.Scratch, 1)) : o.Constant(0));
        VectorAccess<TOps, V>.Complete(ref o, i, 16);
    }

    /// <summary>Two lanes, between an MMX register and the lower half of a vector register.</summary>
    [Row(VectorOperation.IntegersToSingles, Mnemonic.Cvtpi2ps)]
    [Row(VectorOperation.SinglesToIntegers, Mnemonic.Cvtps2pi)]
    [Row(VectorOperation.SinglesToIntegersTruncated, Mnemonic.Cvttps2pi)]
    public static void PairOfSingles(ref TOps o, in X86Operands i) => Pair(ref o, i, 8, 8);

    [Row(VectorOperation.IntegersToDoubles, Mnemonic.Cvtpi2pd)]
    public static void PairToDoubles(ref TOps o, in X86Operands i) => Pair(ref o, i, 16, 8);

    [Row(VectorOperation.DoublesToIntegers, Mnemonic.Cvtpd2pi)]
    [Row(VectorOperation.DoublesToIntegersTruncated, Mnemonic.Cvttpd2pi)]
    public static void PairOfDoubles(ref TOps o, in X86Operands i) => Pair(ref o, i, 16, 16);

    [Row(Mnemonic.Cvtsi2ss, Mnemonic.Vcvtsi2ss)]
    public static void IntegerToSingle(ref TOps o, in X86Operands i) => FromInteger(ref o, i, new Helper("cvtsi2ss", &FloatHelpers.IntegerToSingle), isSingle: true);

    [Row(Mnemonic.Cvtsi2sd, Mnemonic.Vcvtsi2sd)]
    public static void IntegerToDouble(ref TOps o, in X86Operands i) => FromInteger(ref o, i, new Helper("cvtsi2sd", &FloatHelpers.IntegerToDouble), isSingle: false);

    [Row(Mnemonic.Cvtss2si, Mnemonic.Vcvtss2si)]
    public static void SingleToInteger(ref TOps o, in X86Operands i) => ToInteger(ref o, i, 4, new Helper("cvtss2si", &FloatHelpers.SingleToInteger), truncates: 0);

    [Row(Mnemonic.Cvttss2si, Mnemonic.Vcvttss2si)]
    public static void SingleToIntegerTruncated(ref TOps o, in X86Operands i) => ToInteger(ref o, i, 4, new Helper("cvtss2si", &FloatHelpers.SingleToInteger), truncates: 1);

    [Row(Mnemonic.Cvtsd2si, Mnemonic.Vcvtsd2si)]
    public static void DoubleToInteger(ref TOps o, in X86Operands i) => ToInteger(ref o, i, 8, new Helper("cvtsd2si", &FloatHelpers.DoubleToInteger), truncates: 0);

    [Row(Mnemonic.Cvttsd2si, Mnemonic.Vcvttsd2si)]
    public static void DoubleToIntegerTruncated(ref TOps o, in X86Operands i) => ToInteger(ref o, i, 8, new Helper("cvtsd2si", &FloatHelpers.DoubleToInteger), truncates: 1);

    [Row(Mnemonic.Ucomiss, Mnemonic.Vucomiss)]
    public static void CompareSingle(ref TOps o, in X86Operands i) => CompareToFlags(ref o, i, MemorySize.Word, new Helper("ucomiss", &FloatHelpers.CompareSingle));

    [Row(Mnemonic.Comiss, Mnemonic.Vcomiss)]
    public static void CompareSingleOrdered(ref TOps o, in X86Operands i) => CompareToFlags(ref o, i, MemorySize.Word, new Helper("comiss", &FloatHelpers.CompareSingleOrdered));

    [Row(Mnemonic.Ucomisd, Mnemonic.Vucomisd)]
    public static void CompareDouble(ref TOps o, in X86Operands i) => CompareToFlags(ref o, i, MemorySize.Double, new Helper("ucomisd", &FloatHelpers.CompareDouble));

    [Row(Mnemonic.Comisd, Mnemonic.Vcomisd)]
    public static void CompareDoubleOrdered(ref TOps o, in X86Operands i) => CompareToFlags(ref o, i, MemorySize.Double, new Helper("comisd", &FloatHelpers.CompareDoubleOrdered));

    [Row(Mnemonic.Ldmxcsr, Mnemonic.Vldmxcsr)]
    public static void LoadControl(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !Access<TOps, V>.TryLoad(ref o, i, MemorySize.Word, out var value)) return;
        if (o.TrapIf(o.ShiftRight(value, o.Constant(16)), Fault.GeneralProtection, o.Constant(0))) return;
        if (o.TryCall(new Helper("ldmxcsr", &FloatHelpers.SetControl), value, default, out _)) o.EndBlock();
    }

    [Row(Mnemonic.Stmxcsr, Mnemonic.Vstmxcsr)]
    public static void StoreControl(ref TOps o, in X86Operands i)
    {
        if (VectorAccess<TOps, V>.TryBegin(ref o, i)) Access<TOps, V>.TryWrite<Bits32>(ref o, i, o.Call(new Helper("stmxcsr", &FloatHelpers.ReadControl), o.Constant(0), o.Constant(0)));
    }

    private static void Finish(ref TOps o, in X86Operands i, int a, int b)
    {
        // Without VEX there are eight predicates of comparisons.
        var isCompare = (VectorOperation)i.Operation is >= VectorOperation.CompareSingles and <= VectorOperation.CompareDouble;
        var control = (byte)i.Immediate & (!isCompare ? 0xff : i.Has(OperandTraits.Vex) ? 31 : 7);
        if (o.TryVector((VectorOperation)i.Operation, i.Width, i.Target, a, b, control)) VectorAccess<TOps, V>.Complete(ref o, i);
    }

    private static void Pair(ref TOps o, in X86Operands i, int bytes, int sourceBytes)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TryBeginSse(ref o, X86.Vectors.Sse)) return;
        if (!VectorAccess<TOps, V>.TrySource(ref o, i, sourceBytes, out var b)) return;
        if (o.TryVector((VectorOperation)i.Operation, bytes, i.Target, b, b, 0)) VectorAccess<TOps, V>.Complete(ref o, i);
    }

    private static void FromInteger(ref TOps o, in X86Operands i, in Helper helper, bool isSingle)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        V value;
        if (!i.Has(OperandTraits.SourceMemory)) value = Access<TOps, V>.Get(ref o, IntegerWidth(i), i.Has(OperandTraits.Vex) ? i.Third : i.Source);
        else if (!Access<TOps, V>.TryLoad(ref o, i, (MemorySize)i.SourceWidth, out value)) return;
        if (IntegerWidth(i) == 4) value = o.SignExtend(value, MemorySize.Word);
        var first = VectorAccess<TOps, V>.First(i);
        var low = o.Register(Slot.Vector(first));
        if (!o.TryCall(helper, value, default, out var number)) return;
        if (isSingle) number = o.Or(o.And(low, o.Constant(0xffffffff00000000)), number);
        o.SetRegister(Slot.Vector(i.Target, 1), o.Register(Slot.Vector(first, 1)));
        o.SetRegister(Slot.Vector(i.Target), number);
        VectorAccess<TOps, V>.Complete(ref o, i, 16);
    }

    /// <summary>The width of the integer that is converted: of the memory, or of the last register.</summary>
    private static int IntegerWidth(in X86Operands i) => i.Has(OperandTraits.SourceMemory) ? i.SourceWidth : i.LastWidth;

    private static void ToInteger(ref TOps o, in X86Operands i, int bytes, in Helper helper, ulong truncates)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var value = o.Register(Slot.Vector(i.Source));
        if (i.Has(OperandTraits.SourceMemory) && !Access<TOps, V>.TryLoad(ref o, i, (MemorySize)bytes, out value)) return;
        if (!o.TryCall(helper, o.ZeroExtend(value, (MemorySize)bytes), o.Constant(truncates | (i.Width == 8 ? 2u : 0)), out var result)) return;
        o.SetRegister(i.Target, result);
    }

    private static void CompareToFlags(ref TOps o, in X86Operands i, MemorySize size, in Helper helper)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        var b = o.ZeroExtend(o.Register(Slot.Vector(i.Source)), size);
        if (i.Has(OperandTraits.SourceMemory) && !Access<TOps, V>.TryLoad(ref o, i, size, out b)) return;
        if (o.TryCall(helper, o.ZeroExtend(o.Register(Slot.Vector(i.Target)), size), b, out var flags)) FlagBits<TOps, V>.Set(ref o, flags);
    }
}
