using System.Runtime.CompilerServices;
using Mimus.Isa.RiscV.Privileged;
using Mimus.TestSupport.RiscV;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>
/// Accesses that are done by the register's slot against those that go through the method for all registers, which a hart without
/// compressed instructions uses.
/// </summary>
public sealed class ControlRegisterTests : IDisposable
{
    private const int Result = Rv.A2;

    private static readonly int[] s_supervisor =
    [
        CsrNumber.Sstatus, CsrNumber.Stvec, CsrNumber.Scounteren, CsrNumber.Sscratch, CsrNumber.Sepc, CsrNumber.Scause, CsrNumber.Stval,
    ];

    private static readonly int[] s_machine =
    [
        CsrNumber.Mstatus, CsrNumber.Medeleg, CsrNumber.Mideleg, CsrNumber.Mie, CsrNumber.Mtvec, CsrNumber.Mcounteren, CsrNumber.Menvcfg,
        CsrNumber.Mcountinhibit, CsrNumber.Mscratch, CsrNumber.Mepc, CsrNumber.Mcause, CsrNumber.Mtval,
    ];

    private readonly TestHart _hart = new();
    private readonly TestHart _plain = new(Profiles.Max & ~Extension.C);

    public void Dispose()
    {
        _hart.Dispose();
        _plain.Dispose();
    }

    [Fact]
    public unsafe void Slots_are_where_the_state_has_their_registers()
    {
        ref var s = ref _hart.Machine.Hart.Registers;
        var origin = (ulong*)Unsafe.AsPointer(ref s);
        (int Slot, nint Address)[] expected =
        [
            (Slot.Sink, At(ref s.X[32])), (Slot.F0, At(ref s.F[0])), (Slot.FloatFlags, At(ref s.FloatFlags)), (Slot.RoundingMode, At(ref s.RoundingMode)),
            (Slot.FloatStatus, At(ref s.FloatStatus)), (Slot.Privilege, At(ref s.Privilege)), (Slot.Mstatus, At(ref s.Mstatus)), (Slot.Mie, At(ref s.Mie)),
            (Slot.Mideleg, At(ref s.Mideleg)), (Slot.Medeleg, At(ref s.Medeleg)), (Slot.Mtvec, At(ref s.Mtvec)), (Slot.Mscratch, At(ref s.Mscratch)),
            (Slot.Mepc, At(ref s.Mepc)), (Slot.Mcause, At(ref s.Mcause)), (Slot.Mtval, At(ref s.Mtval)), (Slot.Mcounteren, At(ref s.Mcounteren)),
            (Slot.Mcountinhibit, At(ref s.Mcountinhibit)), (Slot.Menvcfg, At(ref s.Menvcfg)), (Slot.Stvec, At(ref s.Stvec)),
            (Slot.Sscratch, At(ref s.Sscratch)), (Slot.Sepc, At(ref s.Sepc)), (Slot.Scause, At(ref s.Scause)), (Slot.Stval, At(ref s.Stval)),
            (Slot.Scounteren, At(ref s.Scounteren)),
        ];
        foreach (var (slot, address) in expected) Assert.Equal((nint)(origin + slot), address);

        static nint At(ref ulong field) => (nint)Unsafe.AsPointer(ref field);
    }

    [Fact]
    public void A_lower_mode_gets_an_illegal_instruction_and_changes_nothing()
    {
        foreach (var csr in (int[])[.. s_supervisor, .. s_machine])
        {
            var mode = s_supervisor.Contains(csr) ? Privilege.User : Privilege.Supervisor;
            foreach (var instruction in Forms(csr, Result, Rv.A1, 3))
            {
                _hart[csr] = csr == CsrNumber.Mtvec ? TestHart.Vector : 0x100ul;
                var before = _hart[csr] & ~0x1800ul; // the trap itself changes MPP
                _hart.Machine[Rv.A1] = ulong.MaxValue;
                _hart.Machine[Result] = 77;
                _hart[CsrNumber.Medeleg] = 0;
                Assert.Equal(new Trap(Cause.IllegalInstruction, instruction), _hart.Execute(mode, instruction));
                Assert.Equal(77ul, _hart.Machine[Result]);
                if (csr is CsrNumber.Mcause or CsrNumber.Mepc or CsrNumber.Mtval or CsrNumber.Medeleg) continue;
                Assert.Equal(before, _hart[csr] & ~0x1800ul);
            }
        }
    }

    [Fact]
    public void Every_form_does_what_the_method_for_all_registers_does()
    {
        var random = new Random(1);
        for (var i = 0; i < 40_000; i++)
        {
            var csr = random.Next(3) == 0 ? s_machine[random.Next(s_machine.Length)] : s_supervisor[random.Next(s_supervisor.Length)];
            var mode = s_machine.Contains(csr) || random.Next(2) == 0 ? Privilege.Machine : Privilege.Supervisor;
            var forms = Forms(csr, random.Next(4) == 0 ? 0 : Result, random.Next(4) == 0 ? 0 : Rv.A1, random.Next(4) == 0 ? 0u : (uint)random.Next(32));
            var instruction = forms[random.Next(forms.Length)];
            // Addresses of instructions keep to the multiples of four that both harts have; nothing is translated, loaded or interrupted.
            var operand = (ulong)random.NextInt64() << random.Next(64) >> random.Next(64) << random.Next(3);
            if (csr is CsrNumber.Mepc or CsrNumber.Sepc) operand &= ~3ul;
            var initial = csr is CsrNumber.Mepc or CsrNumber.Sepc ? (ulong)random.NextInt64() & ~3ul : (ulong)random.NextInt64();
            if (csr is CsrNumber.Mepc or CsrNumber.Sepc && (instruction & 0x4000) != 0) continue;
            foreach (var hart in (TestHart[])[_hart, _plain])
            {
                hart[csr] = initial;
                hart.Machine[Rv.A1] = operand;
                hart.Machine[Result] = 1;
                Assert.Null(hart.Execute(mode, instruction));
            }
            Assert.Equal((_plain[csr], _plain.Machine[Result], _plain.Pc), (_hart[csr], _hart.Machine[Result], _hart.Pc));
            foreach (var other in (int[])[.. s_supervisor, .. s_machine]) Assert.Equal(_plain[other], _hart[other]);
            Restore();
        }
    }

    [Fact]
    public void Clearing_the_floating_point_status_turns_the_unit_off()
    {
        const uint Add = 0x02107053; // fadd.d f0, f0, f1, dyn
        _hart[CsrNumber.Mstatus] = 3ul << 13;
        _hart.Machine[Rv.A1] = 1ul << 13;
        Assert.Null(_hart.Execute(Privilege.Supervisor, Rv.Csrrc(Result, CsrNumber.Sstatus, Rv.A1)));
        Assert.Equal((3ul << 13) | (1ul << 63), _hart.Machine[Result] & ((3ul << 13) | (1ul << 63)));
        Assert.Equal(2ul << 13, _hart[CsrNumber.Sstatus] & ((3ul << 13) | (1ul << 63)));
        Assert.Null(_hart.Execute(Privilege.Supervisor, Add));
        Assert.Equal((3ul << 13) | (1ul << 63), _hart[CsrNumber.Sstatus] & ((3ul << 13) | (1ul << 63)));
        _hart.Machine[Rv.A1] = 3ul << 13;
        Assert.Null(_hart.Execute(Privilege.Supervisor, Rv.Csrrc(0, CsrNumber.Sstatus, Rv.A1)));
        Assert.Equal(Cause.IllegalInstruction, _hart.Execute(Privilege.Supervisor, Add)?.Cause);
    }

    private static uint[] Forms(int csr, int rd, int rs1, uint immediate) =>
    [
        Rv.Csrrw(rd, csr, rs1), Rv.Csrrs(rd, csr, rs1), Rv.Csrrc(rd, csr, rs1),
        Immediate(5, csr, rd, immediate), Immediate(6, csr, rd, immediate), Immediate(7, csr, rd, immediate),
    ];

    private static uint Immediate(uint function, int csr, int rd, uint immediate) => ((uint)csr << 20) | (immediate << 15) | (function << 12) | ((uint)rd << 7) | 0x73;

    /// <summary>Interrupts and memory as they were, whatever was written.</summary>
    private void Restore()
    {
        foreach (var hart in (TestHart[])[_hart, _plain])
        {
            hart[CsrNumber.Mstatus] = 0;
            hart[CsrNumber.Mtvec] = TestHart.Vector;
            hart[CsrNumber.Stvec] = TestHart.SupervisorVector;
            hart[CsrNumber.Mie] = 0;
        }
    }
}
