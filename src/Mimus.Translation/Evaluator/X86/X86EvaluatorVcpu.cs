using Mimus.Core.Cpus;
using Mimus.Isa;
using Mimus.Isa.X86;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator.X86;

/// <summary>A vCPU that carries out one x86 instruction after the other.</summary>
internal sealed unsafe class X86EvaluatorVcpu : EvaluatingVcpu, IVcpu, IFlagReader
{
    private readonly X86Cpu _cpu;
    private readonly VcpuSignal _signal;
    private readonly int* _attention;
    private readonly DataPath _data;
    private readonly X86CodePath _code;
    private readonly X86Interpreter _interpreter;

    public X86EvaluatorVcpu(X86Cpu cpu, VcpuEnvironment environment)
    {
        _cpu = cpu;
        _signal = cpu.Signal;
        _attention = cpu.Signal.Word;
        _data = new DataPath(cpu, environment);
        _code = new X86CodePath(cpu, environment, _data.Translations);
        _interpreter = new X86Interpreter(cpu, environment, _data, _code);
        environment.Memory.Reservations.Register(cpu.Index);
        environment.Memory.Writers.Register(cpu.Signal.ForgetWrites);
        cpu.Caches = this;
        cpu.FlagReader = this;
    }

    public override ulong InstructionsInFlight => _interpreter.InstructionsInFlight;

    public GuestCpu Cpu => _cpu;

    public string? Failure => _cpu.Failure;

    public WatchHit? WatchHit => _interpreter.WatchHit;

    public ulong ReadFlags() => _interpreter.ReadFlags();

    public VcpuExit Run()
    {
        using var running = _signal.EnterGuest();
        return RunGuest();
    }

    public VcpuExit Step(StepOptions options = StepOptions.None)
    {
        using var running = _signal.EnterGuest();
        var exit = _interpreter.Step(options);
        return _cpu.Failure is null ? exit : VcpuExit.Failed;
    }

    protected override DataPath Data => _data;

    protected override CodeMappings Mappings => _code.Mappings;

    public override void FlushCode() => _code.FlushCode();

    public override void ForgetCode() => _code.Forget();

    public override bool HasCode(byte* page) => _code.HasCode(page);

    public override void StoredTo(byte* host, int size) => _code.StoredTo(host, size);

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
            // What an STI lets through comes after the next instruction.
            if (*_attention != 0 && (!_cpu.MustStep || (_signal.Pending & ~Attention.Interrupts) != 0))
            {
                if (!_cpu.TryAttend()) return VcpuExit.Kicked;
                continue;
            }
            if (_cpu.Failure is not null) return VcpuExit.Failed;
            if (_cpu.IsWaiting) return VcpuExit.Halted;
            var stopped = _interpreter.Run(int.MaxValue);
            _cpu.WaitRequested = false;
            if (stopped) return VcpuExit.Breakpoint;
        }
    }
}
