using Mimus.Core.State;
using Mimus.Host;

namespace Mimus.Core.Timing;

/// <summary>
/// A machine's time: nanoseconds since it was switched on, standing still while it is paused. Devices see no other time.
/// </summary>
public sealed class VirtualClock : IStateful
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<MachineTimer, long> _timers = new();
    private long _wallAtStart = HostClock.UnixNanoseconds;
    private long _offset;
    private long _pausedAt;
    private volatile bool _running;

    /// <summary>Raised when the earliest deadline has moved or time goes on: the event loop must look again.</summary>
    internal event Action? Changed;

    public long Nanoseconds => _running ? HostClock.Nanoseconds + Volatile.Read(ref _offset) : Volatile.Read(ref _pausedAt);

    /// <summary>What a battery-backed clock shows, in nanoseconds since 1970: the calendar at the start plus machine time.</summary>
    public long WallNanoseconds => _wallAtStart + Nanoseconds;

    public MachineTimer CreateTimer(Action callback) => new(this, callback);

    public void Pause()
    {
        lock (_lock)
        {
            if (!_running) return;
            _pausedAt = Nanoseconds;
            _running = false;
        }
    }

    public void Resume()
    {
        lock (_lock)
        {
            if (_running) return;
            _offset = _pausedAt - HostClock.Nanoseconds;
            _running = true;
        }
        Changed?.Invoke();
    }

    public void State(StateVisitor v)
    {
        var now = Nanoseconds;
        v.Field(1, "nanoseconds", ref now);
        if (!v.IsRestoring) return;
        if (now < 0) StateVisitor.Refuse("the clock is before the machine's start");
        lock (_lock)
        {
            _pausedAt = now;
            _offset = now - HostClock.Nanoseconds;
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

    /// <summary>Runs the callbacks of all timers whose time has come, outside the lock.</summary>
    internal void RunDue()
    {
        while (true)
        {
            MachineTimer timer;
            lock (_lock)
            {
                if (!_running || !_timers.TryPeek(out timer!, out var deadline) || deadline > Nanoseconds) return;
                _timers.Dequeue();
                timer.Queued = false;
            }
            timer.Callback();
        }
    }
}
