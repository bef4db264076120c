using Mimus.Core.Cpus;
using Mimus.Core.Timing;
using Mimus.Isa;

namespace Mimus.Running;

/// <summary>
/// The one thread of all vCPUs of a machine whose time is counted in instructions. They run in turns, timers fire between two
/// instructions, and so every run does the same.
/// </summary>
internal sealed class TurnThread : GuestThread
{
    private readonly Vm _vm;
    private readonly IReadOnlyList<IVcpu> _vcpus;
    private readonly IReadOnlyList<EmulatedCpu> _cpus;
    private readonly VirtualClock _clock;
    private readonly InstructionTime _time;
    private readonly CpuTurns _turns;
    private readonly bool _sleepsWhenIdle;
    private readonly IdleSleep _sleep = new();
    private IReadOnlyCollection<int>? _chosen;
    private volatile VcpuSignal? _running;

    public TurnThread(Vm vm, IReadOnlyList<IVcpu> vcpus, CpuTurns turns, CountedTime options)
        : base("vCPUs")
    {
        _vm = vm;
        _vcpus = vcpus;
        _cpus = vm.Machine.Cpus;
        _clock = vm.Machine.Clock;
        _time = _clock.Instructions ?? throw new ArgumentException("the machine's time is not counted", nameof(vm));
        _turns = turns;
        _sleepsWhenIdle = options.SleepsWhenIdle;
        foreach (var cpu in _cpus) cpu.Signal.Raised = _sleep.Wake;
        _clock.Changed += LookAtTimers;
    }

    /// <summary>The machine stops when it has executed so many instructions.</summary>
    public ulong? StopAt { get; set; }

    /// <summary>Runs one instruction of one vCPU, and what is due after it. While the thread is parked.</summary>
    public VcpuExit Step(int cpu, StepOptions options)
    {
        _turns.Wake(cpu);
        var exit = _vcpus[cpu].Step(options);
        _clock.RunDue();
        return exit;
    }

    protected override bool TryChoose(IReadOnlyCollection<int>? cpus)
    {
        _chosen = cpus;
        return cpus is null || cpus.Count > 0;
    }

    protected override void RunGuest()
    {
        while (true)
        {
            _clock.RunDue();
            if (!IsWanted) return;
            if (_time.Instructions >= StopAt)
            {
                StopAt = null;
                Stop(new VmStop(_turns.Current, VcpuExit.Counted, null));
            }
            else if (_turns.TryNext(_cpus, _chosen)) RunTurn();
            else PassTime();
        }
    }

    protected override void Interrupt()
    {
        foreach (var cpu in _cpus) cpu.Signal.Raise(Attention.Stop);
    }

    protected override void EndInterruption()
    {
        foreach (var cpu in _cpus) cpu.Signal.Acknowledge(Attention.Stop);
    }

    protected override void Dispose(bool disposing)
    {
        _clock.Changed -= LookAtTimers;
        foreach (var vcpu in _vcpus) vcpu.Dispose();
        _sleep.Dispose();
    }

    private void RunTurn()
    {
        var vcpu = _vcpus[_turns.Current];
        var cpu = _cpus[_turns.Current];
        var before = cpu.Executed;
        _running = cpu.Signal; // from here on, timers that come to be due earlier interrupt it
        cpu.ExecutionLimit = before + Allowance();
        var runs = _vm.TryRun(vcpu, out var exit);
        _running = null;
        _turns.Spend(cpu.Executed - before);
        if (!runs) IsWanted = false;
        else if (exit == VcpuExit.Halted) _turns.End(isWaiting: !cpu.IsStopped);
        else if (exit is not (VcpuExit.Counted or VcpuExit.Kicked)) Stop(new VmStop(cpu.Index, exit, vcpu.WatchHit));
    }

    /// <summary>How many instructions can be run before there is something to do between two of them.</summary>
    private ulong Allowance()
    {
        var allowance = _turns.Left;
        if (_clock.NextDeadline is { } deadline) allowance = Math.Min(allowance, _time.InstructionsUntil(deadline));
        if (StopAt is { } stop) allowance = Math.Min(allowance, stop - _time.Instructions);
        return allowance;
    }

    /// <summary>Nobody has anything to run: time goes on to the next timer, at once or with the host's time.</summary>
    private void PassTime()
    {
        var deadline = _clock.NextDeadline;
        var left = deadline - _clock.Nanoseconds;
        if (left is { } whole && !_sleepsWhenIdle)
        {
            _time.Skip(whole);
            return;
        }
        var passed = _sleep.Sleep(left, () => !IsWanted || _clock.NextDeadline != deadline || _cpus.Any(c => _turns.CanRun(c, _chosen)));
        // A machine that is brought to rest meanwhile sleeps again from the beginning, so that no rest leaves a trace.
        if (IsWanted && _sleepsWhenIdle) _time.Skip(passed);
    }

    private void Stop(VmStop stop)
    {
        IsWanted = false;
        _vm.OnVcpuStop(stop);
    }

    private void LookAtTimers()
    {
        _running?.Raise(Attention.Stop);
        _sleep.Wake();
    }
}
