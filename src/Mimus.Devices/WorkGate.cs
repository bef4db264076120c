namespace Mimus.Devices;

/// <summary>Counts work that runs on other threads, so that a reset or a snapshot can wait for its end.</summary>
internal sealed class WorkGate
{
    private readonly object _changed = new();
    private int _count;

    public void Enter()
    {
        lock (_changed) _count++;
    }

    public void Leave()
    {
        lock (_changed)
        {
            if (--_count == 0) Monitor.PulseAll(_changed);
        }
    }

    public void WaitUntilIdle()
    {
        lock (_changed)
        {
            while (_count != 0) Monitor.Wait(_changed);
        }
    }
}
