using Mimus.Core.State;
using Mimus.Host;

namespace Mimus.Core.Timing;

/// <summary>
/// A machine's time: nanoseconds since it was switched on, standing still while it is paused. Devices see no other time. It is
/// the host's, or it is counted in instructions; then whoever runs them also runs the timers, and no part of it is the host's.
/// </summary>
/// <param name="instructions">What time is counted in, or null for the host's.</param>
public sealed class VirtualClock(InstructionTime? instructions = null) : IStateful
{
    /// <summary>What the calendar shows when a machine of counted time is switched on: 2026-01-01, in nanoseconds since 1970.</summary>
    private const long CountedWallStart = 1_767_225_600_000_000_000;

    private readonly Lock _lock = new();
    private readonly PriorityQueue<MachineTimer, long> _timers = new();
    private long _wallAtStart = instructions is null ? HostClock.UnixNanoseconds : CountedWallStart;
    private readonly HostTime _time = new();
    private volatile bool _running;

    /// <summary>Raised when the earliest deadline has moved or time goes on: whoever runs the timers must look again.</summary>
    public event Action? Changed;

    /// <summary>What time is counted in; null when it is the host's.</summary>
    public InstructionTime? Instructions => instructions;

    public long Nanoseconds => instructions?.Nanoseconds ?? _time.Nanoseconds;

    /// <summary>How emitted code computes the time, as long as this object lives; null where it cannot.</summary>
    public unsafe ClockRecord* Record => instructions is null ? _time.Record : null;

    /// <summary>When the next timer is due, or null.</summary>
    public long? NextDeadline
    {
        get
        {
            lock (_lock) return _timers.TryPeek(out _, out var deadline) ? deadline : null;
        }
    }

    /// <summary>What a battery-backed clock shows, in nanoseconds since 1970: the calendar at the start plus machine time.</summary>
    public long WallNanoseconds => _wallAtStart + Nanoseconds;

    public MachineTimer CreateTimer(Action callback) => new(this, callback);

    public void Pause()
    {
        lock (_lock)
        {
            if (!_running) return;
            _time.Stop();
            _running = false;
        }
    }

    public void Resume()
    {
        lock (_lock)
        {
            if (_running) return;
            _time.Start();
            _running = true;
        }
        Changed?.Invoke();
    }

    public void State(StateVisitor v)
    {
        if (instructions is not null)
        {
            v.Child("instructions", instructions);
            return;
        }
        var now = Nanoseconds;
        v.Field(1, "nanoseconds", ref now);
        if (!v.IsRestoring) return;
        if (now < 0) StateVisitor.Refuse("the clock is before the machine's start");
        lock (_lock)
        {
            _time.Set(now);
            _wallAtStart = HostClock.UnixNanoseconds - now;
        }
    }

    internal void Arm(MachineTimer timer, long deadline)
    {
        bool earliest;
        lock (_lock)
        {
            if (timer.Queued) _timers.Remove(timer, out _, out _);
            timer.Queued = true;
            _timers.Enqueue(timer, deadline);
            earliest = ReferenceEquals(_timers.Peek(), timer);
        }
        if (earliest) Changed?.Invoke();
    }

    internal void Cancel(MachineTimer timer)
    {
        lock (_lock)
        {
            if (!timer.Queued) return;
            timer.Queued = false;
            _timers.Remove(timer, out _, out _);
        }
    }

    /// <summary>Nanoseconds until the next deadline: 0 when it has passed, negative when there is none.</summary>
    internal long UntilNext()
    {
        lock (_lock)
        {
            return _running && _timers.TryPeek(out _, out var deadline) ? Math.Max(0, deadline - Nanoseconds) : -1;
        }
    }

    /// <summary>
    /// Runs the callbacks of all timers whose time has come when it is called, outside the lock. A timer that its callback arms for
    /// the next moment waits for the next call, so that no guest keeps the caller here.
    /// </summary>
    public void RunDue()
    {
        var now = Nanoseconds;
        while (true)
        {
            MachineTimer timer;
            lock (_lock)
            {
                if ((!_running && instructions is null) || !_timers.TryPeek(out timer!, out var deadline) || deadline > now) return;
                _timers.Dequeue();
                timer.Queued = false;
            }
            timer.Callback();
        }
    }
}
