using System.Runtime.Intrinsics.X86;
using Mimus.Core.Cpus;
using Mimus.Isa.RiscV;
using Mimus.Isa.X86;
using Mimus.Translation.Evaluator.X86;

namespace Mimus.Translation.Engine;

/// <summary>The engine that turns guest code into the host's.</summary>
public sealed class TranslatorAccelerator(TranslatorOptions options) : IAccelerator
{
    /// <summary>Whether this host can run what the translator emits: x86-64 of level 3, as all servers since 2015.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Bmi2.X64.IsSupported && Lzcnt.X64.IsSupported && Popcnt.X64.IsSupported
        && Avx2.IsSupported && Fma.IsSupported && Pclmulqdq.IsSupported;

    private readonly PerfMap? _perfMap = options.WritesPerfMap ? new PerfMap() : null;

    public string Name => "tcg";

    public IVcpu CreateVcpu(GuestCpu cpu, VcpuEnvironment environment) => cpu switch
    {
        RiscVHart hart => new TranslatorVcpu<RunRiscV>(hart, environment, options, _perfMap),
        X86Cpu x86 => new X86EvaluatorVcpu(x86, environment), // until it is translated
        _ => throw new NotSupportedException($"the translator has no instruction set for {cpu.Name}"),
    };

    public void Dispose() => _perfMap?.Dispose();
}
