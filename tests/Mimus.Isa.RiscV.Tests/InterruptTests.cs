using Mimus.Isa.RiscV.Privileged;
using Mimus.TestSupport.RiscV;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>Interrupts: priorities, enables, delegation (Privileged manual, sections 3.1.6.1, 3.1.8, 3.1.9).</summary>
public sealed class InterruptTests : IDisposable
{
    private const ulong InterruptBit = 1ul << 63;
    private const ulong MachineEnable = 1 << 3, SupervisorEnable = 1 << 1;

    private readonly TestHart _hart = new();

    public void Dispose() => _hart.Dispose();

    [Fact]
    public void The_highest_priority_comes_first()
    {
        int[] order = [Interrupt.MachineExternal, Interrupt.MachineSoftware, Interrupt.MachineTimer, Interrupt.SupervisorExternal, Interrupt.SupervisorSoftware, Interrupt.SupervisorTimer];
        foreach (var number in order) _hart.Machine.Hart.SetLine(number, true);
        _hart[CsrNumber.Mie] = ulong.MaxValue;
        foreach (var number in order)
        {
            Assert.Equal(InterruptBit | (uint)number, TakenInMachineMode());
            _hart.Machine.Hart.SetLine(number, false);
        }
        Assert.Null(TakenInMachineMode());
    }

    [Theory]
    [InlineData(Privilege.Machine, 0ul, false)]
    [InlineData(Privilege.Machine, MachineEnable, true)]
    [InlineData(Privilege.Supervisor, 0ul, true)]
    [InlineData(Privilege.User, 0ul, true)]
    public void Machine_interrupts_come_below_machine_mode_always_and_in_it_when_enabled(Privilege mode, ulong status, bool taken)
    {
        _hart.Machine.Hart.SetLine(Interrupt.MachineTimer, true);
        _hart[CsrNumber.Mie] = 1 << Interrupt.MachineTimer;
        Assert.Equal(taken, Take(mode, status) == TestHart.Vector);
    }

    [Theory]
    [InlineData(Privilege.Machine, SupervisorEnable | MachineEnable, false)]
    [InlineData(Privilege.Supervisor, 0ul, false)]
    [InlineData(Privilege.Supervisor, SupervisorEnable, true)]
    [InlineData(Privilege.User, 0ul, true)]
    public void Delegated_interrupts_never_come_to_machine_mode(Privilege mode, ulong status, bool taken)
    {
        _hart[CsrNumber.Mideleg] = 1 << Interrupt.SupervisorExternal;
        _hart.Machine.Hart.SetLine(Interrupt.SupervisorExternal, true);
        _hart[CsrNumber.Mie] = 1 << Interrupt.SupervisorExternal;
        Assert.Equal(taken, Take(mode, status) == TestHart.SupervisorVector);
        if (taken) Assert.Equal(InterruptBit | Interrupt.SupervisorExternal, _hart[CsrNumber.Scause]);
    }

    [Fact]
    public void A_machine_interrupt_goes_before_a_delegated_one_of_higher_number()
    {
        _hart[CsrNumber.Mideleg] = 1 << Interrupt.SupervisorExternal;
        _hart.Machine.Hart.SetLine(Interrupt.SupervisorExternal, true);
        _hart.Machine.Hart.SetLine(Interrupt.MachineTimer, true);
        _hart[CsrNumber.Mie] = ulong.MaxValue;
        Assert.Equal(TestHart.Vector, Take(Privilege.User, 0));
        Assert.Equal(InterruptBit | Interrupt.MachineTimer, _hart[CsrNumber.Mcause]);
    }

    [Fact]
    public void Vectored_interrupts_go_to_their_own_entry_and_exceptions_to_the_base()
    {
        _hart[CsrNumber.Mtvec] = TestHart.Vector | 1;
        _hart.Machine.Hart.SetLine(Interrupt.MachineTimer, true);
        _hart[CsrNumber.Mie] = 1 << Interrupt.MachineTimer;
        Assert.Equal(TestHart.Vector + (4 * Interrupt.MachineTimer), Take(Privilege.User, 0));
        _hart[CsrNumber.Mie] = 0;
        Assert.Equal(Cause.EnvironmentCallFromU, _hart.Execute(Privilege.User, Rv.Ecall)?.Cause);
    }

    [Fact]
    public void An_interrupt_that_software_enables_comes_before_the_next_instruction()
    {
        _hart.Machine.Hart.SetLine(Interrupt.MachineSoftware, true);
        _hart[CsrNumber.Mie] = 1 << Interrupt.MachineSoftware;
        var code = new Assembler(TestHart.Code).Emit(Rv.Addi(Rv.T0, 0, 8), Rv.Csrrs(0, CsrNumber.Mstatus, Rv.T0), Rv.Addi(Rv.T1, 0, 1)).Assemble();
        _hart.Machine.Load(TestHart.Code, code);
        _hart.Machine.Step(3);
        Assert.Equal((TestHart.Vector, 0ul), (_hart.Pc, _hart.Machine[Rv.T1]));
        Assert.Equal(TestHart.Code + 8, _hart[CsrNumber.Mepc]);
    }

    [Fact]
    public void A_trap_saves_the_enable_and_the_mode_and_a_return_restores_them()
    {
        _hart[CsrNumber.Mstatus] = MachineEnable;
        _hart.Execute(Privilege.Supervisor, Rv.Ecall);
        Assert.Equal(0x880ul, _hart[CsrNumber.Mstatus] & 0x1888); // MPP=1, MPIE=1, MIE=0
        Assert.Null(_hart.Execute(Privilege.Machine, Rv.Mret));
        Assert.Equal(Privilege.Supervisor, _hart.Privilege);
        Assert.Equal(0x88ul, _hart[CsrNumber.Mstatus] & 0x1888); // MPP=0, MPIE=1, MIE=1
    }

    [Fact]
    public void The_supervisor_sees_only_what_is_delegated_to_it()
    {
        _hart.Machine.Hart.SetLine(Interrupt.SupervisorExternal, true);
        _hart.Machine.Hart.SetLine(Interrupt.MachineExternal, true);
        _hart[CsrNumber.Mie] = ulong.MaxValue;
        Assert.Equal((0ul, 0ul), (_hart[CsrNumber.Sip], _hart[CsrNumber.Sie]));
        _hart[CsrNumber.Mideleg] = 0x222;
        Assert.Equal((0x200ul, 0x222ul), (_hart[CsrNumber.Sip], _hart[CsrNumber.Sie]));
        _hart[CsrNumber.Sie] = 0;
        Assert.Equal(0x888ul, _hart[CsrNumber.Mie] & 0xaaa);
    }

    [Fact]
    public void Software_may_add_to_a_wired_external_interrupt_and_take_back_only_its_own()
    {
        _hart[CsrNumber.Mip] = 0x200;
        Assert.Equal(0x200ul, _hart[CsrNumber.Mip]);
        _hart.Machine.Hart.SetLine(Interrupt.SupervisorExternal, true);
        _hart[CsrNumber.Mip] = 0;
        Assert.Equal(0x200ul, _hart[CsrNumber.Mip]);
        _hart.Machine.Hart.SetLine(Interrupt.SupervisorExternal, false);
        Assert.Equal(0ul, _hart[CsrNumber.Mip]);
    }

    [Fact]
    public void The_supervisor_timer_follows_stimecmp_when_it_is_enabled()
    {
        _hart[CsrNumber.Menvcfg] |= 1ul << 63;
        _hart[CsrNumber.Stimecmp] = 100;
        Assert.Equal(0ul, _hart[CsrNumber.Mip]);
        _hart.Machine.Time.Ticks = 100;
        Assert.Equal(0x20ul, _hart[CsrNumber.Mip]);
        _hart[CsrNumber.Mip] = 0;
        Assert.Equal(0x20ul, _hart[CsrNumber.Mip]);
        _hart[CsrNumber.Stimecmp] = 101;
        Assert.Equal(0ul, _hart[CsrNumber.Mip]);
    }

    [Fact]
    public void Stimecmp_belongs_to_the_supervisor_only_when_machine_mode_says_so()
    {
        Assert.Null(_hart.ReadCsr(Privilege.Machine, CsrNumber.Stimecmp));
        Assert.Equal(Cause.IllegalInstruction, _hart.ReadCsr(Privilege.Supervisor, CsrNumber.Stimecmp)?.Cause);
        _hart[CsrNumber.Menvcfg] |= 1ul << 63;
        Assert.Equal(Cause.IllegalInstruction, _hart.ReadCsr(Privilege.Supervisor, CsrNumber.Stimecmp)?.Cause);
        _hart[CsrNumber.Mcounteren] = 2;
        Assert.Null(_hart.ReadCsr(Privilege.Supervisor, CsrNumber.Stimecmp));
    }

    [Theory]
    [InlineData(Privilege.Machine, MachineEnable, Rv.Wfi, 4ul)]
    [InlineData(Privilege.Supervisor, 0ul, Rv.Wfi, 4ul)]
    [InlineData(Privilege.Supervisor, Mstatus.Tw, Rv.Wfi, 0ul)]
    [InlineData(Privilege.User, 0ul, Rv.Wfi, 0ul)]
    [InlineData(Privilege.Machine, MachineEnable, Rv.Nop, 0ul)]
    public void An_interrupt_before_a_wait_comes_while_it_waits(Privilege mode, ulong status, uint instruction, ulong after)
    {
        _hart.Machine.Hart.SetLine(Interrupt.MachineTimer, true);
        _hart[CsrNumber.Mie] = 1 << Interrupt.MachineTimer;
        Assert.Equal(TestHart.Vector, Take(mode, status, instruction));
        Assert.Equal(TestHart.Code + after, _hart[CsrNumber.Mepc]);
    }

    private ulong? TakenInMachineMode() => Take(Privilege.Machine, MachineEnable) == TestHart.Vector ? _hart[CsrNumber.Mcause] : null;

    /// <summary>Where the hart is after one step at an instruction, which does nothing unless said otherwise.</summary>
    private ulong Take(Privilege mode, ulong status, uint instruction = Rv.Nop)
    {
        _hart[CsrNumber.Mstatus] = status;
        _hart.Execute(mode, instruction);
        return _hart.Pc;
    }
}
