using Mimus.Core.Cpus;
using Mimus.Kvm;
using Mimus.Translation;
using Mimus.Translation.Engine;
using Mimus.Translation.Evaluator;

namespace Mimus.Cli.Running;

/// <summary>All engines by their names.</summary>
internal static class EngineCatalog
{
    /// <summary>The kernel's virtualization.</summary>
    public const string Kvm = "kvm";

    /// <summary>The best that runs everywhere comes first.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Engines.Names, Kvm];

    public static IAccelerator Create(string name, TranslatorOptions? options = null) => name == Kvm ? KvmAccelerator.Create(management: new EvaluatorAccelerator()) : Engines.Create(name, options);
}
