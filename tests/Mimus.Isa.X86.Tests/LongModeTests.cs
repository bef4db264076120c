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
