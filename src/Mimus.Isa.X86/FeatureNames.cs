using System.Diagnostics.CodeAnalysis;

namespace Mimus.Isa.X86;

/// <summary>The names by which people switch features: those of Linux and QEMU.</summary>
public static class FeatureNames
{
    private static readonly (string Name, X86Feature Feature)[] s_names =
    [
        ("fpu", X86Feature.Fpu), ("vme", X86Feature.Vme), ("de", X86Feature.De), ("pse", X86Feature.Pse), ("tsc", X86Feature.Tsc),
        ("msr", X86Feature.Msr), ("pae", X86Feature.Pae), ("mce", X86Feature.Mce), ("cx8", X86Feature.Cx8), ("apic", X86Feature.Apic),
        ("sep", X86Feature.Sep), ("mtrr", X86Feature.Mtrr), ("pge", X86Feature.Pge), ("mca", X86Feature.Mca), ("cmov", X86Feature.Cmov),
        ("pat", X86Feature.Pat), ("pse36", X86Feature.Pse36), ("clflush", X86Feature.Clflush), ("mmx", X86Feature.Mmx),
        ("fxsr", X86Feature.Fxsr), ("sse", X86Feature.Sse), ("sse2", X86Feature.Sse2), ("pni", X86Feature.Sse3),
        ("pclmulqdq", X86Feature.Pclmulqdq), ("monitor", X86Feature.Monitor), ("ssse3", X86Feature.Ssse3), ("fma", X86Feature.Fma),
        ("cx16", X86Feature.Cx16), ("pcid", X86Feature.Pcid), ("sse4.1", X86Feature.Sse41), ("sse4.2", X86Feature.Sse42),
        ("x2apic", X86Feature.X2Apic), ("movbe", X86Feature.Movbe), ("popcnt", X86Feature.Popcnt), ("tsc-deadline", X86Feature.TscDeadline), ("aes", X86Feature.Aes),
        ("xsave", X86Feature.Xsave), ("avx", X86Feature.Avx), ("f16c", X86Feature.F16c), ("rdrand", X86Feature.Rdrand),
        ("hypervisor", X86Feature.Hypervisor), ("fsgsbase", X86Feature.Fsgsbase), ("bmi1", X86Feature.Bmi1), ("avx2", X86Feature.Avx2),
        ("smep", X86Feature.Smep), ("bmi2", X86Feature.Bmi2), ("erms", X86Feature.Erms), ("invpcid", X86Feature.Invpcid),
        ("rdseed", X86Feature.Rdseed), ("adx", X86Feature.Adx), ("smap", X86Feature.Smap), ("clflushopt", X86Feature.Clflushopt),
        ("clwb", X86Feature.Clwb), ("sha-ni", X86Feature.Sha), ("umip", X86Feature.Umip), ("gfni", X86Feature.Gfni),
        ("vaes", X86Feature.Vaes), ("vpclmulqdq", X86Feature.Vpclmulqdq), ("la57", X86Feature.La57), ("rdpid", X86Feature.Rdpid),
        ("syscall", X86Feature.Syscall), ("nx", X86Feature.Nx), ("mmxext", X86Feature.MmxExtensions),
        ("pdpe1gb", X86Feature.GigabytePages), ("rdtscp", X86Feature.Rdtscp), ("lm", X86Feature.LongMode),
        ("lahf-lm", X86Feature.LahfLong), ("abm", X86Feature.Lzcnt), ("3dnowprefetch", X86Feature.PrefetchWrite),
        ("xsaveopt", X86Feature.Xsaveopt), ("xsavec", X86Feature.Xsavec), ("xgetbv1", X86Feature.Xgetbv1),
    ];

    private static readonly (string Name, X86Feature Feature)[] s_otherNames =
    [
        ("sse3", X86Feature.Sse3), ("lzcnt", X86Feature.Lzcnt), ("sse4_1", X86Feature.Sse41), ("sse4_2", X86Feature.Sse42), ("lahf_lm", X86Feature.LahfLong),
        ("sha_ni", X86Feature.Sha),
    ];

    public static IEnumerable<string> All => s_names.Select(n => n.Name);

    /// <summary>The names of the features of a set, for people.</summary>
    public static string Describe(FeatureSet features) => string.Join(", ", s_names.Where(n => features.Has(n.Feature)).Select(n => n.Name));

    public static bool TryFind(string name, [NotNullWhen(true)] out X86Feature? feature)
    {
        feature = null;
        foreach (var (known, value) in s_names.Concat(s_otherNames))
        {
            if (known == name) feature = value;
        }
        return feature is not null;
    }
}
