using Mimus.Host;

namespace Mimus.Running;

/// <summary>The sleep of a thread that has nothing to run, measured by the host's clock.</summary>
internal sealed class IdleSleep : IDisposable
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly AutoResetEvent _wake = new(false);
    private volatile bool _isAsleep;

    /// <summary>Has a sleeper look whether its reason to sleep is over. Any thread may call.</summary>
    public void Wake()
    {
        if (_isAsleep) _wake.Set();
    }

    /// <summary>Sleeps so long, or without end, unless the reason is over before; the nanoseconds that passed, not more than asked for.</summary>
    public long Sleep(long? nanoseconds, Func<bool> isOver)
    {
        var wanted = nanoseconds ?? long.MaxValue;
        var began = HostClock.Nanoseconds;
        long passed = 0;
        _isAsleep = true;
        Interlocked.MemoryBarrier(); // who changes the reason after this sees the sleeper
        while (passed < wanted && !isOver())
        {
            var left = Math.Min((wanted - passed) / NanosecondsPerMillisecond, int.MaxValue - 1);
            _wake.WaitOne((int)left + 1);
            passed = HostClock.Nanoseconds - began;
        }
        _isAsleep = false;
        return Math.Min(passed, wanted);
    }

    public void Dispose() => _wake.Dispose();
}
