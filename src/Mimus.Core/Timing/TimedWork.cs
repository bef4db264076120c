using Mimus.Core.Devices;

namespace Mimus.Core.Timing;

/// <summary>Device work of a machine whose time is counted: done after the instruction that asked for it, before the next.</summary>
public sealed class TimedWork(VirtualClock clock) : DeviceWork
{
    public override bool IsOrdered => true;

    public override void Add(IThreadPoolWorkItem item) => clock.CreateTimer(item.Execute).Arm(clock.Nanoseconds);
}
