using Mimus.Boards;
using Mimus.Cli.Running;
using Mimus.Isa.X86;
using Mimus.Kvm;

namespace Mimus.Cli.Qemu;

/// <summary>The engines that can be asked for, and the choice among several.</summary>
internal static class Accelerator
{
    public static IReadOnlyList<string> Names => EngineCatalog.Names;

    private static readonly string[] s_elsewhere = ["hvf", "xen", "whpx", "nvmm"];

    /// <summary>Chooses the first one that can run the machine; the wish may be several options and lists such as <c>kvm:tcg</c>. What is passed over is told.</summary>
    public static string Choose(QemuRequest request)
    {
        var wishes = request.Accelerators;
        if (wishes.Count == 0) return Names[0];
        var problems = new List<string>();
        foreach (var wish in wishes)
        {
            if (!Names.Contains(wish) && !s_elsewhere.Contains(wish))
                throw new ConfigurationException($"there is no accelerator '{wish}'{Suggestion.For(wish, Names)}; '-accel help' lists all");
            if (FindProblem(wish, request.Architecture) is not { } problem)
            {
                request.Warnings.AddRange(problems.Select(p => $"{p}; going on with accelerator '{wish}'"));
                return wish;
            }
            problems.Add($"accelerator '{wish}' cannot be used: {problem}");
        }
        throw new ConfigurationException($"{string.Join("; ", problems)}; use -accel tcg or leave it out");
    }

    /// <summary>Under KVM, the features of the processor model that it does not have, and what cannot be had together with it.</summary>
    public static void CheckKvm(QemuRequest request)
    {
        if (request.CountedTime is not null) throw new ConfigurationException("-icount is not possible with -accel kvm, which does not count instructions; use -accel tcg");
        var name = request.Machine.CpuModel ?? request.Architecture.DefaultCpu;
        if (!CpuModels.TryParse(name, out var model, out _)) return; // the board says what is wrong with it
        var missing = KvmAccelerator.FindMissing(model.Features);
        if (!missing.IsEmpty) request.Warnings.Add($"KVM on this host has not all features of processor '{name}'; it goes without {FeatureNames.Describe(missing)}");
    }

    /// <summary>
    /// <c>-cpu host</c> is all that Mimus knows, of which KVM leaves what it has. Whether that can be saved and go on elsewhere is checked when it does.
    /// </summary>
    public static string? HostModel(string? model, string engine)
    {
        var words = model?.Split(',');
        if (words?[0] != "host") return model;
        if (engine != EngineCatalog.Kvm) throw new ConfigurationException("-cpu host is the host's processor, which only -accel kvm can give; use -cpu max");
        return string.Join(',', words.Skip(1).Where(w => !w.StartsWith("migratable=", StringComparison.Ordinal)).Prepend(CpuModels.Max.Name));
    }

    private static string? FindProblem(string name, Architecture architecture)
    {
        if (s_elsewhere.Contains(name)) return "it is not one of Mimus";
        if (name != EngineCatalog.Kvm) return null;
        return architecture.Boards == BoardCatalog.X86 ? KvmAccelerator.FindProblem()?.ToString() : $"it runs x86 machines on this host, not {architecture.Name}";
    }
}
