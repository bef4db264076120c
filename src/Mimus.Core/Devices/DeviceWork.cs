namespace Mimus.Core.Devices;

/// <summary>Where devices do what a vCPU should not wait for.</summary>
public abstract class DeviceWork
{
    /// <summary>Soon, on threads of their own.</summary>
    public static DeviceWork OnThreadPool { get; } = new PooledWork();

    /// <summary>Each request must have ended before the next is begun, so that every run of the machine does the same.</summary>
    public abstract bool IsOrdered { get; }

    public abstract void Add(IThreadPoolWorkItem item);

    private sealed class PooledWork : DeviceWork
    {
        public override bool IsOrdered => false;

        public override void Add(IThreadPoolWorkItem item) => ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
    }
}
