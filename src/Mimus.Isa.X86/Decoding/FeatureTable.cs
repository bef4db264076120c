using Iced.Intel;

namespace Mimus.Isa.X86;

/// <summary>Which feature of the processor each of Iced's stands for.</summary>
internal static class FeatureTable
{
    private const int Always = -1, Never = -2;

    /// <summary>By Iced's number. PREFETCHW comes with long mode (AMD64 APM volume 3, PREFETCHW), also where no bit of its own tells of it.</summary>
    private static readonly int[] s_features = Create();

    public static bool HasAll(CpuModel model, Code code)
    {
        foreach (var needed in code.CpuidFeatures())
        {
            var feature = (int)needed < s_features.Length ? s_features[(int)needed] : Never;
            if (feature == Never || (feature >= 0 && !model.Has((X86Feature)feature))) return false;
        }
        return true;
    }

    private static int[] Create()
    {
        (CpuidFeature Needed, int Feature)[] known =
        [
            (CpuidFeature.INTEL8086, Always), (CpuidFeature.INTEL8086_ONLY, Never), (CpuidFeature.INTEL186, Always), (CpuidFeature.INTEL286, Always),
            (CpuidFeature.INTEL386, Always), (CpuidFeature.INTEL486, Always), (CpuidFeature.CPUID, Always), (CpuidFeature.MULTIBYTENOP, Always), (CpuidFeature.PAUSE, Always),
            (CpuidFeature.CET_IBT, Always), (CpuidFeature.CET_SS, Always), (CpuidFeature.RDPMC, Always), (CpuidFeature.SMM, Always), (CpuidFeature.CLDEMOTE, Always),
            (CpuidFeature.X64, (int)X86Feature.LongMode), (CpuidFeature.ADX, (int)X86Feature.Adx), (CpuidFeature.AES, (int)X86Feature.Aes),
            (CpuidFeature.AVX, (int)X86Feature.Avx), (CpuidFeature.AVX2, (int)X86Feature.Avx2), (CpuidFeature.BMI1, (int)X86Feature.Bmi1),
            (CpuidFeature.BMI2, (int)X86Feature.Bmi2), (CpuidFeature.CLFLUSHOPT, (int)X86Feature.Clflushopt), (CpuidFeature.CLFSH, (int)X86Feature.Clflush),
            (CpuidFeature.CLWB, (int)X86Feature.Clwb), (CpuidFeature.CMOV, (int)X86Feature.Cmov), (CpuidFeature.CMPXCHG16B, (int)X86Feature.Cx16),
            (CpuidFeature.CX8, (int)X86Feature.Cx8), (CpuidFeature.F16C, (int)X86Feature.F16c), (CpuidFeature.FMA, (int)X86Feature.Fma),
            (CpuidFeature.FPU, (int)X86Feature.Fpu), (CpuidFeature.FPU287, (int)X86Feature.Fpu), (CpuidFeature.FPU387, (int)X86Feature.Fpu),
            (CpuidFeature.FSGSBASE, (int)X86Feature.Fsgsbase), (CpuidFeature.FXSR, (int)X86Feature.Fxsr), (CpuidFeature.INVPCID, (int)X86Feature.Invpcid),
            (CpuidFeature.LZCNT, (int)X86Feature.Lzcnt), (CpuidFeature.MMX, (int)X86Feature.Mmx), (CpuidFeature.MONITOR, (int)X86Feature.Monitor),
            (CpuidFeature.MOVBE, (int)X86Feature.Movbe), (CpuidFeature.MSR, (int)X86Feature.Msr), (CpuidFeature.PCLMULQDQ, (int)X86Feature.Pclmulqdq),
            (CpuidFeature.POPCNT, (int)X86Feature.Popcnt), (CpuidFeature.PREFETCHW, (int)X86Feature.LongMode), (CpuidFeature.RDPID, (int)X86Feature.Rdpid),
            (CpuidFeature.RDRAND, (int)X86Feature.Rdrand), (CpuidFeature.RDSEED, (int)X86Feature.Rdseed), (CpuidFeature.RDTSCP, (int)X86Feature.Rdtscp),
            (CpuidFeature.SEP, (int)X86Feature.Sep), (CpuidFeature.SHA, (int)X86Feature.Sha), (CpuidFeature.SMAP, (int)X86Feature.Smap),
            (CpuidFeature.SSE, (int)X86Feature.Sse), (CpuidFeature.SSE2, (int)X86Feature.Sse2), (CpuidFeature.SSE3, (int)X86Feature.Sse3),
            (CpuidFeature.SSE4_1, (int)X86Feature.Sse41), (CpuidFeature.SSE4_2, (int)X86Feature.Sse42), (CpuidFeature.SSSE3, (int)X86Feature.Ssse3),
            (CpuidFeature.SYSCALL, (int)X86Feature.Syscall), (CpuidFeature.TSC, (int)X86Feature.Tsc), (CpuidFeature.XSAVE, (int)X86Feature.Xsave),
            (CpuidFeature.XSAVEOPT, (int)X86Feature.Xsaveopt), (CpuidFeature.XSAVEC, (int)X86Feature.Xsavec), (CpuidFeature.VAES, (int)X86Feature.Vaes),
            (CpuidFeature.VPCLMULQDQ, (int)X86Feature.Vpclmulqdq),
        ];
        var features = new int[known.Max(k => (int)k.Needed) + 1];
        Array.Fill(features, Never);
        foreach (var (needed, feature) in known) features[(int)needed] = feature;
        return features;
    }
}
