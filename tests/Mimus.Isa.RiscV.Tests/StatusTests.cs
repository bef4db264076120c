using Mimus.Isa.RiscV.Privileged;
using Mimus.TestSupport.RiscV;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>mstatus and what its bits forbid and change (Privileged manual, section 3.1.6), and registers that keep only legal values.</summary>
public sealed class StatusTests : IDisposable
{
    private const ulong Mprv = 1 << 17, Tvm = 1 << 20, Tw = 1 << 21, Tsr = 1 << 22, SupervisorBefore = 1ul << 11, Initial = 1ul << 13, Dirty = 3ul << 13;
    private const ulong FixedWidths = 0xaul << 32, IsDirty = 1ul << 63;

    private readonly TestHart _hart = new();

    public void Dispose() => _hart.Dispose();

    [Fact]
    public void Only_the_defined_fields_can_be_written()
    {
        _hart[CsrNumber.Mstatus] = ulong.MaxValue;
        Assert.Equal(FixedWidths | IsDirty | 0x7e_79aa, _hart[CsrNumber.Mstatus]);
        Assert.Equal((2ul << 32) | IsDirty | 0xc_6122, _hart[CsrNumber.Sstatus]);
        _hart[CsrNumber.Mstatus] = 2ul << 11; // there is no mode 2
        Assert.Equal(FixedWidths | 3ul << 11, _hart[CsrNumber.Mstatus]);
        _hart[CsrNumber.Mstatus] = 0;
        Assert.Equal(FixedWidths, _hart[CsrNumber.Mstatus]);
    }

    [Fact]
    public void Without_supervisor_mode_its_fields_are_zero()
    {
        using var small = new TestHart(Extension.I | Extension.M | Extension.Zicsr | Extension.U);
        small[CsrNumber.Mstatus] = ulong.MaxValue;
        Assert.Equal((2ul << 32) | 0x22_1888, small[CsrNumber.Mstatus]); // Mprv, Tw, Mpp, Mpie, Mie
        Assert.Equal(Cause.IllegalInstruction, small.Execute(Privilege.Machine, Rv.Sret)?.Cause);
        Assert.Equal(Cause.IllegalInstruction, small.ReadCsr(Privilege.Machine, CsrNumber.Satp)?.Cause);
    }

    [Fact]
    public void Misa_tells_the_letters_and_keeps_them()
    {
        const ulong Letters = 1 << 0 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 8 | 1 << 12 | 1 << 18 | 1 << 20; // A C D F I M S U
        Assert.Equal((2ul << 62) | Letters, _hart[CsrNumber.Misa]);
        Assert.Null(_hart.WriteCsr(Privilege.Machine, CsrNumber.Misa, 0));
        Assert.Equal((2ul << 62) | Letters, _hart[CsrNumber.Misa]);
    }

    [Fact]
    public void Registers_keep_legal_values_only()
    {
        _hart[CsrNumber.Mepc] = ulong.MaxValue;
        _hart[CsrNumber.Sepc] = ulong.MaxValue;
        Assert.Equal((ulong.MaxValue - 1, ulong.MaxValue - 1), (_hart[CsrNumber.Mepc], _hart[CsrNumber.Sepc]));
        _hart[CsrNumber.Satp] = 8ul << 60 | 5;
        _hart[CsrNumber.Satp] = 7ul << 60 | 6; // no such mode: nothing is written
        Assert.Equal(8ul << 60 | 5, _hart[CsrNumber.Satp]);
        _hart[CsrNumber.Satp] = 0;
        _hart[CsrNumber.Medeleg] = ulong.MaxValue;
        Assert.Equal(0ul, _hart[CsrNumber.Medeleg] & (1 << Cause.EnvironmentCallFromM));
        _hart[CsrNumber.Frm] = 0xff;
        _hart[CsrNumber.Fflags] = 0xff;
        Assert.Equal((7ul, 31ul, 0xfful), (_hart[CsrNumber.Frm], _hart[CsrNumber.Fflags], _hart[CsrNumber.Fcsr]));
        _hart[CsrNumber.Mstateen0] = ulong.MaxValue;
        Assert.Equal(3ul << 62, _hart[CsrNumber.Mstateen0]);
    }

    [Fact]
    public void Loads_with_Mprv_are_those_of_the_previous_mode_and_fetches_are_not()
    {
        var tables = new PageTables(3, TestHart.Tables);
        tables.Set(0x4000_0000, 2, PageTables.Leaf(0x8000_0000, 0xc7)); // supervisor, read and write
        _hart.Use(tables);
        _hart.Machine.Write64(TestHart.Data, 77);
        _hart[CsrNumber.Mstatus] = Mprv | SupervisorBefore;
        Assert.Null(_hart.Load(Privilege.Machine, TestHart.Data - 0x4000_0000));
        Assert.Equal(77ul, _hart.Loaded);
        Assert.Equal(new Trap(Cause.LoadPage, TestHart.Data), _hart.Load(Privilege.Machine, TestHart.Data));

        _hart[CsrNumber.Mstatus] = Mprv; // as user
        Assert.Equal(Cause.LoadPage, _hart.Load(Privilege.Machine, TestHart.Data - 0x4000_0000)?.Cause);
        _hart[CsrNumber.Mstatus] = Mprv | 3ul << 11;
        Assert.Null(_hart.Load(Privilege.Machine, TestHart.Data));
    }

    [Fact]
    public void A_return_to_a_lesser_mode_clears_Mprv()
    {
        _hart[CsrNumber.Mstatus] = Mprv | 3ul << 11;
        Assert.Null(_hart.Execute(Privilege.Machine, Rv.Mret));
        Assert.NotEqual(0ul, _hart[CsrNumber.Mstatus] & Mprv);
        Assert.Null(_hart.Execute(Privilege.Machine, Rv.Mret)); // MPP is user now
        Assert.Equal(0ul, _hart[CsrNumber.Mstatus] & Mprv);
        Assert.Equal(Privilege.User, _hart.Privilege);
    }

    [Fact]
    public void Tvm_traps_the_supervisors_address_translation()
    {
        uint[] trapped = [Rv.Csrrs(Rv.T0, CsrNumber.Satp, 0), Rv.SfenceVma(0, 0), 0x16000073]; // and sinval.vma
        uint[] ordering = [0x18000073, 0x18100073]; // sfence.w.inval, sfence.inval.ir
        foreach (var instruction in trapped) Assert.Null(_hart.Execute(Privilege.Supervisor, instruction));
        _hart[CsrNumber.Mstatus] = Tvm;
        foreach (var instruction in trapped)
        {
            Assert.Equal(new Trap(Cause.IllegalInstruction, instruction), _hart.Execute(Privilege.Supervisor, instruction));
            Assert.Null(_hart.Execute(Privilege.Machine, instruction));
        }
        foreach (var instruction in ordering)
        {
            _hart[CsrNumber.Mstatus] = Tvm;
            Assert.Null(_hart.Execute(Privilege.Supervisor, instruction));
            Assert.Equal(Cause.IllegalInstruction, _hart.Execute(Privilege.User, instruction)?.Cause);
        }
    }

    [Fact]
    public void Tsr_and_Tw_trap_in_supervisor_mode_and_user_mode_never_may()
    {
        foreach (var (instruction, bit) in new[] { (Rv.Sret, Tsr), (Rv.Wfi, Tw) })
        {
            _hart[CsrNumber.Mstatus] = 0;
            Assert.Null(_hart.Execute(Privilege.Supervisor, instruction));
            _hart[CsrNumber.Mstatus] = bit;
            Assert.Equal(new Trap(Cause.IllegalInstruction, instruction), _hart.Execute(Privilege.Supervisor, instruction));
            _hart[CsrNumber.Mstatus] = bit;
            Assert.Null(_hart.Execute(Privilege.Machine, instruction));
            _hart[CsrNumber.Mstatus] = 0;
            Assert.Equal(Cause.IllegalInstruction, _hart.Execute(Privilege.User, instruction)?.Cause);
        }
        Assert.Equal(Cause.IllegalInstruction, _hart.Execute(Privilege.Supervisor, Rv.Mret)?.Cause);
    }

    [Fact]
    public void Floating_point_that_is_off_traps_and_what_changes_it_makes_it_dirty()
    {
        const uint Add = 0x02107053; // fadd.d f0, f0, f1, dyn
        Assert.Equal(new Trap(Cause.IllegalInstruction, Add), _hart.Execute(Privilege.Machine, Add));
        Assert.Equal(Cause.IllegalInstruction, _hart.ReadCsr(Privilege.Machine, CsrNumber.Fflags)?.Cause);
        _hart[CsrNumber.Mstatus] = Initial;
        Assert.Null(_hart.Execute(Privilege.Machine, Add));
        Assert.Equal(Dirty | IsDirty, _hart[CsrNumber.Mstatus] & (Dirty | IsDirty));
        _hart[CsrNumber.Mstatus] = Initial;
        Assert.Null(_hart.ReadCsr(Privilege.Machine, CsrNumber.Fcsr));
        Assert.Equal(Initial, _hart[CsrNumber.Mstatus] & (Dirty | IsDirty));
        Assert.Null(_hart.WriteCsr(Privilege.Machine, CsrNumber.Frm, 5));
        Assert.Equal(Dirty, _hart[CsrNumber.Mstatus] & Dirty);
        Assert.Equal(Cause.IllegalInstruction, _hart.Execute(Privilege.Machine, Add)?.Cause); // rounding mode 5 does not exist
    }

    [Fact]
    public void Registers_belong_to_their_mode_and_read_only_ones_cannot_be_written()
    {
        Assert.Equal(Cause.IllegalInstruction, _hart.ReadCsr(Privilege.Supervisor, CsrNumber.Mstatus)?.Cause);
        Assert.Equal(Cause.IllegalInstruction, _hart.ReadCsr(Privilege.User, CsrNumber.Sstatus)?.Cause);
        Assert.Null(_hart.ReadCsr(Privilege.Machine, CsrNumber.Mhartid));
        Assert.Equal(Cause.IllegalInstruction, _hart.WriteCsr(Privilege.Machine, CsrNumber.Mhartid, 0)?.Cause);
        Assert.Equal(Cause.IllegalInstruction, _hart.ReadCsr(Privilege.Machine, 0x5ff)?.Cause);
    }

    [Fact]
    public void Counters_are_visible_as_far_as_the_modes_above_allow()
    {
        _hart[CsrNumber.Mcounteren] = 1;
        Assert.Null(_hart.ReadCsr(Privilege.Supervisor, CsrNumber.Cycle));
        Assert.Equal(Cause.IllegalInstruction, _hart.ReadCsr(Privilege.Supervisor, CsrNumber.Instret)?.Cause);
        Assert.Equal(Cause.IllegalInstruction, _hart.ReadCsr(Privilege.User, CsrNumber.Cycle)?.Cause);
        _hart[CsrNumber.Scounteren] = 1;
        Assert.Null(_hart.ReadCsr(Privilege.User, CsrNumber.Cycle));
    }

    [Fact]
    public void Instructions_that_trap_do_not_retire()
    {
        _hart[CsrNumber.Minstret] = 1000;
        var before = _hart[CsrNumber.Minstret];
        _hart.Execute(Privilege.Machine, Rv.Nop);
        Assert.Equal(before + 1, _hart[CsrNumber.Minstret]);
        _hart.Execute(Privilege.Machine, Rv.Ecall);
        Assert.Equal(before + 1, _hart[CsrNumber.Minstret]);
    }
}
