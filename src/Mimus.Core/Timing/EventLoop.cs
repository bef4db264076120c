using System.Collections.Concurrent;
using Mimus.Host;

namespace Mimus.Core.Timing;

/// <summary>
/// The main event loop of a machine: timers (unless time is counted in instructions), readable file descriptors, and callbacks posted by other threads (bottom halves),
/// all run on one thread, one after the other.
/// </summary>
public sealed class EventLoop : IDisposable
{
    private readonly Poller _poller = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Dictionary<int, Action> _readers = [];
    private readonly bool _runsTimers;
    private readonly Lock _timerLock = new(); // before the clock's and the poller's
    private long? _armedFor;
    private volatile bool _stopping;
    private int _thread;

    public EventLoop(VirtualClock clock)
    {
        Clock = clock;
        _runsTimers = clock.Instructions is null;
        if (_runsTimers) clock.Changed += ArmTimer;
    }

    public VirtualClock Clock { get; }

    public bool IsCurrentThread => _thread == Environment.CurrentManagedThreadId;

    /// <summary>Runs <paramref name="action"/> soon on the loop's thread. Any thread may call.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        Wake();
    }

    /// <summary>Runs <paramref name="action"/> on the loop's thread and waits for its end; at once when this is that thread.</summary>
    public void Invoke(Action action)
    {
        if (IsCurrentThread)
        {
            action();
            return;
        }
        var done = new TaskCompletionSource();
        Post(() =>
        {
            try
            {
                action();
                done.SetResult();
            }
#pragma warning disable CA1031 // the exception continues in the thread that waits
            catch (Exception e)
            {
                done.SetException(e);
            }
#pragma warning restore CA1031
        });
        done.Task.GetAwaiter().GetResult();
    }

    /// <summary>Calls <paramref name="onReadable"/> whenever the descriptor can be read. On the loop's thread or before it runs.</summary>
    public void Watch(int fd, Action onReadable)
    {
        _readers.Add(fd, onReadable);
        _poller.Watch(fd);
    }

    public void Unwatch(int fd)
    {
        if (_readers.Remove(fd)) _poller.Unwatch(fd);
    }

    /// <summary>Runs until <see cref="Stop"/>.</summary>
    public void Run()
    {
        _thread = Environment.CurrentManagedThreadId;
        Span<int> ready = stackalloc int[16];
        while (!_stopping)
        {
            while (_posted.TryDequeue(out var action)) action();
            if (_runsTimers)
            {
                Clock.RunDue();
                ArmTimer(onlyIfMoved: true);
            }
            if (_stopping) break;
            var count = _poller.Wait(_posted.IsEmpty, ready, out var timerFired);
            if (timerFired) lock (_timerLock) _armedFor = null;
            foreach (var fd in ready[..count])
            {
                if (_readers.TryGetValue(fd, out var reader)) reader();
            }
        }
    }

    public void Stop()
    {
        _stopping = true;
        Wake();
    }

    public void Dispose()
    {
        Clock.Changed -= ArmTimer;
        _poller.Dispose();
    }

    /// <summary>Whoever moves the earliest deadline sets the timer by itself: the loop need not wake up for that.</summary>
    private void ArmTimer() => ArmTimer(onlyIfMoved: false);

    private void ArmTimer(bool onlyIfMoved)
    {
        lock (_timerLock)
        {
            var next = Clock.NextDeadline;
            if (onlyIfMoved && next == _armedFor) return;
            _armedFor = next;
            var wait = Clock.UntilNext();
            if (wait == 0) Wake();
            else if (wait > 0) _poller.SetTimer(wait);
        }
    }

    private void Wake() => _poller.Wake();
}
