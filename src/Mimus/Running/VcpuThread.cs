using Mimus.Core.Cpus;

namespace Mimus.Running;

/// <summary>The thread of one vCPU.</summary>
internal sealed class VcpuThread(Vm vm, IVcpu vcpu) : GuestThread(vcpu.Cpu.Name)
{
    protected override bool TryChoose(IReadOnlyCollection<int>? cpus) => cpus is null || cpus.Contains(vcpu.Cpu.Index);

    protected override void RunGuest()
    {
        while (IsWanted)
        {
            if (!vm.TryRun(vcpu, out var exit)) return;
            switch (exit)
            {
                case VcpuExit.Halted:
                    vcpu.Cpu.Signal.Sleep();
                    break;
                case VcpuExit.Kicked:
                    break;
                default:
                    IsWanted = false;
                    vm.OnVcpuStop(new VmStop(vcpu.Cpu.Index, exit, vcpu.WatchHit) { Failure = exit == VcpuExit.Failed ? vcpu.Failure : null });
                    break;
            }
        }
    }

    protected override void Interrupt() => vcpu.Cpu.Signal.Raise(Attention.Stop);

    protected override void EndInterruption() => vcpu.Cpu.Signal.Acknowledge(Attention.Stop);

    protected override void Dispose(bool disposing) => vcpu.Dispose();
}
