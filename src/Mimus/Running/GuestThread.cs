namespace Mimus.Running;

/// <summary>A thread that runs guest code while the machine runs, and parks when it does not.</summary>
internal abstract class GuestThread : IDisposable
{
    private readonly ManualResetEventSlim _parked = new(true);
    private readonly AutoResetEvent _go = new(false);
    private readonly Thread _thread;
    private volatile bool _ending;
    private volatile bool _isWanted;

    protected GuestThread(string name)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = name };
        _thread.Start();
    }

    public bool IsCurrentThread => Thread.CurrentThread == _thread;

    /// <summary>Whether it is to run guest code; a thread that stops on its own account takes it back.</summary>
    protected bool IsWanted
    {
        get => _isWanted;
        set => _isWanted = value;
    }

    /// <summary>Lets vCPUs run, all of them or those given; the thread must be parked.</summary>
    public void Go(IReadOnlyCollection<int>? cpus)
    {
        if (!TryChoose(cpus)) return;
        _isWanted = true;
        _parked.Reset();
        _go.Set();
    }

    /// <summary>Asks the thread to park; does not wait.</summary>
    public void AskToPark()
    {
        _isWanted = false;
        Interrupt();
    }

    /// <summary>Waits until the thread has parked. Not from itself.</summary>
    public void WaitParked()
    {
        _parked.Wait();
        EndInterruption();
    }

    public void Dispose()
    {
        _ending = true;
        AskToPark();
        _go.Set();
        if (!IsCurrentThread) _thread.Join();
        Dispose(true);
        _parked.Dispose();
        _go.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    /// <summary>Takes note of the vCPUs that are to run; false when this thread has none of them.</summary>
    protected abstract bool TryChoose(IReadOnlyCollection<int>? cpus);

    /// <summary>Runs guest code as long as it is wanted.</summary>
    protected abstract void RunGuest();

    /// <summary>Makes <see cref="RunGuest"/> look whether it is still wanted. Called by any thread.</summary>
    protected abstract void Interrupt();

    protected abstract void EndInterruption();

    private void Run()
    {
        while (true)
        {
            _go.WaitOne();
            if (_ending) break;
            RunGuest();
            _parked.Set();
        }
        _parked.Set();
    }
}
