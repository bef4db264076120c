namespace Mimus.Core.Timing;

/// <summary>A one-shot timer in a machine's time. Its callback runs on the main event loop, or between two instructions where time is counted in them. Any thread may arm it.</summary>
public sealed class MachineTimer
{
    private readonly VirtualClock _clock;

    internal MachineTimer(VirtualClock clock, Action callback)
    {
        _clock = clock;
        Callback = callback;
    }

    internal Action Callback { get; }

    internal bool Queued { get; set; }

    /// <summary>Fires once the clock reaches <paramref name="deadline"/>; an earlier arming is replaced.</summary>
    public void Arm(long deadline) => _clock.Arm(this, deadline);

    public void Cancel() => _clock.Cancel(this);
}
