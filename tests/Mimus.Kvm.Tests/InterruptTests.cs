using Mimus.Core.Cpus;
using Mimus.Isa.X86;
using Mimus.Kvm.Tests.Support;
using Mimus.TestSupport;

namespace Mimus.Kvm.Tests;

/// <summary>Interrupts from the machine's own controllers, and processors that start each other.</summary>
public sealed class InterruptTests
{
    private const byte Vector = 0x20;
    private const string CountAndReturn = "ff060020 cf"; // inc word [2000h]; iret

    [FactNeeding(Need.Kvm)]
    public void An_interrupt_wakes_a_processor_that_halts()
    {
        using var machine = Machine("fb f4 f4", out var controller); // sti; hlt; hlt
        machine.RunToHalt();
        Assert.Equal(0, machine.Read<ushort>(0x2000));
        machine.Cpu.SetLine(X86Cpu.InterruptInput, true);
        machine.RunToHalt();
        Assert.Equal((1, 1, SmallMachine.Code + 3), (machine.Read<ushort>(0x2000), controller.Acknowledged, machine.State.Rip));
    }

    [FactNeeding(Need.Kvm)]
    public void An_interrupt_waits_until_the_guest_takes_it()
    {
        // cli; mov dx, 200h; out dx, al; out dx, al; sti; nop; hlt; cli; hlt: where the kernel tells of no window before the halt, it comes there
        using var machine = Machine("fa ba0002 ee ee fb 90 f4 fa f4", out var controller);
        var seen = new List<int>();
        machine.PortDevice.OnAccess = _ =>
        {
            seen.Add(controller.Acknowledged);
            machine.Cpu.SetLine(X86Cpu.InterruptInput, true);
        };
        machine.RunToHalt();
        Assert.Equal([0, 0], seen);
        Assert.Equal((1, 1), (controller.Acknowledged, machine.Read<ushort>(0x2000)));
    }

    [FactNeeding(Need.Kvm)]
    public void An_interrupt_beside_an_access_that_faults_comes_after_the_fault()
    {
        // mov ecx, 8f0h; sti; nop; rdmsr; nop; hlt; cli; hlt · the handler of #GP: inc word [2100h]; pop ax; add ax, 2; push ax; iret
        const ulong FaultHandler = SmallMachine.Handler + 0x100;
        using var machine = Machine("66b9f0080000 fb 90 0f32 90 f4 fa f4", out var controller).Load("ff060021 58 83c002 50 cf", FaultHandler);
        machine.Write<uint>(13 * 4, (uint)FaultHandler);
        var faultsBefore = 0;
        controller.OnRead = () => machine.Cpu.SetLine(X86Cpu.InterruptInput, true);
        controller.OnAcknowledge = () => faultsBefore = machine.Read<ushort>(0x2100);
        machine.RunToHalt();
        Assert.Equal((1, 1, 1), (faultsBefore, controller.Acknowledged, machine.Read<ushort>(0x2000)));
    }

    [FactNeeding(Need.Kvm)]
    public void A_halted_processor_that_takes_no_interrupts_stays_halted()
    {
        using var machine = Machine("fa f4 f4", out var controller);
        machine.RunToHalt();
        machine.Cpu.SetLine(X86Cpu.InterruptInput, true);
        machine.RunToHalt();
        Assert.Equal((0, SmallMachine.Code + 2), (controller.Acknowledged, machine.State.Rip));
    }

    [FactNeeding(Need.Kvm)]
    public void A_non_maskable_interrupt_comes_without_being_allowed()
    {
        using var machine = Machine("fa f4 f4", out _);
        machine.Write<uint>(2 * 4, (uint)SmallMachine.Handler);
        machine.RunToHalt();
        machine.Cpu.SetLine(X86Cpu.NonMaskableInput, true);
        machine.RunToHalt();
        Assert.Equal((1, SmallMachine.Code + 3), (machine.Read<ushort>(0x2000), machine.State.Rip));
    }

    [FactNeeding(Need.Kvm)]
    public void A_guest_that_is_stopped_between_interrupts_loses_none()
    {
        // again: sti; nop; cli; jmp again
        using var machine = Machine("fb 90 fa ebfb", out var controller);
        for (var i = 1; i <= 50; i++)
        {
            var run = Task.Run(machine.Vcpu.Run);
            machine.Cpu.SetLine(X86Cpu.InterruptInput, true);
            Assert.True(SpinWait.SpinUntil(() => controller.Acknowledged == i, TimeSpan.FromMinutes(1)));
            machine.Cpu.Signal.Raise(Attention.Stop);
            Assert.Equal(VcpuExit.Kicked, run.GetAwaiter().GetResult());
            // What was under way has been delivered: from here the struct alone would do.
            machine.Vcpu.Forget();
        }
        machine.Load("f4").StartAgain(SmallMachine.Code);
        machine.State.General[Slot.Rsp] = SmallMachine.Stack;
        machine.RunToHalt();
        Assert.InRange(machine.Read<ushort>(0x2000), 49, 50); // the last one's handler may just have been entered
    }

    [FactNeeding(Need.Kvm)]
    public void A_processor_starts_another()
    {
        using var machine = new SmallMachine(cpus: 2);
        machine.Load("ba0002 ee f4").Load("c606003001 f4", 0x5000); // out dx, al; hlt · mov byte [3000h], 1; hlt
        machine.PortDevice.OnAccess = _ =>
        {
            machine.Cpus[1].Init();
            machine.Cpus[1].Start(5);
        };
        Assert.Equal(VcpuExit.Halted, machine.Vcpus[1].Run());
        machine.RunToHalt();
        Assert.Equal(0, machine.Read<byte>(0x3000));
        Assert.Equal(VcpuExit.Halted, machine.Vcpus[1].Run());
        Assert.Equal(1, machine.Read<byte>(0x3000));
        Assert.Equal((0x500ul, 6ul), (machine.Cpus[1].Registers.Segment(SegmentNumber.Cs).Selector, machine.Cpus[1].Registers.Rip));
    }

    [FactNeeding(Need.Kvm)]
    public void Two_processors_run_at_once()
    {
        using var machine = new SmallMachine(cpus: 2);
        // Each counts under a lock for the other: lock inc word [3000h]; dec cx; jnz back; hlt
        const string Counting = "f0ff060030 49 75f8 f4";
        machine.Load(Counting).Load(Counting, 0x5000);
        machine.State.General[Slot.Rcx] = 20000;
        machine.Cpus[1].Init();
        machine.Cpus[1].Start(5);
        machine.Cpus[1].TakeEvents();
        machine.Cpus[1].Registers.General[Slot.Rcx] = 20000;
        var runs = machine.Vcpus.Select(v => Task.Run(v.Run)).ToArray();
        Task.WaitAll(runs);
        Assert.All(runs, r => Assert.Equal(VcpuExit.Halted, r.Result));
        Assert.Equal(40000, machine.Read<ushort>(0x3000));
    }

    private static SmallMachine Machine(string code, out FakeController controller)
    {
        var machine = new SmallMachine().Load(code).Load(CountAndReturn, SmallMachine.Handler);
        machine.Write<uint>(Vector * 4, (uint)SmallMachine.Handler);
        controller = new FakeController(machine.Cpu, Vector);
        machine.Cpu.InterruptController = controller;
        return machine;
    }
}
