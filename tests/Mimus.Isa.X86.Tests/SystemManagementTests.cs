using Mimus.Core.Cpus;
using Mimus.Isa.X86.Tests.Machines;

namespace Mimus.Isa.X86.Tests;

/// <summary>System management mode: what is saved, where its code runs, and that all is back behind RSM.</summary>
public sealed class SystemManagementTests
{
    private const ulong FirstBase = 0x30000, OtherBase = 0x50000;

    [Theory]
    [InlineData("max", 0x20064u, 0x3ff00u)]
    [InlineData("pentium3", 0x20000u, 0x3fef8u)]
    public void An_interrupt_runs_the_handler_in_real_mode_and_rsm_brings_all_back(string name, uint revision, ulong baseAt)
    {
        Assert.True(CpuModels.TryParse(name, out var model, out _));
        using var machine = new TestMachine(model);
        machine.Cpu.StartReal(0, 0x7c00);
        // Protected mode by way of the state: flat segments at privilege 0.
        machine.Write(0x1008, 0x00cf9b000000fffful);
        machine.Write(0x1010, 0x00cf93000000fffful);
        (machine.State.GdtBase, machine.State.GdtLimit) = (0x1000, 0x17);
        machine.Cpu.WriteCr0(0x11);
        machine.Cpu.TryFarTransfer(8, 0x7c00, 0, out _);
        machine.Cpu.TryLoadSegment(SegmentNumber.Ds, 16);
        machine.Cpu.BeginStep();
        machine.State.Rip = 0x7c00;
        machine.State.General[Slot.Rbx] = 0xcafe;
        machine.Load(0x7c00, [0x43, 0x90, 0x43, 0xf4]); // inc ebx; nop; inc ebx; hlt
        // The handler moves its base, through a 32-bit address with DS as it is: mov dword [baseAt], 50000h; mov bx,1; rsm
        machine.Load(FirstBase + 0x8000, [0x66, 0x67, 0xc7, 0x05, .. BitConverter.GetBytes((uint)baseAt), .. BitConverter.GetBytes((uint)OtherBase), 0xbb, 1, 0, 0x0f, 0xaa]);
        machine.Vcpu.Step();
        machine.Cpu.RequestManagement();
        Assert.Equal(VcpuExit.Halted, machine.Vcpu.Run());
        Assert.Equal(revision, machine.Read<uint>(0x3fefc));
        Assert.Equal(0xcb00u, machine.State.General[Slot.Rbx]);
        Assert.Equal(0x7c04u, machine.State.Rip);
        Assert.False(machine.Cpu.IsReal);
        Assert.Equal(32, machine.Cpu.Mode.CodeBits);
        Assert.Equal(OtherBase, machine.State.ManagementBase);

        // Again, now out of HLT, to which RSM returns; the handler is at the new base.
        machine.Load(OtherBase + 0x8000, [0xb8, 0x34, 0x12, 0xa3, 0x00, 0x60, 0x0f, 0xaa]); // mov ax,1234h; mov [6000h],ax; rsm
        machine.Cpu.RequestManagement();
        Assert.Equal(VcpuExit.Halted, machine.Vcpu.Run());
        Assert.Equal(0x1234, machine.Read<ushort>(0x6000));
        Assert.Equal(Activity.Halted, machine.State.Activity);
        Assert.Equal(0xcb00u, machine.State.General[Slot.Rbx]);
    }

    [Fact]
    public void Long_mode_is_left_and_entered_again()
    {
        using var machine = new TestMachine();
        LongMode.Enter(machine);
        machine.Load(LongMode.Code, [0xf4]);
        machine.State.Rip = LongMode.Code;
        machine.State.General[9] = 0x1122334455667788;
        machine.Load(FirstBase + 0x8000, [0x66, 0xb8, 1, 0, 0, 0, 0x0f, 0xaa]); // mov eax,1; rsm
        machine.Cpu.RequestManagement();
        Assert.Equal(VcpuExit.Halted, machine.Vcpu.Run());
        Assert.Equal(64, machine.Cpu.Mode.CodeBits);
        Assert.Equal(0x1122334455667788u, machine.State.General[9]);
        Assert.Equal(LongMode.Code + 1, machine.State.Rip);
        Assert.Equal(LongMode.Root, machine.State.Cr3);
    }

    [Fact]
    public void Rsm_is_no_instruction_outside()
    {
        using var machine = new TestMachine();
        LongMode.Enter(machine);
        machine.Load(LongMode.Code, [0x0f, 0xaa]);
        machine.State.Rip = LongMode.Code;
        Assert.Equal(VcpuExit.Halted, machine.Vcpu.Run());
        Assert.Equal(Fault.InvalidOpcode, LongMode.ExceptionAt(machine.State.Rip - 1));
    }
}
