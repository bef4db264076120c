using System.Diagnostics.CodeAnalysis;
using static Mimus.Isa.X86.X86Feature;

namespace Mimus.Isa.X86;

/// <summary>The processors that can be chosen by name. The levels are those of the x86-64 psABI, chapter 3.1.1.</summary>
public static class CpuModels
{
    private const string Intel = "GenuineIntel", Amd = "AuthenticAMD";
    private const string GenericBrand = "Mimus virtual processor";

    private static readonly FeatureSet s_i486 = new(Fpu);

    private static readonly FeatureSet s_pentium3 = s_i486.With(De, Pse, Tsc, Msr, Pae, Mce, Cx8, Apic, Sep, Mtrr, Pge, Mca, Cmov, Pat, Pse36, Mmx, Fxsr, Sse);

    private static readonly FeatureSet s_baseline = s_pentium3.With(Sse2, Clflush, Syscall, Nx, LongMode, LahfLong, Sse3, Cx16, Hypervisor);

    private static readonly FeatureSet s_level2 = s_baseline.With(Popcnt, Sse41, Sse42, Ssse3);

    private static readonly FeatureSet s_level3 = s_level2.With(Avx, Avx2, Bmi1, Bmi2, F16c, Fma, Lzcnt, Movbe, Xsave);

    private static readonly FeatureSet s_max = s_level3.With(Aes, Pclmulqdq, Adx, Rdtscp, Rdpid, Rdrand, Rdseed, GigabytePages, La57, Pcid, Invpcid, Smep, Smap, Umip,
        Fsgsbase, Clflushopt, Clwb, Erms, PrefetchWrite, Xsaveopt, Xsavec, Xgetbv1, MmxExtensions, Sha, Vaes, Vpclmulqdq, X2Apic, TscDeadline);

    private static readonly CpuModel[] s_models =
    [
        new("486", Intel, 0x483, "", s_i486) { Level = 1 },
        new("pentium3", Intel, 0x673, "", s_pentium3) { Level = 2 },
        new("qemu64", Amd, 0xf61, GenericBrand, s_baseline),
        new("x86-64-v2", Amd, 0xf61, GenericBrand, s_level2),
        new("x86-64-v3", Amd, 0xf61, GenericBrand, s_level3),
        new("max", Amd, 0xf61, GenericBrand, s_max),
    ];

    public static IEnumerable<string> Names => s_models.Select(m => m.Name);

    /// <summary>All that Mimus has.</summary>
    public static CpuModel Max => s_models[^1];

    /// <summary>
    /// Reads a model with changes behind it: <c>qemu64,+avx2,-sse3</c>, or <c>avx2=on</c> for the former. What is wrong with it, if it is none.
    /// </summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out CpuModel? model, [NotNullWhen(false)] out string? error)
    {
        var words = text.Split(',');
        model = Array.Find(s_models, m => m.Name == words[0]);
        error = model is null ? $"there is no processor model '{words[0]}'; known are {string.Join(", ", Names)}" : null;
        foreach (var word in words.Skip(1))
        {
            if (model is null) break;
            var add = word.StartsWith('+') || word.EndsWith("=on", StringComparison.Ordinal);
            var remove = word.StartsWith('-') || word.EndsWith("=off", StringComparison.Ordinal);
            var name = word.TrimStart('+', '-').Split('=')[0];
            if (!add && !remove) error = $"'{word}' is no change of a processor model; write +feature or -feature";
            else if (!FeatureNames.TryFind(name, out var feature)) error = $"there is no processor feature '{name}'";
            else if (add && !s_max.Has(feature.Value)) error = $"the processor feature '{name}' is not there yet";
            else model = model with { Features = add ? model.Features.With(feature.Value) : model.Features.Without(feature.Value) };
            if (error is not null) model = null;
        }
        return model is not null;
    }
}
