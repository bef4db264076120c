using Mimus.Core.Cpus;
using Mimus.Isa;

namespace Mimus.Translation.Evaluator;

/// <summary>A vCPU that carries out one instruction after the other.</summary>
internal sealed unsafe class EvaluatorVcpu<TIsa> : IVcpu, ITranslationCaches where TIsa : struct, IEvaluatedIsa
{
    private readonly EmulatedCpu _cpu;
    private readonly VcpuSignal _signal;
    private readonly int* _attention;
    private readonly DataPath _data;
    private readonly CodePath<TIsa> _code;
    private EvaluatorOps _ops;

    public EvaluatorVcpu(EmulatedCpu cpu, VcpuEnvironment environment)
    {
        _cpu = cpu;
        _signal = cpu.Signal;
        _attention = cpu.Signal.Word;
        _data = new DataPath(cpu, environment);
        _code = new CodePath<TIsa>(cpu, environment);
        _ops = new EvaluatorOps(cpu, _code, _data, environment.Memory.Reservations.Marks);
        environment.Memory.Reservations.Register(cpu.Index);
        cpu.Caches = this;
    }

    /// <summary>The running instruction has begun but not retired.</summary>
    public ulong InstructionsInFlight => _ops.Count == 0 ? 0 : _ops.Count - 1;

    public GuestCpu Cpu => _cpu;

    public string? Failure => null;

    public WatchHit? WatchHit { get; private set; }

    public VcpuExit Run()
    {
        _signal.IsRunning = true;
        var exit = RunGuest();
        _signal.IsRunning = false;
        return exit;
    }

    public VcpuExit Step(StepOptions options = StepOptions.None)
    {
        var pc = _cpu.ProgramCounter;
        _cpu.HoldInterrupts = (options & StepOptions.HoldInterrupts) != 0;
        if ((_signal.Pending & ~Attention.Stop) != 0) _cpu.Attend();
        _cpu.HoldInterrupts = false;
        if (_cpu.ProgramCounter != pc) return VcpuExit.SingleStep; // the interrupt was the step
        if (_cpu.IsStopped) return VcpuExit.Halted;
        if (!TryEnter()) return VcpuExit.SingleStep;
        _ops.IgnoreBreakpoints = true;
        RunOne();
        var watched = _ops.Outcome == Outcome.DebugPoint && CompleteWatched();
        _ops.IgnoreBreakpoints = false;
        _cpu.WaitRequested = false;
        return watched ? VcpuExit.Breakpoint : VcpuExit.SingleStep;
    }

    public void Forget()
    {
        FlushTranslations();
        _code.Forget();
    }

    public void FlushTranslations()
    {
        _data.Reads.Flush();
        _data.Writes.Flush();
        _code.FlushLookups();
    }

    public void FlushPage(ulong address)
    {
        _data.Reads.FlushPage(address);
        _data.Writes.FlushPage(address);
        _code.FlushLookups();
    }

    public void FlushCode() => _code.FlushCode();

    public void ForgetCode() => _code.Forget();

    public void Dispose()
    {
    }

    private VcpuExit RunGuest()
    {
        while (true)
        {
            if (*_attention != 0)
            {
                if ((_signal.Pending & Attention.Stop) != 0)
                {
                    _signal.Acknowledge(Attention.Stop);
                    return VcpuExit.Kicked;
                }
                _cpu.Attend();
            }
            if (_cpu.IsStopped) return VcpuExit.Halted;
            if (!TryEnter()) continue;
            if (_code.OneInstructionOnly) RunOne();
            else RunMany();
            if (_cpu.WaitRequested)
            {
                _cpu.WaitRequested = false;
                if (!_cpu.HasWork) return VcpuExit.Halted;
            }
            if (_ops.Outcome == Outcome.DebugPoint && StopsAtDebugPoint()) return VcpuExit.Breakpoint;
        }
    }

    /// <summary>Prepares to run at the program counter; false when fetching there trapped.</summary>
    private bool TryEnter()
    {
        var pc = _cpu.ProgramCounter;
        _ops.ContextTag = (ulong)_cpu.DataContext << 4;
        _ops.Outcome = Outcome.None;
        if (_code.Find(pc) is not { } page)
        {
            _cpu.TakeTrap(pc);
            return false;
        }
        Enter(page, pc);
        return true;
    }

    private void Enter(CodePage page, ulong pc)
    {
        _ops.Page = page;
        _ops.Current = page.Entries + ((pc & (CodePage.PageSize - 1)) >> 1);
        _ops.PcBias = (pc & TranslationBuffer.PageMask) - ((ulong)page.Entries >> 3);
    }

    /// <summary>Runs until something other than a branch has to be dealt with, and leaves the state consistent.</summary>
    private void RunMany()
    {
        ref var ops = ref _ops;
        var current = ops.Current;
        var page = ops.Pc & TranslationBuffer.PageMask;
        while (true)
        {
            ops.Current = current;
            ops.Count++;
            current->Handler(ref ops, in current->Operands);
            if (ops.Outcome == Outcome.None)
            {
                current += current->Operands.Length;
                continue;
            }
            if (ops.Outcome == Outcome.Branch && *_attention == 0)
            {
                var target = ops.Target;
                if ((target & TranslationBuffer.PageMask) == page)
                {
                    current = ops.Page.Entries + ((target & (CodePage.PageSize - 1)) >> 1);
                    ops.Outcome = Outcome.None;
                    continue;
                }
                if (_code.Find(target) is { } next && !_code.OneInstructionOnly)
                {
                    Enter(next, target);
                    current = ops.Current;
                    page = target & TranslationBuffer.PageMask;
                    ops.Outcome = Outcome.None;
                    continue;
                }
            }
            Leave(ref ops);
            return;
        }
    }

    private void RunOne()
    {
        ref var ops = ref _ops;
        ops.Count++;
        ops.Current->Handler(ref ops, in ops.Current->Operands);
        if (ops.Count == 0)
        {
            // It was the end of a page: the program counter has moved on and the instruction is still to come.
            Leave(ref ops);
            if (TryEnter()) RunOne();
            return;
        }
        Leave(ref ops);
    }

    /// <summary>Writes the program counter and the instruction count back, and takes a pending trap.</summary>
    private void Leave(ref EvaluatorOps ops)
    {
        var pc = ops.Pc;
        var trapped = _cpu.TrapPending;
        if (trapped && ops.Outcome == Outcome.Branch)
        {
            // The instruction branched, and its target cannot be fetched: the trap is at the target.
            pc = ops.Target;
            _cpu.AddRetired(ops.Count);
        }
        else
        {
            // An instruction that traps or meets a debug point does not retire.
            _cpu.AddRetired(trapped || ops.Outcome == Outcome.DebugPoint ? ops.Count - 1 : ops.Count);
        }
        ops.Count = 0;
        switch (ops.Outcome)
        {
            case Outcome.Branch or Outcome.BranchAndEndBlock: _cpu.ProgramCounter = ops.Target; break;
            case Outcome.None or Outcome.EndBlock: _cpu.ProgramCounter = pc + (2u * ops.Current->Operands.Length); break;
            default: _cpu.ProgramCounter = pc; break;
        }
        if (trapped) _cpu.TakeTrap(pc);
    }

    private bool StopsAtDebugPoint()
    {
        if (_data.WatchHit is not null) return CompleteWatched();
        WatchHit = null;
        return true;
    }

    /// <summary>
    /// A watched access is done before the debugger hears of it, as debuggers expect; a breakpoint stops before. False when the
    /// access faulted: then there was none, and the handler comes first.
    /// </summary>
    private bool CompleteWatched()
    {
        WatchHit = _data.WatchHit;
        _data.ClearWatchHit();
        _data.IgnoreWatchpoints = true;
        var entered = TryEnter();
        if (entered) RunOne();
        _data.IgnoreWatchpoints = false;
        return entered && _ops.Outcome != Outcome.Trap;
    }
}
