using Mimus.Core.Cpus;
using Mimus.Translation.Evaluator;

namespace Mimus.Engines.Tests.Machines;

/// <summary>
/// The evaluator, but that the run loop is made of single steps, as a debugger would do it: what an engine keeps from one
/// instruction to the next has no part in it. A test may spoil what an instruction did, to see that this is found.
/// </summary>
internal sealed class SteppingAccelerator(Action<GuestCpu, ulong>? afterStep = null) : IAccelerator
{
    private readonly EvaluatorAccelerator _evaluator = new();

    public string Name => "interp, step by step";

    public IVcpu CreateVcpu(GuestCpu cpu, VcpuEnvironment environment) => new Vcpu(_evaluator.CreateVcpu(cpu, environment), environment.Debug, afterStep);

    public void Dispose() => _evaluator.Dispose();

    private sealed class Vcpu(IVcpu inner, DebugPoints debug, Action<GuestCpu, ulong>? afterStep) : IVcpu
    {
        public GuestCpu Cpu => inner.Cpu;

        public string? Failure => inner.Failure;

        public WatchHit? WatchHit => inner.WatchHit;

        public VcpuExit Run()
        {
            var signal = Cpu.Signal;
            signal.IsRunning = true;
            var exit = RunSteps(signal);
            signal.IsRunning = false;
            return exit;
        }

        public VcpuExit Step(StepOptions options = StepOptions.None) => inner.Step(options);

        public void Forget() => inner.Forget();

        public void Dispose() => inner.Dispose();

        private VcpuExit RunSteps(VcpuSignal signal)
        {
            while (true)
            {
                if ((signal.Pending & Attention.Stop) != 0)
                {
                    signal.Acknowledge(Attention.Stop);
                    return VcpuExit.Kicked;
                }
                if (Cpu.Executed >= Cpu.ExecutionLimit) return VcpuExit.Counted;
                var pc = Cpu.Debug.ProgramCounter;
                if (debug.IsBreakpoint(pc)) return VcpuExit.Breakpoint;
                var exit = inner.Step();
                if (exit != VcpuExit.SingleStep) return exit;
                afterStep?.Invoke(Cpu, pc);
            }
        }
    }
}
