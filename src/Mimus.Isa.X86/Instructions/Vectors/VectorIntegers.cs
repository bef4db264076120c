using Iced.Intel;

namespace Mimus.Isa.X86.Instructions;

/// <summary>Vector instructions on integers, by their forms: one row for each operation. A name with V in front is the form with three operands.</summary>
public static class VectorIntegers<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    /// <summary>Of two operands, perhaps with a control.</summary>
    [Row(VectorOperation.AddB, Mnemonic.Paddb, Mnemonic.Vpaddb)]
    [Row(VectorOperation.AddW, Mnemonic.Paddw, Mnemonic.Vpaddw)]
    [Row(VectorOperation.AddD, Mnemonic.Paddd, Mnemonic.Vpaddd)]
    [Row(VectorOperation.AddQ, Mnemonic.Paddq, Mnemonic.Vpaddq)]
    [Row(VectorOperation.SubB, Mnemonic.Psubb, Mnemonic.Vpsubb)]
    [Row(VectorOperation.SubW, Mnemonic.Psubw, Mnemonic.Vpsubw)]
    [Row(VectorOperation.SubD, Mnemonic.Psubd, Mnemonic.Vpsubd)]
    [Row(VectorOperation.SubQ, Mnemonic.Psubq, Mnemonic.Vpsubq)]
    [Row(VectorOperation.AddSaturateSB, Mnemonic.Paddsb, Mnemonic.Vpaddsb)]
    [Row(VectorOperation.AddSaturateSW, Mnemonic.Paddsw, Mnemonic.Vpaddsw)]
    [Row(VectorOperation.AddSaturateUB, Mnemonic.Paddusb, Mnemonic.Vpaddusb)]
    [Row(VectorOperation.AddSaturateUW, Mnemonic.Paddusw, Mnemonic.Vpaddusw)]
    [Row(VectorOperation.SubSaturateSB, Mnemonic.Psubsb, Mnemonic.Vpsubsb)]
    [Row(VectorOperation.SubSaturateSW, Mnemonic.Psubsw, Mnemonic.Vpsubsw)]
    [Row(VectorOperation.SubSaturateUB, Mnemonic.Psubusb, Mnemonic.Vpsubusb)]
    [Row(VectorOperation.SubSaturateUW, Mnemonic.Psubusw, Mnemonic.Vpsubusw)]
    [Row(VectorOperation.MultiplyLowW, Mnemonic.Pmullw, Mnemonic.Vpmullw)]
    [Row(VectorOperation.MultiplyLowD, Mnemonic.Pmulld, Mnemonic.Vpmulld)]
    [Row(VectorOperation.MultiplyHighW, Mnemonic.Pmulhw, Mnemonic.Vpmulhw)]
    [Row(VectorOperation.MultiplyHighUW, Mnemonic.Pmulhuw, Mnemonic.Vpmulhuw)]
    [Row(VectorOperation.MultiplyHighRoundW, Mnemonic.Pmulhrsw, Mnemonic.Vpmulhrsw)]
    [Row(VectorOperation.MultiplyUD, Mnemonic.Pmuludq, Mnemonic.Vpmuludq)]
    [Row(VectorOperation.MultiplySD, Mnemonic.Pmuldq, Mnemonic.Vpmuldq)]
    [Row(VectorOperation.MultiplyAddW, Mnemonic.Pmaddwd, Mnemonic.Vpmaddwd)]
    [Row(VectorOperation.MultiplyAddB, Mnemonic.Pmaddubsw, Mnemonic.Vpmaddubsw)]
    [Row(VectorOperation.AverageB, Mnemonic.Pavgb, Mnemonic.Vpavgb)]
    [Row(VectorOperation.AverageW, Mnemonic.Pavgw, Mnemonic.Vpavgw)]
    [Row(VectorOperation.SumOfDifferences, Mnemonic.Psadbw, Mnemonic.Vpsadbw)]
    [Row(VectorOperation.MinimumUB, Mnemonic.Pminub, Mnemonic.Vpminub)]
    [Row(VectorOperation.MaximumUB, Mnemonic.Pmaxub, Mnemonic.Vpmaxub)]
    [Row(VectorOperation.MinimumSB, Mnemonic.Pminsb, Mnemonic.Vpminsb)]
    [Row(VectorOperation.MaximumSB, Mnemonic.Pmaxsb, Mnemonic.Vpmaxsb)]
    [Row(VectorOperation.MinimumUW, Mnemonic.Pminuw, Mnemonic.Vpminuw)]
    [Row(VectorOperation.MaximumUW, Mnemonic.Pmaxuw, Mnemonic.Vpmaxuw)]
    [Row(VectorOperation.MinimumSW, Mnemonic.Pminsw, Mnemonic.Vpminsw)]
    [Row(VectorOperation.MaximumSW, Mnemonic.Pmaxsw, Mnemonic.Vpmaxsw)]
    [Row(VectorOperation.MinimumUD, Mnemonic.Pminud, Mnemonic.Vpminud)]
    [Row(VectorOperation.MaximumUD, Mnemonic.Pmaxud, Mnemonic.Vpmaxud)]
    [Row(VectorOperation.MinimumSD, Mnemonic.Pminsd, Mnemonic.Vpminsd)]
    [Row(VectorOperation.MaximumSD, Mnemonic.Pmaxsd, Mnemonic.Vpmaxsd)]
    [Row(VectorOperation.And, Mnemonic.Pand, Mnemonic.Vpand, Mnemonic.Andps, Mnemonic.Vandps, Mnemonic.Andpd, Mnemonic.Vandpd)]
    [Row(VectorOperation.AndNot, Mnemonic.Pandn, Mnemonic.Vpandn, Mnemonic.Andnps, Mnemonic.Vandnps, Mnemonic.Andnpd, Mnemonic.Vandnpd)]
    [Row(VectorOperation.Or, Mnemonic.Por, Mnemonic.Vpor, Mnemonic.Orps, Mnemonic.Vorps, Mnemonic.Orpd, Mnemonic.Vorpd)]
    [Row(VectorOperation.Xor, Mnemonic.Pxor, Mnemonic.Vpxor, Mnemonic.Xorps, Mnemonic.Vxorps, Mnemonic.Xorpd, Mnemonic.Vxorpd)]
    [Row(VectorOperation.EqualB, Mnemonic.Pcmpeqb, Mnemonic.Vpcmpeqb)]
    [Row(VectorOperation.EqualW, Mnemonic.Pcmpeqw, Mnemonic.Vpcmpeqw)]
    [Row(VectorOperation.EqualD, Mnemonic.Pcmpeqd, Mnemonic.Vpcmpeqd)]
    [Row(VectorOperation.EqualQ, Mnemonic.Pcmpeqq, Mnemonic.Vpcmpeqq)]
    [Row(VectorOperation.GreaterB, Mnemonic.Pcmpgtb, Mnemonic.Vpcmpgtb)]
    [Row(VectorOperation.GreaterW, Mnemonic.Pcmpgtw, Mnemonic.Vpcmpgtw)]
    [Row(VectorOperation.GreaterD, Mnemonic.Pcmpgtd, Mnemonic.Vpcmpgtd)]
    [Row(VectorOperation.GreaterQ, Mnemonic.Pcmpgtq, Mnemonic.Vpcmpgtq)]
    [Row(VectorOperation.UnpackLowB, Mnemonic.Punpcklbw, Mnemonic.Vpunpcklbw)]
    [Row(VectorOperation.UnpackLowW, Mnemonic.Punpcklwd, Mnemonic.Vpunpcklwd)]
    [Row(VectorOperation.UnpackLowD, Mnemonic.Punpckldq, Mnemonic.Vpunpckldq, Mnemonic.Unpcklps, Mnemonic.Vunpcklps)]
    [Row(VectorOperation.UnpackLowQ, Mnemonic.Punpcklqdq, Mnemonic.Vpunpcklqdq, Mnemonic.Unpcklpd, Mnemonic.Vunpcklpd)]
    [Row(VectorOperation.UnpackHighB, Mnemonic.Punpckhbw, Mnemonic.Vpunpckhbw)]
    [Row(VectorOperation.UnpackHighW, Mnemonic.Punpckhwd, Mnemonic.Vpunpckhwd)]
    [Row(VectorOperation.UnpackHighD, Mnemonic.Punpckhdq, Mnemonic.Vpunpckhdq, Mnemonic.Unpckhps, Mnemonic.Vunpckhps)]
    [Row(VectorOperation.UnpackHighQ, Mnemonic.Punpckhqdq, Mnemonic.Vpunpckhqdq, Mnemonic.Unpckhpd, Mnemonic.Vunpckhpd)]
    [Row(VectorOperation.PackSignedW, Mnemonic.Packsswb, Mnemonic.Vpacksswb)]
    [Row(VectorOperation.PackUnsignedW, Mnemonic.Packuswb, Mnemonic.Vpackuswb)]
    [Row(VectorOperation.PackSignedD, Mnemonic.Packssdw, Mnemonic.Vpackssdw)]
    [Row(VectorOperation.PackUnsignedD, Mnemonic.Packusdw, Mnemonic.Vpackusdw)]
    [Row(VectorOperation.ShuffleB, Mnemonic.Pshufb, Mnemonic.Vpshufb)]
    [Row(VectorOperation.SignB, Mnemonic.Psignb, Mnemonic.Vpsignb)]
    [Row(VectorOperation.SignW, Mnemonic.Psignw, Mnemonic.Vpsignw)]
    [Row(VectorOperation.SignD, Mnemonic.Psignd, Mnemonic.Vpsignd)]
    [Row(VectorOperation.HorizontalAddW, Mnemonic.Phaddw, Mnemonic.Vphaddw)]
    [Row(VectorOperation.HorizontalAddD, Mnemonic.Phaddd, Mnemonic.Vphaddd)]
    [Row(VectorOperation.HorizontalAddSaturateW, Mnemonic.Phaddsw, Mnemonic.Vphaddsw)]
    [Row(VectorOperation.HorizontalSubW, Mnemonic.Phsubw, Mnemonic.Vphsubw)]
    [Row(VectorOperation.HorizontalSubD, Mnemonic.Phsubd, Mnemonic.Vphsubd)]
    [Row(VectorOperation.HorizontalSubSaturateW, Mnemonic.Phsubsw, Mnemonic.Vphsubsw)]
    [Row(VectorOperation.VariableShiftLeftD, Mnemonic.Vpsllvd)]
    [Row(VectorOperation.VariableShiftLeftQ, Mnemonic.Vpsllvq)]
    [Row(VectorOperation.VariableShiftRightD, Mnemonic.Vpsrlvd)]
    [Row(VectorOperation.VariableShiftRightQ, Mnemonic.Vpsrlvq)]
    [Row(VectorOperation.VariableShiftRightSignedD, Mnemonic.Vpsravd)]
    [Row(VectorOperation.AlignRight, Mnemonic.Palignr, Mnemonic.Vpalignr)]
    [Row(VectorOperation.ShuffleSingles, Mnemonic.Shufps, Mnemonic.Vshufps)]
    [Row(VectorOperation.BlendW, Mnemonic.Pblendw, Mnemonic.Vpblendw)]
    [Row(VectorOperation.BlendD, Mnemonic.Blendps, Mnemonic.Vblendps, Mnemonic.Vpblendd)]
    [Row(VectorOperation.BlendQ, Mnemonic.Blendpd, Mnemonic.Vblendpd)]
    [Row(VectorOperation.MultipleSums, Mnemonic.Mpsadbw, Mnemonic.Vmpsadbw)]
    [Row(VectorOperation.CarrylessMultiply, Mnemonic.Pclmulqdq, Mnemonic.Vpclmulqdq)]
    [Row(VectorOperation.EncryptRound, Mnemonic.Aesenc, Mnemonic.Vaesenc)]
    [Row(VectorOperation.EncryptLast, Mnemonic.Aesenclast, Mnemonic.Vaesenclast)]
    [Row(VectorOperation.DecryptRound, Mnemonic.Aesdec, Mnemonic.Vaesdec)]
    [Row(VectorOperation.DecryptLast, Mnemonic.Aesdeclast, Mnemonic.Vaesdeclast)]
    [Row(VectorOperation.ShuffleDoubles, Mnemonic.Shufpd, Mnemonic.Vshufpd)]
    [Row(VectorOperation.PermuteLanesD, Code.VEX_Vpermilps_xmm_xmm_xmmm128, Code.VEX_Vpermilps_ymm_ymm_ymmm256)]
    [Row(VectorOperation.PermuteLanesQ, Code.VEX_Vpermilpd_xmm_xmm_xmmm128, Code.VEX_Vpermilpd_ymm_ymm_ymmm256)]
    [Row(VectorOperation.PermuteD, Mnemonic.Vpermd, Mnemonic.Vpermps)]
    [Row(VectorOperation.Sha1NextE, Mnemonic.Sha1nexte)]
    [Row(VectorOperation.Sha1Messages1, Mnemonic.Sha1msg1)]
    [Row(VectorOperation.Sha1Messages2, Mnemonic.Sha1msg2)]
    [Row(VectorOperation.Sha1Rounds, Mnemonic.Sha1rnds4)]
    [Row(VectorOperation.Sha256Messages1, Mnemonic.Sha256msg1)]
    [Row(VectorOperation.Sha256Messages2, Mnemonic.Sha256msg2)]
    public static void Binary(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TryLast(ref o, i, i.Width, out var b)) return;
        VectorAccess<TOps, V>.Finish(ref o, i, VectorAccess<TOps, V>.First(i), b);
    }

    /// <summary>Of one operand, perhaps with a control.</summary>
    [Row(VectorOperation.AbsoluteB, Mnemonic.Pabsb, Mnemonic.Vpabsb)]
    [Row(VectorOperation.AbsoluteW, Mnemonic.Pabsw, Mnemonic.Vpabsw)]
    [Row(VectorOperation.AbsoluteD, Mnemonic.Pabsd, Mnemonic.Vpabsd)]
    [Row(VectorOperation.DuplicateEvenD, Mnemonic.Movsldup, Mnemonic.Vmovsldup)]
    [Row(VectorOperation.DuplicateOddD, Mnemonic.Movshdup, Mnemonic.Vmovshdup)]
    [Row(VectorOperation.LowestW, Mnemonic.Phminposuw, Mnemonic.Vphminposuw)]
    [Row(VectorOperation.InverseMixColumns, Mnemonic.Aesimc, Mnemonic.Vaesimc)]
    [Row(VectorOperation.ShuffleD, Mnemonic.Pshufd, Mnemonic.Vpshufd)]
    [Row(VectorOperation.ShuffleD, Code.VEX_Vpermilps_xmm_xmmm128_imm8, Code.VEX_Vpermilps_ymm_ymmm256_imm8)]
    [Row(VectorOperation.ShuffleDoubles, Code.VEX_Vpermilpd_xmm_xmmm128_imm8, Code.VEX_Vpermilpd_ymm_ymmm256_imm8)]
    [Row(VectorOperation.ShuffleLowW, Mnemonic.Pshuflw, Mnemonic.Vpshuflw, Mnemonic.Pshufw)]
    [Row(VectorOperation.ShuffleHighW, Mnemonic.Pshufhw, Mnemonic.Vpshufhw)]
    [Row(VectorOperation.AssistKey, Mnemonic.Aeskeygenassist, Mnemonic.Vaeskeygenassist)]
    public static void Unary(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TrySource(ref o, i, i.Width, out var b)) return;
        VectorAccess<TOps, V>.Finish(ref o, i, b, b);
    }

    /// <summary>Shifts of all lanes by one count: an immediate, or the low half of the last operand.</summary>
    [Row(VectorOperation.ShiftLeftW, Mnemonic.Psllw, Mnemonic.Vpsllw)]
    [Row(VectorOperation.ShiftLeftD, Mnemonic.Pslld, Mnemonic.Vpslld)]
    [Row(VectorOperation.ShiftLeftQ, Mnemonic.Psllq, Mnemonic.Vpsllq)]
    [Row(VectorOperation.ShiftRightW, Mnemonic.Psrlw, Mnemonic.Vpsrlw)]
    [Row(VectorOperation.ShiftRightD, Mnemonic.Psrld, Mnemonic.Vpsrld)]
    [Row(VectorOperation.ShiftRightQ, Mnemonic.Psrlq, Mnemonic.Vpsrlq)]
    [Row(VectorOperation.ShiftRightSignedW, Mnemonic.Psraw, Mnemonic.Vpsraw)]
    [Row(VectorOperation.ShiftRightSignedD, Mnemonic.Psrad, Mnemonic.Vpsrad)]
    [Row(VectorOperation.ShiftLeftBytes, Mnemonic.Pslldq, Mnemonic.Vpslldq)]
    [Row(VectorOperation.ShiftRightBytes, Mnemonic.Psrldq, Mnemonic.Vpsrldq)]
    public static void Shift(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        if (i.Has(OperandTraits.HasImmediate))
        {
            var operation = (VectorOperation)i.Operation;
            if (operation <= VectorOperation.ShiftRightSignedD) operation += VectorOperation.ShiftLeftWBy - VectorOperation.ShiftLeftW;
            var source = VectorAccess<TOps, V>.First(i);
            if (o.TryVector(operation, i.Width, i.Target, source, source, (byte)i.Immediate)) VectorAccess<TOps, V>.Complete(ref o, i);
            return;
        }
        if (!VectorAccess<TOps, V>.TryLast(ref o, i, Math.Min((int)i.Width, 16), out var b)) return;
        var count = o.Register(Slot.Vector(b));
        o.SetRegister(Slot.Vector(Slot.Scratch), count);
        o.SetRegister(Slot.Vector(Slot.Scratch, 2), count);
        VectorAccess<TOps, V>.Finish(ref o, i, VectorAccess<TOps, V>.First(i), Slot.Scratch);
    }

    /// <summary>The first half of the source's lanes, as wide as fits.</summary>
    [Row(VectorOperation.SignExtendBW, Mnemonic.Pmovsxbw, Mnemonic.Vpmovsxbw)]
    [Row(VectorOperation.SignExtendBD, Mnemonic.Pmovsxbd, Mnemonic.Vpmovsxbd)]
    [Row(VectorOperation.SignExtendBQ, Mnemonic.Pmovsxbq, Mnemonic.Vpmovsxbq)]
    [Row(VectorOperation.SignExtendWD, Mnemonic.Pmovsxwd, Mnemonic.Vpmovsxwd)]
    [Row(VectorOperation.SignExtendWQ, Mnemonic.Pmovsxwq, Mnemonic.Vpmovsxwq)]
    [Row(VectorOperation.SignExtendDQ, Mnemonic.Pmovsxdq, Mnemonic.Vpmovsxdq)]
    [Row(VectorOperation.ZeroExtendBW, Mnemonic.Pmovzxbw, Mnemonic.Vpmovzxbw)]
    [Row(VectorOperation.ZeroExtendBD, Mnemonic.Pmovzxbd, Mnemonic.Vpmovzxbd)]
    [Row(VectorOperation.ZeroExtendBQ, Mnemonic.Pmovzxbq, Mnemonic.Vpmovzxbq)]
    [Row(VectorOperation.ZeroExtendWD, Mnemonic.Pmovzxwd, Mnemonic.Vpmovzxwd)]
    [Row(VectorOperation.ZeroExtendWQ, Mnemonic.Pmovzxwq, Mnemonic.Vpmovzxwq)]
    [Row(VectorOperation.ZeroExtendDQ, Mnemonic.Pmovzxdq, Mnemonic.Vpmovzxdq)]
    public static void Extend(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        int b = i.Source;
        if (i.Has(OperandTraits.SourceMemory) && !VectorAccess<TOps, V>.TryLoad(ref o, i, i.SourceWidth, isAligned: false, out b)) return;
        VectorAccess<TOps, V>.Finish(ref o, i, b, b);
    }

    /// <summary>The lower half twice; of 128 bits only that half is read.</summary>
    [Row(VectorOperation.DuplicateQ, Mnemonic.Movddup, Mnemonic.Vmovddup)]
    public static void Duplicate(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i)) return;
        int b = i.Source;
        if (i.Has(OperandTraits.SourceMemory) && !VectorAccess<TOps, V>.TryLoad(ref o, i, i.Width == 16 ? 8 : 32, isAligned: false, out b)) return;
        VectorAccess<TOps, V>.Finish(ref o, i, b, b);
    }

    /// <summary>A choice by a mask, which is the first register or a fourth operand.</summary>
    [Row(VectorOperation.BlendByMaskB, Mnemonic.Pblendvb, Mnemonic.Vpblendvb)]
    [Row(VectorOperation.BlendByMaskD, Mnemonic.Blendvps, Mnemonic.Vblendvps)]
    [Row(VectorOperation.BlendByMaskQ, Mnemonic.Blendvpd, Mnemonic.Vblendvpd)]
    [Row(VectorOperation.Sha256Rounds, Mnemonic.Sha256rnds2)]
    public static void BlendByMask(ref TOps o, in X86Operands i)
    {
        if (!VectorAccess<TOps, V>.TryBegin(ref o, i) || !VectorAccess<TOps, V>.TryLast(ref o, i, i.Width, out var b)) return;
        if (!o.TryVector((VectorOperation)i.Operation, i.Width, i.Target, VectorAccess<TOps, V>.First(i), b, i.Has(OperandTraits.Vex) ? i.Fourth : 0)) return;
        VectorAccess<TOps, V>.Complete(ref o, i);
    }
}
