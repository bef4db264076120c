using Mimus.Core.Cpus;
using Mimus.Isa.RiscV;
using Mimus.Isa.X86;
using Mimus.Translation.Engine;
using Mimus.Translation.Evaluator.X86;

namespace Mimus.Translation.Evaluator;

/// <summary>The engine that carries instruction semantics out one by one; it runs wherever .NET runs.</summary>
public sealed class EvaluatorAccelerator : IAccelerator
{
    public string Name => "interp";

    public IVcpu CreateVcpu(GuestCpu cpu, VcpuEnvironment environment) => cpu switch
    {
        RiscVHart hart => new EvaluatorVcpu<RunRiscV>(hart, environment),
        X86Cpu x86 => new X86EvaluatorVcpu(x86, environment),
        _ => throw new NotSupportedException($"the evaluator has no instruction set for {cpu.Name}"),
    };

    public void Dispose()
    {
    }
}
