using Mimus.Core.Cpus;

namespace Mimus;

/// <summary>The thread of one vCPU: it runs guest code while the machine runs and parks when it does not.</summary>
internal sealed class VcpuThread : IDisposable
{
    private readonly Vm _vm;
    private readonly IVcpu _vcpu;
    private readonly ManualResetEventSlim _parked = new(true);
    private readonly AutoResetEvent _go = new(false);
    private readonly Thread _thread;
    private volatile bool _wanted;
    private volatile bool _ending;

    public VcpuThread(Vm vm, IVcpu vcpu)
    {
        _vm = vm;
        _vcpu = vcpu;
        _thread = new Thread(Run) { IsBackground = true, Name = vcpu.Cpu.Name };
        _thread.Start();
    }

    public IVcpu Vcpu => _vcpu;

    /// <summary>Lets the vCPU run; it must be parked.</summary>
    public void Go()
    {
        _wanted = true;
        _parked.Reset();
        _go.Set();
    }

    /// <summary>Asks the vCPU to park; does not wait.</summary>
    public void AskToPark()
    {
        _wanted = false;
        _vcpu.Cpu.Signal.Raise(Attention.Stop);
    }

    /// <summary>Waits until the vCPU has parked. Not from its own thread.</summary>
    public void WaitParked()
    {
        _parked.Wait();
        _vcpu.Cpu.Signal.Acknowledge(Attention.Stop);
    }

    public bool IsCurrentThread => Thread.CurrentThread == _thread;

    public void Dispose()
    {
        _ending = true;
        AskToPark();
        _go.Set();
        if (!IsCurrentThread) _thread.Join();
        _vcpu.Dispose();
        _parked.Dispose();
        _go.Dispose();
    }

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

    private void RunGuest()
    {
        while (_wanted)
        {
            VcpuExit exit;
            try
            {
                exit = _vcpu.Run();
            }
#pragma warning disable CA1031 // whatever went wrong inside the engine is this vCPU's failure and is reported as such
            catch (Exception e)
            {
                _vm.OnEngineFailure(_vcpu, e);
                return;
            }
#pragma warning restore CA1031
            switch (exit)
            {
                case VcpuExit.Halted:
                    _vcpu.Cpu.Signal.Sleep();
                    break;
                case VcpuExit.Kicked:
                    break;
                default:
                    _wanted = false;
                    _vm.OnVcpuStop(new VmStop(_vcpu.Cpu.Index, exit, _vcpu.WatchHit));
                    break;
            }
        }
    }
}
