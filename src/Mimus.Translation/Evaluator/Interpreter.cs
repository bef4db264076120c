using System.Runtime.CompilerServices;
using Mimus.Core.Cpus;
using Mimus.Isa;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>Carries out one instruction after the other: all of the evaluating engine's work, and the translator's for cold code.</summary>
internal sealed unsafe class Interpreter<TIsa> : IInterpreter where TIsa : struct, IEvaluatedIsa
{
    private readonly EmulatedCpu _cpu;
    private readonly int* _attention;
    private readonly DataPath _data;
    private readonly CodePath<TIsa> _code;
    private readonly bool _counts;
    private EvaluatorOps _ops;

    public Interpreter(EmulatedCpu cpu, VcpuEnvironment environment, DataPath data, CodePath<TIsa> code)
    {
        _cpu = cpu;
        _attention = cpu.Signal.Word;
        _data = data;
        _code = code;
        _counts = environment.CountsInstructions;
        _ops = new EvaluatorOps(cpu, _code, _data, environment.Memory.Reservations.Marks);
    }

    public ulong InstructionsInFlight => _ops.Count == 0 ? 0 : _ops.Count - 1;

    public ulong Retired { get; private set; }

    public WatchHit? WatchHit { get; private set; }

    public VcpuExit Step(StepOptions options)
    {
        var pc = _cpu.ProgramCounter;
        _cpu.HoldInterrupts = (options & StepOptions.HoldInterrupts) != 0;
        if ((_cpu.Signal.Pending & ~Attention.Stop) != 0) _cpu.Attend();
        _cpu.HoldInterrupts = false;
        if (_cpu.ProgramCounter != pc) return VcpuExit.SingleStep; // the interrupt was the step
        if (_cpu.IsStopped) return VcpuExit.Halted;
        var watched = RunWatched();
        _cpu.WaitRequested = false;
        return watched ? VcpuExit.Breakpoint : VcpuExit.SingleStep;
    }

    /// <summary>Runs one instruction; true when it met a watchpoint.</summary>
    private bool RunWatched()
    {
        if (!TryEnter()) return false;
        _ops.IgnoreBreakpoints = true;
        RunOne();
        var watched = _ops.Outcome == Outcome.DebugPoint && CompleteWatched();
        _ops.IgnoreBreakpoints = false;
        return watched;
    }

    public bool HasReachedLimit => _counts && _cpu.Executed >= _cpu.ExecutionLimit;

    public bool Run(int hotness)
    {
        if (!TryEnter()) return false;
        if (_code.OneInstructionOnly) RunOne();
        else if (_counts) RunMany<Counted>(hotness);
        else RunMany<Uncounted>(hotness);
        return _ops.Outcome == Outcome.DebugPoint && StopAtDebugPoint();
    }

    /// <summary>Prepares to run at the program counter; false when fetching there trapped.</summary>
    private bool TryEnter()
    {
        var pc = _cpu.ProgramCounter;
        _data.Translations.Select(_cpu.DataContext);
        _ops.UseTranslations();
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
        if (page.NeedsEntries) _code.GiveEntries(page);
        _ops.Page = page;
        _ops.Current = page.Entries + ((pc & (CodePage.PageSize - 1)) >> 1);
        _ops.PcBias = (pc & TranslationBuffer.PageMask) - ((ulong)page.Entries >> 3);
    }

    /// <summary>Runs until something other than a branch has to be dealt with, and leaves the state consistent.</summary>
    private void RunMany<TCounting>(int hotness) where TCounting : struct, ICounting
    {
        ref var ops = ref _ops;
        var limit = TCounting.IsOn ? _cpu.ExecutionLimit - _cpu.Executed : 0;
        var current = ops.Current;
        var page = ops.Pc & TranslationBuffer.PageMask;
        while (true)
        {
            ops.Current = current;
            ops.Count++;
            current->Handler(ref ops, in current->Operands);
            if (TCounting.IsOn && (ops.Count >= limit || *_attention != 0)) break;
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
                    if (ops.Page.Warm(target) >= hotness) break;
                    current = ops.Page.Entries + ((target & (CodePage.PageSize - 1)) >> 1);
                    ops.Outcome = Outcome.None;
                    continue;
                }
                if (_code.Find(target) is { } next && !_code.OneInstructionOnly)
                {
                    if (next.Warm(target) >= hotness) break;
                    Enter(next, target);
                    current = ops.Current;
                    page = target & TranslationBuffer.PageMask;
                    ops.Outcome = Outcome.None;
                    continue;
                }
            }
            break;
        }
        Leave(ref ops);
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
            Retire(ops.Count);
        }
        else
        {
            // An instruction that traps or meets a debug point does not retire.
            Retire(trapped || ops.Outcome == Outcome.DebugPoint ? ops.Count - 1 : ops.Count);
        }
        ops.Count = 0;
        switch (ops.Outcome)
        {
            case Outcome.Branch or Outcome.BranchAndEndBlock: _cpu.ProgramCounter = ops.Target; break;
            case Outcome.None or Outcome.EndBlock: _cpu.ProgramCounter = pc + (2u * ops.Current->Operands.Length); break;
            default: _cpu.ProgramCounter = pc; break;
        }
        if (trapped) _cpu.TakeTrap(pc);
        else if (ops.Outcome is Outcome.EndBlock or Outcome.BranchAndEndBlock) _cpu.RecheckInterrupts();
    }

    private void Retire(ulong instructions)
    {
        Retired += instructions;
        _cpu.AddRetired(instructions);
    }

    public bool StopAtDebugPoint()
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
