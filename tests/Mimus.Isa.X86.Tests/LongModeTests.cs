using Mimus.Core.Cpus;
using Mimus.Isa.X86.Tests.Machines;

namespace Mimus.Isa.X86.Tests;

/// <summary>What only 64-bit mode has.</summary>
public sealed class LongModeTests : IDisposable
{
    private readonly TestMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Cr8_is_the_priority_class_of_the_interrupt_controller()
    {
        var controller = new OneInterrupt(_machine.Cpu, 0x40) { PriorityClass = 3 };
        _machine.Cpu.InterruptController = controller;
        LongMode.Enter(_machine);
        _machine.Load(LongMode.Code, Convert.FromHexString("440f20c3" + "b805000000" + "440f22c0" + "440f20c1" + "f4")); // mov rbx,cr8; mov eax,5; mov cr8,rax; mov rcx,cr8
        _machine.State.Rip = LongMode.Code;
        Assert.Equal(VcpuExit.Halted, _machine.Vcpu.Run());
        Assert.Equal(3u, _machine.State.General[Slot.Rbx]);
        Assert.Equal(5u, _machine.State.General[Slot.Rcx]);
        Assert.Equal(5, controller.PriorityClass);
    }

    [Fact]
    public void Registers_of_the_interrupt_controller_are_msrs_and_others_fault()
    {
        _machine.Cpu.InterruptController = new OneInterrupt(_machine.Cpu, 0x40);
        LongMode.Enter(_machine);
        // mov ecx,808h; mov eax,30h; xor edx,edx; wrmsr; xor eax,eax; rdmsr; mov ebx,eax; mov ecx,12345h; rdmsr
        _machine.Load(LongMode.Code, Convert.FromHexString("b908080000" + "b830000000" + "31d2" + "0f30" + "31c0" + "0f32" + "89c3" + "b945230100" + "0f32" + "f4"));
        _machine.State.Rip = LongMode.Code;
        Assert.Equal(VcpuExit.Halted, _machine.Vcpu.Run());
        Assert.Equal(0x30u, _machine.State.General[Slot.Rbx]);
        Assert.Equal(Fault.GeneralProtection, LongMode.ExceptionAt(_machine.State.Rip - 1));
    }

    [Fact]
    public void A_memory_type_that_does_not_exist_is_refused_in_the_pat()
    {
        LongMode.Enter(_machine);
        _machine.Load(LongMode.Code, Convert.FromHexString("b977020000" + "b802000000" + "31d2" + "0f30" + "f4")); // mov ecx,277h; mov eax,2; xor edx,edx; wrmsr
        _machine.State.Rip = LongMode.Code;
        Assert.Equal(VcpuExit.Halted, _machine.Vcpu.Run());
        Assert.Equal(Fault.GeneralProtection, LongMode.ExceptionAt(_machine.State.Rip - 1));
    }

    [Theory]
    [InlineData("0f0d0b")] // prefetchw [rbx]
    [InlineData("0f0d03")] // prefetch [rbx]
    [InlineData("0f77")] // emms
    public void Systems_use_these_without_asking_whether_they_are_there(string code)
    {
        LongMode.Enter(_machine);
        _machine.Load(LongMode.Code, Convert.FromHexString("d9e8" + code + "f4")); // fld1
        _machine.State.Rip = LongMode.Code;
        Assert.Equal(VcpuExit.Halted, _machine.Vcpu.Run());
        Assert.Equal(code == "0f77" ? 0ul : 0x80, _machine.State.X87Used);
    }

    [Fact]
    public void Parts_of_the_state_come_back_from_a_compacted_image_and_are_cleared_when_they_are_not_there()
    {
        LongMode.Enter(_machine);
        _machine.State.VectorParts(3)[0] = 0x1111;
        _machine.State.VectorParts(3)[2] = 0x3333;
        // mov eax,7; xor edx,edx; xsavec [20000h]; vzeroall; xrstor [20000h]
        Run("b807000000" + "31d2" + "0fc7242500000200" + "c5fc77" + "0fae2c2500000200" + "f4");
        Assert.Equal(0x1111u, _machine.State.VectorParts(3)[0]);
        Assert.Equal(0x3333u, _machine.State.VectorParts(3)[2]);
        Assert.Equal(7ul | (1ul << 63), _machine.Read<ulong>(LongMode.Data + 520));
        _machine.Write(LongMode.Data + 512, 3ul); // no upper halves
        Run("b807000000" + "31d2" + "0fae2c2500000200" + "f4");
        Assert.Equal(0x1111u, _machine.State.VectorParts(3)[0]);
        Assert.Equal(0u, _machine.State.VectorParts(3)[2]);
    }

    [Fact]
    public void The_environment_of_x87_tells_what_its_registers_hold_and_comes_back()
    {
        LongMode.Enter(_machine);
        // fninit; fld1; fldz; fnstenv [20000h]; fninit; fldenv [20000h]; fnstsw ax
        Run("dbe3" + "d9e8" + "d9ee" + "d9342500000200" + "dbe3" + "d9242500000200" + "dfe0" + "f4");
        Assert.Equal(0xffff037fu, _machine.Read<uint>(LongMode.Data));
        Assert.Equal(0xffff1fffu, _machine.Read<uint>(LongMode.Data + 8)); // st0 is zero, st1 a number, the others empty
        Assert.Equal(0x3000u, _machine.State.General[Slot.Rax] & 0x3800);
        Assert.Equal(0xc0u, _machine.State.X87Used);
    }

    private void Run(string code)
    {
        _machine.Load(LongMode.Code, Convert.FromHexString(code));
        _machine.State.Rip = LongMode.Code;
        _machine.State.Activity = Activity.Running;
        _machine.Vcpu.Forget();
        Assert.Equal(VcpuExit.Halted, _machine.Vcpu.Run());
        Assert.Equal(-1, LongMode.ExceptionAt(_machine.State.Rip - 1));
    }

    /// <summary>A system saves a program's registers on the program's stack, while SMAP is lifted by the AC flag.</summary>
    [Fact]
    public void Images_of_registers_are_written_with_the_rights_of_the_program_that_runs()
    {
        const ulong UserPage = 0x4000_0000, User = 4, Smap = 1 << 21, AddressMask = ~0xffful;
        LongMode.Enter(_machine);
        var free = 0x8_0000ul;
        LongMode.Map(_machine, UserPage, LongMode.Data, ref free);
        var table = LongMode.Root;
        for (var shift = 39; shift >= 12; shift -= 9)
        {
            var at = table + (((UserPage >> shift) & 511) * 8);
            _machine.Write(at, _machine.Read<ulong>(at) | User);
            table = _machine.Read<ulong>(at) & AddressMask;
        }
        _machine.State.Cr4 |= Smap;
        // stac; mov edi, 40000000h; mov eax, 3; xor edx, edx; xsave [rdi]; hlt
        _machine.Load(LongMode.Code, Convert.FromHexString("0f01cb" + "bf00000040" + "b803000000" + "31d2" + "0fae27" + "f4"));
        _machine.State.Rip = LongMode.Code;
        Assert.Equal(VcpuExit.Halted, _machine.Vcpu.Run());
        Assert.Equal(-1, LongMode.ExceptionAt(_machine.State.Rip - 1));
        Assert.Equal(3ul, _machine.Read<ulong>(LongMode.Data + 512));
    }
}
