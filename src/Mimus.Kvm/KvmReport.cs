using System.Globalization;
using System.Text;
using Mimus.Isa.X86;

namespace Mimus.Kvm;

/// <summary>What this host's KVM offers.</summary>
/// <param name="Path">The device.</param>
/// <param name="Problem">Why it cannot be used; null where it can.</param>
/// <param name="BackEnd">The kernel's module that runs guests; null where none is loaded.</param>
/// <param name="IsGuest">The host is a virtual machine itself.</param>
/// <param name="AllowsNesting">Guests may use KVM themselves.</param>
/// <param name="Extensions">Every extension that Mimus knows, with the number that it has here: 0 for one that is missing.</param>
/// <param name="MissingFeatures">What Mimus' processors have and those of KVM have not.</param>
public sealed record KvmReport(
    string Path,
    KvmProblem? Problem,
    string? BackEnd,
    bool IsGuest,
    bool AllowsNesting,
    IReadOnlyList<(KvmExtension Extension, int Value)> Extensions,
    FeatureSet MissingFeatures)
{
    /// <summary>Guests run without the processor's help.</summary>
    public bool IsSoftware => BackEnd == HostProcessor.SoftwareBackEnd;

    /// <summary>Opens the device and asks it.</summary>
    public static KvmReport Examine(string path = KvmAccelerator.DevicePath)
    {
        var processor = HostProcessor.Read();
        using var host = KvmHost.TryOpen(path, out var problem);
        return new KvmReport(path, problem, processor.BackEnd, processor.IsGuest, processor.AllowsNesting,
            host is null ? [] : [.. KvmExtension.All.Select(e => (e, host.Extension(e)))],
            host is null ? new FeatureSet() : CpuModels.Max.Features.Except(host.Features.Features));
    }

    /// <summary>The report for people.</summary>
    public string ToText()
    {
        const int NameColumn = 36, ValueColumn = 9;
        var text = new StringBuilder();
        text.Append($"device      {Path}: {(Problem is null ? "usable" : Problem.Reason)}\n");
        if (Problem is not null) text.Append($"remedy      {Problem.Remedy}\n");
        text.Append($"back end    {BackEnd ?? "none"}{(IsSoftware ? ": without the processor's help; privileged code is slow, there is no paging in 32 bits, and guests see the host's own CPUID" : "")}\n");
        text.Append($"this host   {(IsGuest ? "is a virtual machine itself" : "is no virtual machine")}; guests {(AllowsNesting ? "may" : "may not")} use KVM themselves\n");
        if (Problem is not null) return text.ToString();
        foreach (var (extension, value) in Extensions)
            text.Append(extension.Name.PadRight(NameColumn)).Append((value > 0 ? value.ToString(CultureInfo.InvariantCulture) : "missing").PadRight(ValueColumn)).Append(' ').Append(extension.Purpose).Append('\n');
        return text.Append($"processors  without {FeatureNames.Describe(MissingFeatures)}\n").ToString();
    }
}
