using System.Runtime.CompilerServices;
using Mimus.Core.State;

namespace Mimus.Core.Timing;

/// <summary>A free-running counter of a fixed frequency that software can set: a machine's timebase.</summary>
public sealed class TickCounter(VirtualClock clock, ulong frequency) : IStateful
{
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly ulong _nanosecondsPerTick = NanosecondsPerSecond % frequency == 0 ? NanosecondsPerSecond / frequency : 0; // 0: not whole
    private readonly ulong _whole = frequency / NanosecondsPerSecond; // ticks a nanosecond, and below in units of 2^-64, rounded up
    private readonly ulong _fraction = FractionOf(frequency % NanosecondsPerSecond);
    private readonly ulong[] _offset = GC.AllocateArray<ulong>(1, pinned: true);

    /// <summary>Software has set the counter, or a snapshot has: deadlines are elsewhere. Raised on the thread that did it.</summary>
    public event Action? Changed;

    public ulong Frequency { get; } = frequency;

    public VirtualClock Clock { get; } = clock;

    public ulong Ticks
    {
        get => ClockTicks + Volatile.Read(ref _offset[0]);
        set
        {
            Volatile.Write(ref _offset[0], value - ClockTicks);
            Changed?.Invoke();
        }
    }

    /// <summary>How emitted code computes the same, as long as this object lives; null where it cannot.</summary>
    public unsafe TickSource? Source => Clock.Record == null ? null
        : new TickSource((nint)Clock.Record, (nint)Unsafe.AsPointer(ref _offset[0]), _whole, _fraction);

    private ulong ClockTicks
    {
        get
        {
            var now = (ulong)Clock.Nanoseconds;
            return (now * _whole) + Math.BigMul(now, _fraction, out _);
        }
    }

    /// <summary>
    /// The first nanosecond of the clock at which the counter has reached a value; the end of time when that is out of reach.
    /// </summary>
    public long DeadlineOf(ulong ticks)
    {
        var now = ClockTicks;
        var counter = now + Volatile.Read(ref _offset[0]);
        if (ticks <= counter) return 0;
        if (_nanosecondsPerTick == 0) return ScaledDeadline(now, ticks - counter);
        var last = long.MaxValue / _nanosecondsPerTick;
        return now > last || ticks - counter > last - now ? long.MaxValue : (long)((now + (ticks - counter)) * _nanosecondsPerTick);
    }

    // What needs 128 bits is never precompiled, so it is apart: the usual frequencies do without.
    private long ScaledDeadline(ulong now, ulong wait)
    {
        var deadline = (((UInt128)now + wait) * NanosecondsPerSecond + Frequency - 1) / Frequency;
        return deadline > (ulong)long.MaxValue ? long.MaxValue : (long)deadline;
    }

    /// <summary>2^64 times a frequency below one tick a nanosecond, by ticks and their rest bit by bit.</summary>
    private static ulong FractionOf(ulong frequency)
    {
        var fraction = 0ul;
        for (var i = 0; i < 64; i++)
        {
            frequency *= 2;
            fraction = (fraction << 1) | (frequency >= NanosecondsPerSecond ? 1u : 0u);
            if (frequency >= NanosecondsPerSecond) frequency -= NanosecondsPerSecond;
        }
        return frequency == 0 ? fraction : fraction + 1;
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "offset", ref _offset[0]);
        if (v.IsRestoring) Changed?.Invoke();
    }
}
