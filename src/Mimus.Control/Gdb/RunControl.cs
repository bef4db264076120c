using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Mimus.Core.Cpus;

namespace Mimus.Control.Gdb;

/// <summary>Lets the machine run and step for the debugger, and knows what to answer when it has stopped.</summary>
internal sealed class RunControl : IDisposable
{
    private const string Trap = "T05", Interrupted = "T02", Aborted = "T06"; // gdb's numbers of signals

    private readonly GdbTarget _target;
    private readonly DebugPointSet _points;
    private readonly Action _wake;
    private readonly ConcurrentQueue<VmStop> _told = new();
    private readonly Dictionary<int, VmStop> _held = []; // several processors may stop at once, and answers are for one
    private VmStop? _current;
    private string? _last;
    private bool _interrupted, _failureTold;
    private int _stoppedCpu; // whose stop was told last: a person who interrupts expects to be where they were
    private volatile int _run;
    private volatile int _pausedRun = -1;

    /// <param name="target">The machine.</param>
    /// <param name="points">The debugger's points.</param>
    /// <param name="wake">Called by any thread when there may be something to report.</param>
    public RunControl(GdbTarget target, DebugPointSet points, Action wake)
    {
        _target = target;
        _points = points;
        _wake = wake;
        Vm.VcpuStopped += OnStopped;
        Vm.StateChanged += OnStateChanged;
    }

    /// <summary>The debugger let the machine run and has not been told of a stop.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Whether the machine is the debugger's: not before and not after it detached.</summary>
    public bool IsAttached { get; private set; } = true;

    private Vm Vm => _target.Vm;

    /// <summary>Takes the machine (again).</summary>
    public void Attach()
    {
        IsAttached = true;
        Vm.Pause();
    }

    /// <summary>Gives the machine back as it was before: without points, and running.</summary>
    public void Detach(bool resumes)
    {
        if (!IsAttached) return;
        IsAttached = false;
        IsWaiting = false;
        _held.Clear();
        _points.Clear();
        _points.Apply(stepsAlone: false);
        if (resumes) Vm.Resume();
    }

    /// <summary>Runs all processors, or some.</summary>
    public void Continue(IReadOnlyCollection<int>? cpus)
    {
        IsWaiting = true;
        // Even when nothing runs: whoever paused the machine may not yet have told of all the processors that had stopped.
        Vm.Pause();
        if (TryTakeHeld(cpus)) return;
        _points.Apply(stepsAlone: false);
        _run++;
        Vm.Resume(cpus);
    }

    /// <summary>Runs one instruction on each of some processors, and others for as long as that takes.</summary>
    public void Step(IReadOnlyList<int> cpus, IReadOnlyList<int> others)
    {
        IsWaiting = true;
        Vm.Pause(); // somebody else may have let it run
        if (Vm.State == VmState.Stopped) return;
        _points.Apply(stepsAlone: others.Count == 0);
        _run++;
        foreach (var cpu in cpus)
        {
            var stop = Vm.Step(cpu, _target.StepOptions, others);
            if (_current is null) _current = stop;
            else if (stop.WatchHit is not null) _held[cpu] = stop;
            others = [];
        }
        WaitForLoop();
    }

    /// <summary>The debugger asks a running machine to stop.</summary>
    public void Interrupt()
    {
        if (!IsWaiting) return;
        Vm.Pause();
        _interrupted = true;
    }

    /// <summary>Writes what the debugger waits for, if it has happened. Called until it is false.</summary>
    public bool TryReport(PacketWriter reply)
    {
        if (!IsWaiting) return false;
        if (Vm.Ended.IsCompleted) WriteEnd(reply);
        else if (NextStop() is { } stop)
        {
            if (stop.Exit == VcpuExit.Failed && !_failureTold)
            {
                _failureTold = true;
                reply.Text("O").Hex(Encoding.UTF8.GetBytes($"the processor cannot go on: {Vm.Failure?.Message}\n"));
                return true;
            }
            _current = null;
            _stoppedCpu = stop.CpuIndex;
            reply.Text(_last = Describe(stop));
        }
        else if (_interrupted || (_pausedRun == _run && Vm.State == VmState.Paused)) reply.Text(_last = Because(Interrupted, _stoppedCpu));
        else return false;
        _target.Selected = _stoppedCpu;
        IsWaiting = false;
        _interrupted = false;
        return true;
    }

    /// <summary>Says why the machine stands still.</summary>
    public void WriteStatus(PacketWriter reply)
    {
        if (Vm.Ended.IsCompleted) WriteEnd(reply);
        else reply.Text(_last ?? Because(Trap, _stoppedCpu));
    }

    public void Dispose()
    {
        Vm.VcpuStopped -= OnStopped;
        Vm.StateChanged -= OnStateChanged;
    }

    private void OnStopped(VmStop stop)
    {
        _told.Enqueue(stop);
        _wake();
    }

    /// <summary>
    /// Somebody else may pause the machine. It is told from the loop, behind the stop of a processor that may be the reason.
    /// </summary>
    private void OnStateChanged(VmState state)
    {
        if (state != VmState.Paused) return;
        var run = _run;
        Vm.Loop.Post(() =>
        {
            _pausedRun = run;
            _wake();
        });
    }

    /// <summary>What an instruction asked of the machine, such as to switch it off, is done by the loop.</summary>
    private void WaitForLoop()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Vm.Loop.Post(done.SetResult);
        Task.WaitAny(done.Task, Vm.Ended);
    }

    private VmStop? NextStop()
    {
        while (_told.TryDequeue(out var stop))
        {
            if (_current is null) _current = stop;
            else _held[stop.CpuIndex] = stop;
        }
        return _current;
    }

    /// <summary>A stop that is still to be reported comes before running on, unless its reason has gone meanwhile.</summary>
    private bool TryTakeHeld(IReadOnlyCollection<int>? cpus)
    {
        while (_told.TryDequeue(out var stop)) _held[stop.CpuIndex] = stop;
        foreach (var (cpu, stop) in _held.ToArray())
        {
            if (cpus is not null && !cpus.Contains(cpu)) continue;
            _held.Remove(cpu);
            if (!IsStillDue(stop)) continue;
            _current = stop;
            return true;
        }
        return false;
    }

    private bool IsStillDue(VmStop stop)
    {
        if (stop.Exit != VcpuExit.Breakpoint) return true;
        if (stop.WatchHit is { } hit) return _points.Contains(hit.Watchpoint);
        var pc = _target.Cpus[stop.CpuIndex].Debug.ProgramCounter;
        return _points.IsSoftware(pc) || _points.IsHardware(pc);
    }

    private string Describe(VmStop stop)
    {
        var text = Because(stop.Exit == VcpuExit.Failed ? Aborted : Trap, stop.CpuIndex);
        if (stop.Exit != VcpuExit.Breakpoint) return text;
        if (stop.WatchHit is { } hit)
        {
            var name = hit.Watchpoint.Kind switch { WatchKind.Write => "watch", WatchKind.Read => "rwatch", _ => "awatch" };
            return string.Create(CultureInfo.InvariantCulture, $"{text}{name}:{hit.Address:x};");
        }
        if (!_target.ReportsBreakpointKind) return text;
        return text + (_points.IsHardware(_target.Cpus[stop.CpuIndex].Debug.ProgramCounter) ? "hwbreak:;" : "swbreak:;");
    }

    private void WriteEnd(PacketWriter reply) => reply.Text(string.Create(CultureInfo.InvariantCulture, $"W{(byte)Vm.Ended.Result:x2}"));

    private static string Because(string signal, int cpu) =>
        string.Create(CultureInfo.InvariantCulture, $"{signal}thread:{ThreadId.Of(cpu):x2};");
}
