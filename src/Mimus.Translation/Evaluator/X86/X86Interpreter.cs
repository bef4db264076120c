using Mimus.Core.Cpus;
using Mimus.Isa.X86;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator.X86;

/// <summary>Carries out one x86 instruction after the other.</summary>
internal sealed unsafe class X86Interpreter : IInterpreter, IFlagReader
{
    private readonly X86Cpu _cpu;
    private readonly int* _attention;
    private readonly DataPath _data;
    private readonly X86CodePath _code;
    private readonly bool _counts;
    private EvaluatorOps _ops;

    public X86Interpreter(X86Cpu cpu, VcpuEnvironment environment, DataPath data, X86CodePath code)
    {
        _cpu = cpu;
        _attention = cpu.Signal.Word;
        _data = data;
        _code = code;
        _counts = environment.CountsInstructions;
        _ops = new EvaluatorOps(cpu, code, data, environment.Memory.Reservations.Marks);
    }

    public ulong InstructionsInFlight => _ops.Count == 0 ? 0 : _ops.Count - 1;

    public ulong Retired { get; private set; }

    public WatchHit? WatchHit { get; private set; }

    public bool HasReachedLimit => _counts && _cpu.Executed >= _cpu.ExecutionLimit;

    public ulong ReadFlags() => _ops.Flags().Bits;

    public VcpuExit Step(StepOptions options)
    {
        var pc = _cpu.ProgramCounter;
        _cpu.HoldInterrupts = (options & StepOptions.HoldInterrupts) != 0;
        if ((_cpu.Signal.Pending & ~Attention.Stop) != 0) _cpu.Attend();
        _cpu.HoldInterrupts = false;
        if (_cpu.ProgramCounter != pc) return VcpuExit.SingleStep; // the interrupt was the step
        if (_cpu.IsWaiting) return VcpuExit.Halted;
        _code.IgnoreBreakpoints = true;
        var watched = RunSingle();
        _code.IgnoreBreakpoints = false;
        _cpu.WaitRequested = false;
        return watched ? VcpuExit.Breakpoint : VcpuExit.SingleStep;
    }

    public bool Run(int hotness)
    {
        if (_cpu.MustStep) return RunSingle();
        var entry = Enter();
        if (entry != null)
        {
            if (_counts) RunMany<Counted>(entry, hotness);
            else RunMany<Uncounted>(entry, hotness);
        }
        return _ops.Outcome == Outcome.DebugPoint && StopAtDebugPoint();
    }

    /// <summary>Runs one instruction, traced if the guest traces itself; true when a debug point was met.</summary>
    private bool RunSingle()
    {
        var before = _cpu.Registers.Retired;
        var traced = _cpu.BeginStep();
        var entry = Enter();
        if (entry != null) RunOne(entry);
        var stopped = _ops.Outcome == Outcome.DebugPoint && StopAtDebugPoint();
        if (!stopped) _cpu.EndStep(traced, before);
        return stopped;
    }

    /// <summary>Prepares to run at the instruction pointer; null when fetching there trapped or a breakpoint stands there.</summary>
    private DecodedX86* Enter()
    {
        var pc = _cpu.ProgramCounter;
        _data.Translations.Select(_cpu.DataContext);
        _ops.UseTranslations();
        _ops.Outcome = Outcome.None;
        var entry = _code.Find(pc);
        if (entry != null) return entry;
        _ops.Outcome = _code.Outcome;
        if (_ops.Outcome == Outcome.Trap) _cpu.TakeTrap(pc);
        return null;
    }

    private void RunMany<TCounting>(DecodedX86* current, int hotness) where TCounting : struct, ICounting
    {
        ref var ops = ref _ops;
        var limit = TCounting.IsOn ? _cpu.ExecutionLimit - _cpu.Executed : 0;
        var page = _code.Page;
        var start = _code.PageStart;
        var places = _code.Places;
        var stopped = Outcome.None;
        while (true)
        {
            ops.PcBias = start + current->Operands.Offset;
            ops.Count++;
            current->Handler(ref ops, in current->Operands);
            if (TCounting.IsOn && (ops.Count >= limit || *_attention != 0)) break;
            if (ops.Outcome == Outcome.None)
            {
                current++;
                continue;
            }
            if (ops.Outcome != Outcome.Branch || *_attention != 0) break;
            var target = ops.Target;
            var inside = target - start;
            DecodedX86* next = null;
            if (inside < CompilablePage.PageSize && page is not null)
            {
                if (page.Warm(target) >= hotness) break;
                next = X86CodePath.Peek(page, (int)inside, places);
            }
            if (next == null)
            {
                next = _code.Find(target);
                if (next == null)
                {
                    stopped = _code.Outcome;
                    break;
                }
                page = _code.Page;
                start = _code.PageStart;
            }
            current = next;
            ops.Outcome = Outcome.None;
        }
        Leave(ref ops, current);
        if (stopped == Outcome.DebugPoint) ops.Outcome = stopped;
    }

    private void RunOne(DecodedX86* entry)
    {
        ref var ops = ref _ops;
        while (true)
        {
            ops.PcBias = _code.PageStart + entry->Operands.Offset;
            ops.Count++;
            entry->Handler(ref ops, in entry->Operands);
            if (ops.Count != 0) break;
            // It was a link: the instruction is still to come.
            ops.Outcome = Outcome.None;
            entry = _code.Find(ops.Target);
            if (entry != null) continue;
            ops.Outcome = _code.Outcome;
            if (ops.Outcome == Outcome.Trap) _cpu.TakeTrap(ops.Target);
            return;
        }
        Leave(ref ops, entry);
    }

    /// <summary>Writes the instruction pointer and the instruction count back, and takes a pending trap.</summary>
    private void Leave(ref EvaluatorOps ops, DecodedX86* last)
    {
        var pc = ops.Pc;
        var trapped = _cpu.TrapPending;
        if (ops.Outcome == Outcome.Branch)
        {
            // The instruction branched; if something is wrong, it is at the target.
            Retire(ops.Count);
            pc = ops.Target;
        }
        else
        {
            // An instruction that traps or meets a debug point does not retire.
            Retire(trapped || ops.Outcome == Outcome.DebugPoint ? ops.Count - 1 : ops.Count);
            if (ops.Outcome == Outcome.BranchAndEndBlock) pc = ops.Target;
            else if (ops.Outcome is Outcome.None or Outcome.EndBlock) pc += last->Operands.Length;
        }
        ops.Count = 0;
        _cpu.ProgramCounter = pc;
        if (trapped) _cpu.TakeTrap(pc);
    }

    private void Retire(ulong instructions)
    {
        Retired += instructions;
        _cpu.AddRetired(instructions);
    }

    public bool StopAtDebugPoint()
    {
        WatchHit = _data.WatchHit;
        if (WatchHit is null) return true;
        // A watched access is done before the debugger hears of it; a breakpoint stops before.
        _data.ClearWatchHit();
        _data.IgnoreWatchpoints = true;
        var entry = Enter();
        if (entry != null) RunOne(entry);
        _data.IgnoreWatchpoints = false;
        return entry != null && _ops.Outcome != Outcome.Trap;
    }
}
