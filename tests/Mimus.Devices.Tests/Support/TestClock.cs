using Mimus.Core.Timing;

namespace Mimus.Devices.Tests.Support;

/// <summary>A machine's clock that stands still until a test lets time pass.</summary>
internal sealed class TestClock
{
    private readonly InstructionTime _time = new(0);

    public TestClock() => Clock = new VirtualClock(_time);

    public VirtualClock Clock { get; }

    /// <summary>Lets time pass and runs the timers, each at its time.</summary>
    public void Advance(long nanoseconds)
    {
        var end = Clock.Nanoseconds + nanoseconds;
        while (Clock.NextDeadline is { } deadline && deadline <= end)
        {
            _time.Skip(Math.Max(0, deadline - Clock.Nanoseconds));
            Clock.RunDue();
        }
        _time.Skip(end - Clock.Nanoseconds);
    }
}
