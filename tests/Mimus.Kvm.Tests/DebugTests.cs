using Mimus.Core.Cpus;
using Mimus.Isa.X86;
using Mimus.Kvm.Tests.Support;
using Mimus.TestSupport;

namespace Mimus.Kvm.Tests;

/// <summary>The debugger's steps and points.</summary>
public sealed class DebugTests
{
    [FactNeeding(Need.Kvm)]
    public void A_step_is_one_instruction()
    {
        using var machine = new SmallMachine().Load("40 b80500 ba0002 ee 43 f4"); // inc ax; mov ax, 5; mov dx, 200h; out dx, al; inc bx; hlt
        foreach (var expected in new ulong[] { 1, 4, 7, 8, 9 })
        {
            Assert.Equal(VcpuExit.SingleStep, machine.Vcpu.Step());
            Assert.Equal(SmallMachine.Code + expected, machine.State.Rip);
        }
        Assert.Equal(["w0:05"], machine.PortDevice.Accesses);
        Assert.Equal(1ul, machine.State.General[Slot.Rbx]);
        machine.RunToHalt();
    }

    [FactNeeding(Need.Kvm)]
    public void A_breakpoint_stops_before_its_instruction()
    {
        using var machine = new SmallMachine().Load("40 40 43 f4"); // inc ax; inc ax; inc bx; hlt
        machine.Environment.Debug.Breakpoints = [SmallMachine.Code + 2];
        machine.Vcpu.Forget();
        Assert.Equal(VcpuExit.Breakpoint, machine.Vcpu.Run());
        Assert.Equal((SmallMachine.Code + 2, 2ul, 0ul), (machine.State.Rip, machine.State.General[Slot.Rax], machine.State.General[Slot.Rbx]));
        Assert.Equal(VcpuExit.SingleStep, machine.Vcpu.Step());
        machine.RunToHalt();
        Assert.Equal(1ul, machine.State.General[Slot.Rbx]);
    }

    [FactNeeding(Need.Kvm)]
    public void More_points_than_the_processor_has_are_refused()
    {
        using var machine = new SmallMachine().Load("f4");
        machine.Environment.Debug.Breakpoints = [1, 2, 3, 4, 5];
        machine.Vcpu.Forget();
        Assert.Equal(VcpuExit.Failed, machine.Vcpu.Run());
        Assert.Contains("5 breakpoints and watchpoints", machine.Vcpu.Failure, StringComparison.Ordinal);
        machine.Environment.Debug.Breakpoints = [];
        machine.Vcpu.Forget();
        machine.RunToHalt();
    }
}
