namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>The registers that random instructions begin with, apart from those that the harness around them needs.</summary>
public static class RandomState
{
    public static bool HasTables(BlockKind kind) => kind is BlockKind.PagedSupervisor or BlockKind.PagedUser or BlockKind.MachineAsUser;

    public static ulong PrivilegeOf(BlockKind kind) => kind switch
    {
        BlockKind.Machine or BlockKind.MachineAsUser => 3,
        BlockKind.Supervisor or BlockKind.PagedSupervisor => 1,
        _ => 0,
    };

    /// <summary>Registers of integers and floating-point numbers; pointers among them are set later.</summary>
    public static void FillRegisters(RiscVSnapshot state, Random random)
    {
        for (var i = 0; i < 32; i++)
        {
            state.X[i] = i == 0 ? 0 : OperandValues.Integer(random);
            state.F[i] = OperandValues.Float(random);
        }
    }

    /// <summary>Control registers, and the values for them that random instructions find in registers.</summary>
    public static void FillCsrs(RiscVSnapshot state, Random random, BlockKind kind)
    {
        // STCE stays off: stimecmp runs with the wall clock.
        state[CsrNumber.Menvcfg] = OperandValues.Wide(random) & 0x6000_0000_0000_00f1;
        state.X[Pointers.EnvironmentBits] = OperandValues.Wide(random) & 0x6000_0000_0000_00f1;
        // One kind a block: of several that are pending QEMU without AIA takes the lowest number, not the highest priority (section 3.1.9).
        state.X[Pointers.InterruptBits] = 2ul << (4 * random.Next(3));
        state.X[Pointers.StatusBits] = (OperandValues.Wide(random) & ~(0xful << 32 | 3ul << 13)) | FloatStatus(random);
        state.X[Pointers.StateEnableBits] = OperandValues.Wide(random) & (3ul << 62);
        state[CsrNumber.Mideleg] = OperandValues.Wide(random) & 0x222;
        // A call from the supervisor's handler must reach machine mode; so must faults of its own fetch.
        state[CsrNumber.Medeleg] = random.Next(3) == 0 ? 0 : OperandValues.Wide(random) & 0xa1fd & ~0x1002ul;
        state[CsrNumber.Mie] = random.Next(3) == 0 ? 0 : OperandValues.Wide(random) & 0x222;
        state[CsrNumber.Mip] = 0;
        state[CsrNumber.Mcause] = (ulong)random.Next(16);
        state[CsrNumber.Mtval] = OperandValues.Integer(random);
        state[CsrNumber.Mcounteren] = OperandValues.Wide(random) & 0xffff_ffff;
        state[CsrNumber.Mstateen0] = OperandValues.Wide(random) & (3ul << 62);
        state[CsrNumber.Sscratch] = OperandValues.Integer(random);
        state[CsrNumber.Sepc] = OperandValues.Wide(random) & ~1ul;
        state[CsrNumber.Scause] = (ulong)random.Next(16);
        state[CsrNumber.Stval] = OperandValues.Integer(random);
        state[CsrNumber.Scounteren] = OperandValues.Wide(random) & 0xffff_ffff;
        state[CsrNumber.Senvcfg] = OperandValues.Wide(random) & 0xf1;
        state[CsrNumber.Pmpaddr0] = (1ul << 54) - 1;
        state[CsrNumber.Pmpcfg0] = 0x1f;
        state[CsrNumber.Fflags] = (ulong)random.Next(32);
        state[CsrNumber.Frm] = random.Next(4) == 0 ? (ulong)random.Next(8) : (ulong)random.Next(5);
        var status = OperandValues.Wide(random) & 0x007c_01aa; // SIE, SPIE, MPIE, SPP, SUM, MXR, TVM, TW, TSR; MIE comes by mret
        status &= ~0x8ul;
        if (kind == BlockKind.MachineAsUser) status |= 1ul << 17;
        status |= PrivilegeOf(kind) << 11;
        status |= FloatStatus(random);
        state[CsrNumber.Mstatus] = status;
    }

    /// <summary>FS: off or dirty, see <see cref="CsrRules.HasLegalValue"/>.</summary>
    private static ulong FloatStatus(Random random) => random.Next(8) == 0 ? 0 : 3ul << 13;
}
