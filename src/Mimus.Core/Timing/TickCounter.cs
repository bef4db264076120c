using Mimus.Core.State;

namespace Mimus.Core.Timing;

/// <summary>A free-running counter of a fixed frequency that software can set: a machine's timebase.</summary>
public sealed class TickCounter(VirtualClock clock, ulong frequency) : IStateful
{
    private readonly ulong _nanosecondsPerTick = 1_000_000_000 / frequency;
    private ulong _offset;

    public ulong Frequency { get; } = frequency;

    public VirtualClock Clock { get; } = clock;

    public ulong Ticks
    {
        get => ((ulong)Clock.Nanoseconds / _nanosecondsPerTick) + Volatile.Read(ref _offset);
        set => Volatile.Write(ref _offset, value - ((ulong)Clock.Nanoseconds / _nanosecondsPerTick));
    }

    /// <summary>When the counter reaches a value, in the clock's nanoseconds; the end of time when that is out of reach.</summary>
    public long DeadlineOf(ulong ticks)
    {
        var fromStart = ticks - Volatile.Read(ref _offset);
        return fromStart > (ulong)long.MaxValue / _nanosecondsPerTick ? long.MaxValue : (long)(fromStart * _nanosecondsPerTick);
    }

    public void State(StateVisitor v) => v.Field(1, "offset", ref _offset);
}
