using Mimus.Core.Cpus;
using Mimus.Isa;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>A vCPU that carries out one instruction after the other.</summary>
internal sealed unsafe class EvaluatorVcpu<TIsa> : EvaluatingVcpu, IVcpu where TIsa : struct, IEvaluatedIsa
{
    /// <summary>At 32 KiB each.</summary>
    private const int DecodedPageCount = 512;

    private readonly EmulatedCpu _cpu;
    private readonly VcpuSignal _signal;
    private readonly int* _attention;
    private readonly DataPath _data;
    private readonly CodePath<TIsa> _code;
    private readonly Interpreter<TIsa> _interpreter;

    public EvaluatorVcpu(EmulatedCpu cpu, VcpuEnvironment environment)
    {
        _cpu = cpu;
        _signal = cpu.Signal;
        _attention = cpu.Signal.Word;
        _data = new DataPath(cpu, environment);
        _code = new CodePath<TIsa>(cpu, environment, DecodedPageCount);
        _interpreter = new Interpreter<TIsa>(cpu, environment, _data, _code);
        environment.Memory.Reservations.Register(cpu.Index);
        environment.Memory.Writers.Register(cpu.Signal.ForgetWrites);
        cpu.Caches = this;
    }

    public override ulong InstructionsInFlight => _interpreter.InstructionsInFlight;

    public GuestCpu Cpu => _cpu;

    public string? Failure => null;

    public WatchHit? WatchHit => _interpreter.WatchHit;

    public VcpuExit Run()
    {
        using var running = _signal.EnterGuest();
        return RunGuest();
    }

    public VcpuExit Step(StepOptions options = StepOptions.None)
    {
        using var running = _signal.EnterGuest();
        return _interpreter.Step(options);
    }

    protected override DataPath Data => _data;

    protected override CodeMappings Mappings => _code.Mappings;

    public override void FlushCode() => _code.FlushCode();

    public override void ForgetCode() => _code.Forget();

    public void Dispose()
    {
        _data.Translations.Dispose();
        _code.Dispose();
    }

    private VcpuExit RunGuest()
    {
        while (true)
        {
            if (_interpreter.HasReachedLimit) return VcpuExit.Counted;
            if (*_attention != 0)
            {
                if (!_cpu.TryAttend()) return VcpuExit.Kicked;
                continue;
            }
            if (_cpu.IsStopped) return VcpuExit.Halted;
            var stopped = _interpreter.Run(int.MaxValue);
            if (_cpu.WaitRequested)
            {
                _cpu.WaitRequested = false;
                if (!_cpu.HasWork) return VcpuExit.Halted;
            }
            if (stopped) return VcpuExit.Breakpoint;
        }
    }
}
