using Iced.Intel;
using Mimus.Isa.X86.Instructions;

namespace Mimus.Isa.X86.Tests.Host;

/// <summary>Makes random user-mode instructions that Mimus has and that can run on the host between other code.</summary>
/// <param name="random">Where they come from.</param>
/// <param name="onlyVex">Only encodings with a VEX prefix, which are few among all.</param>
internal sealed class InstructionGenerator(Random random, bool onlyVex)
{
    private readonly byte[] _bytes = new byte[15];

    public byte[] Next(Func<Instruction, bool> accepts, out Instruction instruction)
    {
        while (true)
        {
            Fill();
            var decoder = Decoder.Create(64, _bytes);
            decoder.Decode(out instruction);
            if (instruction.IsInvalid || !IsUsable(instruction) || !accepts(instruction)) continue;
            return _bytes[..instruction.Length];
        }
    }

    private void Fill()
    {
        random.NextBytes(_bytes);
        var at = 0;
        if (onlyVex || random.Next(4) == 0)
        {
            at = FillVex();
        }
        else
        {
            if (random.Next(4) == 0) _bytes[at++] = 0x66;
            if (random.Next(4) == 0) _bytes[at++] = (byte)(0xf2 + random.Next(2));
            if (random.Next(2) == 0) _bytes[at++] = (byte)(0x40 + random.Next(16));
            switch (random.Next(8))
            {
                case 0 or 1: break;
                case 2: (_bytes[0], at) = ((byte)(0xd8 + random.Next(8)), 0); break;
                case 3: (_bytes[at], _bytes[at + 1]) = (0x0f, 0x38); at += 2; break;
                case 4: (_bytes[at], _bytes[at + 1]) = (0x0f, 0x3a); at += 2; break;
                default: _bytes[at++] = 0x0f; break;
            }
            at++;
        }
        // Memory is at [rbx + disp8] or [rbx + rsi * n + disp8].
        var modrm = random.Next(256);
        if (random.Next(3) > 0) modrm |= 0xc0;
        else if (random.Next(2) == 0) modrm = (modrm & 0x38) | 0x43;
        else
        {
            modrm = (modrm & 0x38) | 0x44;
            _bytes[at + 1] = (byte)((random.Next(4) << 6) | (6 << 3) | 3);
        }
        _bytes[at] = (byte)modrm;
    }

    private int FillVex()
    {
        const int NoSecondOperand = 0x78;
        // Three bytes of prefix; no extension of base and index, W, vvvv, L and pp at random, and one of the three maps.
        _bytes[0] = 0xc4;
        _bytes[1] = (byte)((random.Next(8) << 5) | (1 + random.Next(3)));
        _bytes[2] = (byte)(random.Next(256) | (random.Next(2) == 0 ? NoSecondOperand : 0));
        return 4;
    }

    private bool IsUsable(in Instruction instruction)
    {
        if (X86Instructions.Find((int)instruction.Code, (int)instruction.Mnemonic, out _) < 0) return false;
        if (instruction.FlowControl != FlowControl.Next || instruction.IsPrivileged || instruction.IsStackInstruction || instruction.HasLockPrefix) return false;
        if (instruction.IsStringInstruction || instruction.IsSaveRestoreInstruction || instruction.SegmentPrefix != Register.None) return false;
        if (s_excluded.Contains(instruction.Mnemonic)) return false;
        foreach (var feature in instruction.CpuidFeatures)
        {
            if (!s_known.Contains(feature)) return false;
        }
        // Of 16 bits, a double shift by more than 16 leaves what is not defined.
        if (instruction.Code is Code.Shld_rm16_r16_CL or Code.Shrd_rm16_r16_CL) return false;
        if (instruction.Code is Code.Shld_rm16_r16_imm8 or Code.Shrd_rm16_r16_imm8 && (instruction.Immediate8 & 31) > 16) return false;
        var hasMemory = false;
        for (var i = 0; i < instruction.OpCount; i++)
        {
            var kind = instruction.GetOpKind(i);
            if (kind == OpKind.Register)
            {
                var register = instruction.GetOpRegister(i);
                if (register.IsSegmentRegister() || register.IsCR() || register.IsDR()) return false;
                if (register.IsGPR() && register.GetFullRegister() == Register.RSP) return false;
            }
            else if (kind == OpKind.Memory) hasMemory = true;
            else if ((kind > OpKind.Immediate32to64 && kind != OpKind.MemorySegRDI) || kind is OpKind.NearBranch16 or OpKind.NearBranch32 or OpKind.NearBranch64) return false;
        }
        if (!hasMemory) return true;
        if (instruction.MemoryBase != Register.RBX || instruction.MemoryIndex is not (Register.None or Register.RSI or Register.XMM6 or Register.YMM6) || instruction.IsIPRelativeMemoryOperand) return false;
        // A bit number in a register reaches anywhere.
        var isBitTest = instruction.Mnemonic is Mnemonic.Bt or Mnemonic.Bts or Mnemonic.Btr or Mnemonic.Btc;
        return (!isBitTest || instruction.Op1Kind != OpKind.Register) && instruction.MemoryDisplSize <= 1;
    }

    /// <summary>Instructions whose result is no function of the registers, or that do more than a program may.</summary>
    private static readonly HashSet<Mnemonic> s_excluded =
    [
        Mnemonic.Cpuid, Mnemonic.Rdtsc, Mnemonic.Rdtscp, Mnemonic.Rdpid, Mnemonic.Rdrand, Mnemonic.Rdseed, Mnemonic.Xgetbv, Mnemonic.Xlatb, Mnemonic.Lar, Mnemonic.Lsl,
        Mnemonic.Verr, Mnemonic.Verw, Mnemonic.Sldt, Mnemonic.Str, Mnemonic.Smsw, Mnemonic.Sgdt, Mnemonic.Sidt, Mnemonic.Rdfsbase, Mnemonic.Rdgsbase, Mnemonic.Wrfsbase,
        Mnemonic.Wrgsbase, Mnemonic.Sti, Mnemonic.Cli, Mnemonic.In, Mnemonic.Out, Mnemonic.Ldmxcsr, Mnemonic.Vldmxcsr, Mnemonic.Fldenv, Mnemonic.Frstor,
        Mnemonic.Clflush, Mnemonic.Clflushopt, Mnemonic.Clwb, Mnemonic.Cldemote, Mnemonic.Monitor, Mnemonic.Mwait, Mnemonic.Swapgs, Mnemonic.Rdpmc, Mnemonic.Fldcw,
        Mnemonic.Fnstenv, Mnemonic.Endbr32, Mnemonic.Rdsspd, Mnemonic.Rdsspq, Mnemonic.Std, Mnemonic.Wait, Mnemonic.Nop, Mnemonic.Reservednop, Mnemonic.Lss, Mnemonic.Lfs, Mnemonic.Lgs, Mnemonic.Rcpps, Mnemonic.Rcpss,
        Mnemonic.Rsqrtps, Mnemonic.Rsqrtss, Mnemonic.Vrcpps, Mnemonic.Vrcpss, Mnemonic.Vrsqrtps, Mnemonic.Vrsqrtss,
    ];

    private static readonly HashSet<CpuidFeature> s_known =
    [
        CpuidFeature.INTEL8086, CpuidFeature.INTEL186, CpuidFeature.INTEL286, CpuidFeature.INTEL386, CpuidFeature.INTEL486, CpuidFeature.X64, CpuidFeature.CMOV,
        CpuidFeature.CX8, CpuidFeature.CMPXCHG16B, CpuidFeature.ADX, CpuidFeature.BMI1, CpuidFeature.BMI2, CpuidFeature.LZCNT, CpuidFeature.POPCNT, CpuidFeature.MOVBE,
        CpuidFeature.MMX, CpuidFeature.SSE, CpuidFeature.SSE2, CpuidFeature.SSE3, CpuidFeature.SSSE3, CpuidFeature.SSE4_1, CpuidFeature.SSE4_2, CpuidFeature.AES,
        CpuidFeature.PCLMULQDQ, CpuidFeature.SHA, CpuidFeature.AVX, CpuidFeature.AVX2, CpuidFeature.FMA, CpuidFeature.F16C, CpuidFeature.VAES, CpuidFeature.VPCLMULQDQ, CpuidFeature.MULTIBYTENOP, CpuidFeature.PREFETCHW,
        CpuidFeature.FPU, CpuidFeature.FPU287, CpuidFeature.FPU387,
    ];
}
