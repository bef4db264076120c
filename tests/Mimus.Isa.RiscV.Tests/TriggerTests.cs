using Mimus.Isa.RiscV.Privileged;
using Mimus.TestSupport.RiscV;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>Triggers of type 6 on execution (Debug specification 1.0, section 5.7.12).</summary>
public sealed class TriggerTests : IDisposable
{
    private const ulong Match = 6ul << 60, Execute = 1 << 2, InUser = 1 << 3, InSupervisor = 1 << 4, InMachine = 1 << 6, Disabled = 15ul << 60;
    private const ulong At = TestHart.Code + 4;

    private readonly TestHart _hart = new();

    public TriggerTests() => _hart.Machine.Load(TestHart.Code, Rv.Addi(Rv.T0, 0, 1), Rv.Addi(Rv.T0, 0, 2), Rv.Addi(Rv.T0, 0, 3));

    public void Dispose() => _hart.Dispose();

    [Theory]
    [InlineData(Privilege.User, InUser, true)]
    [InlineData(Privilege.Supervisor, InSupervisor, true)]
    [InlineData(Privilege.User, InSupervisor | InMachine, false)]
    [InlineData(Privilege.Supervisor, InUser, false)]
    public void A_match_stops_before_the_instruction_in_its_modes(Privilege mode, ulong modes, bool hit)
    {
        Set(0, Match | Execute | modes, At);
        var registers = Run(mode, 2);
        Assert.Equal(hit, _hart.Pc == TestHart.Vector);
        Assert.Equal(hit ? 1ul : 2ul, registers);
        if (hit) Assert.Equal(((ulong)Cause.Breakpoint, At, At), (_hart[CsrNumber.Mcause], _hart[CsrNumber.Mtval], _hart[CsrNumber.Mepc]));
    }

    [Fact]
    public void In_machine_mode_a_match_needs_interrupts_to_be_on()
    {
        Set(0, Match | Execute | InMachine, At);
        Run(Privilege.Machine, 2);
        Assert.NotEqual(TestHart.Vector, _hart.Pc);
        _hart[CsrNumber.Mstatus] = 8;
        Run(Privilege.Machine, 2);
        Assert.Equal(TestHart.Vector, _hart.Pc);
    }

    [Fact]
    public void A_trigger_that_is_set_after_its_code_ran_is_met_and_one_that_is_cleared_is_not()
    {
        Assert.Equal(3ul, Run(Privilege.User, 3));
        Set(3, Match | Execute | InUser, At);
        Run(Privilege.User, 2);
        Assert.Equal((ulong)Cause.Breakpoint, _hart[CsrNumber.Mcause]);
        Set(3, 0, At);
        Assert.Equal(3ul, Run(Privilege.User, 3));
    }

    [Fact]
    public void Kinds_that_do_not_exist_become_disabled()
    {
        Set(0, 2ul << 60 | Execute | InMachine, At);
        Assert.Equal(Disabled, _hart[CsrNumber.Tdata1]);
        Set(0, ulong.MaxValue & ~(15ul << 60) | Match, At);
        Assert.Equal(Match | Execute | InUser | InSupervisor | InMachine, _hart[CsrNumber.Tdata1]);
        _hart[CsrNumber.Tselect] = 99;
        Assert.Equal(0ul, _hart[CsrNumber.Tselect]);
        Assert.NotEqual(0ul, _hart[CsrNumber.Tinfo] & (1 << 6));
    }

    private void Set(ulong index, ulong control, ulong address)
    {
        _hart[CsrNumber.Tselect] = index;
        _hart[CsrNumber.Tdata2] = address;
        _hart[CsrNumber.Tdata1] = control;
    }

    private ulong Run(Privilege mode, int steps)
    {
        _hart.Machine[Rv.T0] = 0;
        _hart.Machine.Hart.Registers.Privilege = (ulong)mode;
        _hart.Machine.Hart.ProgramCounter = TestHart.Code;
        _hart.Machine.Step(steps);
        return _hart.Machine[Rv.T0];
    }
}
