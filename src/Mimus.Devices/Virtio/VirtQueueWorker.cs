using Mimus.Core.Devices;

namespace Mimus.Devices.Virtio;

/// <summary>
/// Empties one queue away from the vCPU that notified. Any number of runs may be under way; at most one
/// waits to begin, and as it will look at the ring after everything that was made available until then, one is enough.
/// </summary>
/// <param name="queue">The queue to empty.</param>
/// <param name="gate">Counts the runs.</param>
/// <param name="work">Where it runs.</param>
/// <param name="processNext">Takes and handles one request; false when there is none.</param>
internal sealed class VirtQueueWorker(VirtQueue queue, WorkGate gate, DeviceWork work, Func<VirtQueueWorker, bool> processNext) : IThreadPoolWorkItem
{
    private int _waiting, _running;

    public VirtQueue Queue { get; } = queue;

    /// <summary>How many runs are under way.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Makes a run begin soon.</summary>
    public void Schedule()
    {
        if (Interlocked.Exchange(ref _waiting, 1) != 0) return;
        gate.Enter();
        work.Add(this);
    }

    public void Execute()
    {
        Interlocked.Exchange(ref _waiting, 0); // before the look at the ring
        Interlocked.Increment(ref _running);
        try
        {
            do
            {
                Queue.SuppressNotifications();
                while (processNext(this))
                {
                }
            }
            while (!Queue.TryRest());
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            gate.Leave();
        }
    }
}
