using Mimus.Core.State;

namespace Mimus.Core.Timing;

/// <summary>A free-running counter of a fixed frequency that software can set: a machine's timebase.</summary>
public sealed class TickCounter(VirtualClock clock, ulong frequency) : IStateful
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly ulong _nanosecondsPerTick = NanosecondsPerSecond % frequency == 0 ? NanosecondsPerSecond / frequency : 0; // 0: not whole
    private ulong _offset;

    /// <summary>Software has set the counter, or a snapshot has: deadlines are elsewhere. Raised on the thread that did it.</summary>
    public event Action? Changed;

    public ulong Frequency { get; } = frequency;

    public VirtualClock Clock { get; } = clock;

    public ulong Ticks
    {
        get => ClockTicks + Volatile.Read(ref _offset);
        set
        {
            Volatile.Write(ref _offset, value - ClockTicks);
            Changed?.Invoke();
        }
    }

    private ulong ClockTicks
    {
        get
        {
            var now = (ulong)Clock.Nanoseconds;
            return _nanosecondsPerTick != 0 ? now / _nanosecondsPerTick : ScaledTicks(now);
        }
    }

    /// <summary>
    /// The first nanosecond of the clock at which the counter has reached a value; the end of time when that is out of reach.
    /// </summary>
    public long DeadlineOf(ulong ticks)
    {
        var now = ClockTicks;
        var counter = now + Volatile.Read(ref _offset);
        if (ticks <= counter) return 0;
        if (_nanosecondsPerTick == 0) return ScaledDeadline(now, ticks - counter);
        var last = long.MaxValue / _nanosecondsPerTick;
        return now > last || ticks - counter > last - now ? long.MaxValue : (long)((now + (ticks - counter)) * _nanosecondsPerTick);
    }

    // What needs 128 bits is never precompiled, so it is apart: the usual frequencies do without.
    private ulong ScaledTicks(ulong nanoseconds) => (ulong)((UInt128)nanoseconds * Frequency / NanosecondsPerSecond);

    private long ScaledDeadline(ulong now, ulong wait)
    {
        var deadline = (((UInt128)now + wait) * NanosecondsPerSecond + Frequency - 1) / Frequency;
        return deadline > (ulong)long.MaxValue ? long.MaxValue : (long)deadline;
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "offset", ref _offset);
        if (v.IsRestoring) Changed?.Invoke();
    }
}
