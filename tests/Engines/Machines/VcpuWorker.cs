using System.Collections.Concurrent;
using Mimus.Core.Cpus;

namespace Mimus.Engines.Tests.Machines;

/// <summary>The thread of one vCPU, always the same, as in a real machine; whoever waits for it does so for a bounded time.</summary>
internal sealed class VcpuWorker : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly IVcpu _vcpu;
    private readonly Thread _thread;

    public VcpuWorker(IVcpu vcpu)
    {
        _vcpu = vcpu;
        _thread = new Thread(Run) { IsBackground = true, Name = vcpu.Cpu.Name };
        _thread.Start();
    }

    /// <summary>Runs guest code until it stops for good.</summary>
    public Task<VcpuExit> Start()
    {
        var result = new TaskCompletionSource<VcpuExit>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                result.SetResult(RunGuest());
            }
#pragma warning disable CA1031 // whatever an engine throws is the test's result
            catch (Exception e)
            {
                result.SetException(e);
            }
#pragma warning restore CA1031
        });
        return result.Task;
    }

    /// <summary>Waits for a run; null when it did not end in time and was told to stop, an exception when it does not even do that.</summary>
    public VcpuExit? Wait(Task<VcpuExit> run, TimeSpan patience)
    {
        if (run.Wait(patience)) return run.Result;
        _vcpu.Cpu.Signal.Raise(Attention.Stop);
        if (run.Wait(TimeSpan.FromSeconds(10))) return null;
        throw new TimeoutException($"{_vcpu.Cpu.Name} neither comes to its end nor heeds that it is to stop");
    }

    /// <summary>A thread that hangs in its engine is left behind.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        if (_thread.Join(1000)) _work.Dispose();
    }

    private VcpuExit RunGuest()
    {
        while (true)
        {
            var exit = _vcpu.Run();
            if (exit != VcpuExit.Halted) return exit;
            _vcpu.Cpu.Signal.Sleep();
        }
    }

    private void Run()
    {
        foreach (var action in _work.GetConsumingEnumerable()) action();
    }
}
