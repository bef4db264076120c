using Mimus.Core.Cpus;
using Mimus.Isa.X86.Tests.Machines;

namespace Mimus.Isa.X86.Tests;

/// <summary>Real mode: segments, interrupts through the vector table, string instructions, the stack.</summary>
public sealed class RealModeTests : IDisposable
{
    private readonly TestMachine _machine = new(memoryBytes: 2 << 20);

    public RealModeTests() => _machine.Cpu.StartReal(0, 0x7c00);

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void An_interrupt_goes_through_the_vector_table_and_returns()
    {
        _machine.Write(0x21 * 4, 0x1000_0010u); // 1000h:0010h
        _machine.Load(0x10010, [0x40, 0xcf]); // inc ax; iret
        Run("bc0070 b80500 f9 cd21 f4"); // mov sp,7000h; mov ax,5; stc; int 21h; hlt
        Assert.Equal(6u, _machine.State.General[Slot.Rax]);
        Assert.Equal(0x7000u, _machine.State.General[Slot.Rsp]);
        Assert.Equal(EFlags.Carry, _machine.Cpu.Flags & EFlags.Carry);
    }

    [Fact]
    public void An_access_beyond_a_segment_is_a_general_protection_fault()
    {
        _machine.Write(13 * 4, 0x0000_5000u);
        _machine.Load(0x5000, [0xf4]);
        Run("bc0070 a1ffff f4"); // mov ax,[ffffh]
        Assert.Equal(0x5001u, _machine.State.Rip);
        Assert.Equal(0x7c03, _machine.Read<ushort>(0x6ffa));
    }

    [Fact]
    public void A_division_by_zero_returns_to_itself()
    {
        _machine.Write(0u, 0x0000_5000u);
        _machine.Load(0x5000, [0xf4]);
        Run("bc0070 b100 f6f1"); // mov cl,0; div cl
        Assert.Equal(0x7c05, _machine.Read<ushort>(0x6ffa));
    }

    [Fact]
    public void A_repeated_move_copies_in_both_directions()
    {
        "mockingbird"u8.CopyTo(_machine.Bytes(0x1000, 11));
        Run("be0010 bf0020 b90b00 f3a4 be0a10 bf0a30 b90b00 fd f3a4 f4");
        Assert.True(_machine.Bytes(0x2000, 11).SequenceEqual("mockingbird"u8));
        Assert.True(_machine.Bytes(0x3000, 11).SequenceEqual("mockingbird"u8));
        Assert.Equal(0u, _machine.State.General[Slot.Rcx]);
    }

    [Fact]
    public void A_scan_stops_behind_what_it_looked_for()
    {
        "mockingbird"u8.CopyTo(_machine.Bytes(0x1000, 11));
        Run("bf0010 b90b00 b06e f2ae f4"); // repne scasb for 'n'
        Assert.Equal(0x1006u, _machine.State.General[Slot.Rdi]);
        Assert.Equal(EFlags.Zero, _machine.Cpu.Flags & EFlags.Zero);
    }

    [Fact]
    public void All_registers_go_to_the_stack_and_back()
    {
        Run("bc0070 b80100 bb0200 60 b80900 bb0900 61 f4");
        Assert.Equal((1u, 2u, 0x7000u), (_machine.State.General[Slot.Rax], _machine.State.General[Slot.Rbx], _machine.State.General[Slot.Rsp]));
    }

    [Fact]
    public void Code_that_changes_itself_runs_as_it_is_now()
    {
        Run("c606097c40 b80000 90 90 f4"); // mov byte [7c09h], inc ax; mov ax,0; nop; nop -> inc ax
        Assert.Equal(1u, _machine.State.General[Slot.Rax]);
    }

    [Fact]
    public void The_a20_gate_wraps_addresses_at_a_mebibyte()
    {
        _machine.Write(0x500, (byte)1);
        _machine.Write(0x100500, (byte)2);
        const string ReadHigh = "b8ffff 8ed8 a01005 f4"; // mov al,[ffffh:0510h]
        Run(ReadHigh);
        Assert.Equal(2, (byte)_machine.State.General[Slot.Rax]);
        _machine.Cpu.Reset();
        _machine.Cpu.StartReal(0, 0x7c00);
        _machine.Cpu.SetA20(false);
        Run(ReadHigh);
        Assert.Equal(1, (byte)_machine.State.General[Slot.Rax]);
    }

    [Fact]
    public void A_traced_instruction_is_followed_by_a_debug_exception()
    {
        _machine.Write(1 * 4, 0x0000_5000u);
        _machine.Load(0x5000, [0xf4]);
        Run("bc0070 b80201 50 9d 40 40 f4"); // push 0102h; popf; inc ax
        Assert.Equal(0x103u, _machine.State.General[Slot.Rax]);
    }

    [Fact]
    public void An_instruction_after_sti_comes_before_the_interrupt()
    {
        _machine.Cpu.InterruptController = new OneInterrupt(_machine.Cpu, 8);
        _machine.Write(8 * 4, 0x0000_5000u);
        _machine.Load(0x5000, [0xf4]);
        _machine.Cpu.SetLine(X86Cpu.InterruptInput, true);
        Load("bc0070 b80000 fb 40 40 f4");
        Assert.Equal(VcpuExit.Halted, _machine.Vcpu.Run());
        Assert.Equal(1u, _machine.State.General[Slot.Rax]);
        Assert.Equal(0x5001u, _machine.State.Rip);
    }

    [Fact]
    public void Decimal_adjustment_follows_the_manual()
    {
        Run("b89a00 0446 27 f4"); // mov ax,9ah; add al,46h; daa
        Assert.Equal(0x46u, (byte)_machine.State.General[Slot.Rax]);
    }

    private void Load(string code) => _machine.Load(0x7c00, Convert.FromHexString(code.Replace(" ", "", StringComparison.Ordinal)));

    private void Run(string code)
    {
        Load(code);
        _machine.Vcpu.Forget();
        Assert.Equal(VcpuExit.Halted, _machine.Vcpu.Run());
    }
}
