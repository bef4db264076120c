namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>
/// What surrounds a random block in guest memory: an entry stub, and trap handlers that write down each trap and go on after
/// the instruction that trapped, so that a block may hold anything.
/// </summary>
/// <remarks>
/// Delegated traps meet a handler of one instruction: an environment call, which leaves all work to machine mode and no
/// register changed. A block ends when it comes to its last address, when control leaves it, or after too many traps.
/// </remarks>
public static class Harness
{
    public const ulong Code = 0x8010_0000, Data = 0x8010_1000, Log = 0x8010_2000;

    /// <summary>The block's own pages.</summary>
    public const ulong Block = 0x8011_0000, Window = 0x8012_0000, Tables = 0x8014_0000;

    public const int BlockPages = 2, WindowPages = 4, LogPages = 2;

    public const ulong Entry = Code, MachineVector = Code + 0x100, SupervisorVector = Code + 0x800, Stop = Code + 0xc00;

    private const int LogEntrySize = 64;
    private const int TrapLimit = LogPages * 4096 / LogEntrySize;

    /// <summary>Places in the data page.</summary>
    private const int SavedT0 = 0, SavedT1 = 8, SavedT2 = 16, SavedT3 = 24, LogPointer = 64, TrapsLeft = 72, CodeStart = 80, CodeSize = 88,
        CodePhysical = 96, Scratch = 104, Delegated = 112;

    private const int T0 = Rv.T0, T1 = Rv.T1, T2 = Rv.T2, T3 = Rv.T3;

    public static byte[] CodePage { get; } = CreateCode();

    /// <summary>The data page for a block at a virtual address.</summary>
    public static byte[] CreateData(ulong codeStart, int codeSize)
    {
        var page = new byte[4096];
        BitConverter.TryWriteBytes(page.AsSpan(LogPointer), Log);
        BitConverter.TryWriteBytes(page.AsSpan(TrapsLeft), (ulong)TrapLimit);
        BitConverter.TryWriteBytes(page.AsSpan(CodeStart), codeStart);
        BitConverter.TryWriteBytes(page.AsSpan(CodeSize), (ulong)codeSize);
        BitConverter.TryWriteBytes(page.AsSpan(CodePhysical), Block);
        return page;
    }

    private static byte[] CreateCode()
    {
        var page = new byte[4096];
        Place(Entry, new Assembler(Entry).Emit(Rv.FenceI, Rv.SfenceVma(0, 0), Rv.Mret));
        Place(MachineVector, CreateHandler());
        Place(SupervisorVector, new Assembler(SupervisorVector).Emit(Rv.Ecall));
        Place(Stop, new Assembler(Stop).Emit(Rv.Nop));
        return page;

        void Place(ulong address, Assembler code) => code.AssembleBytes().CopyTo(page, (int)(address - Code));
    }

    private static Assembler CreateHandler()
    {
        var a = new Assembler(MachineVector);
        a.Emit(Rv.Csrrw(T0, CsrNumber.Mscratch, T0));
        a.Emit(Rv.Sd(T1, T0, SavedT1), Rv.Sd(T2, T0, SavedT2), Rv.Sd(T3, T0, SavedT3));
        a.Emit(Rv.Csrrs(T1, CsrNumber.Mscratch, 0), Rv.Sd(T1, T0, SavedT0), Rv.Csrrw(0, CsrNumber.Mscratch, T0));
        // Whether a trap gives a reservation up is the implementation's choice; this one always does.
        a.Emit(Rv.Addi(T1, T0, Scratch), Rv.ScW(0, 0, T1));
        a.Emit(Rv.Ld(T3, T0, LogPointer));
        a.Emit(Rv.Csrrs(T1, CsrNumber.Mcause, 0), Rv.Sd(T1, T3, 0));
        Note(CsrNumber.Mepc, 8);
        Note(CsrNumber.Mtval, 16);
        Note(CsrNumber.Mstatus, 24);
        a.Emit(Rv.Addi(T2, T3, LogEntrySize), Rv.Sd(T2, T0, LogPointer), Rv.Sd(0, T0, Delegated));
        a.Emit(Rv.Ld(T2, T0, TrapsLeft), Rv.Addi(T2, T2, -1), Rv.Sd(T2, T0, TrapsLeft)).Branch(0, T2, 0, "end");
        a.Branch(4, T1, 0, "interrupt");
        a.Emit(Rv.Addi(T2, 0, 9)).Branch(1, T1, T2, "own");
        a.Emit(Rv.Csrrs(T1, CsrNumber.Mepc, 0), Rv.Csrrs(T2, CsrNumber.Stvec, 0)).Branch(1, T1, T2, "own-again");

        // A delegated trap: what its handler would have seen, and back to where it came from.
        a.Emit(Rv.Csrrs(T1, CsrNumber.Scause, 0), Rv.Sd(T1, T3, 32));
        Note(CsrNumber.Sepc, 40);
        Note(CsrNumber.Stval, 48);
        a.Emit(Rv.Sd(T0, T0, Delegated));
        a.Emit(Rv.Csrrs(T2, CsrNumber.Mstatus, 0), Rv.Srli(T2, T2, 8), Rv.Andi(T2, T2, 1), Rv.Slli(T2, T2, 11));
        a.Li(T3, 0x1800).Emit(Rv.Csrrc(0, CsrNumber.Mstatus, T3), Rv.Csrrs(0, CsrNumber.Mstatus, T2));
        a.Emit(Rv.Csrrs(T2, CsrNumber.Sepc, 0), Rv.Csrrw(0, CsrNumber.Mepc, T2));
        a.Branch(4, T1, 0, "interrupt").Jump("own");

        a.Label("own-again").Emit(Rv.Csrrs(T1, CsrNumber.Mcause, 0));
        // After a fault of the fetch itself there is no next instruction.
        a.Label("own").Branch(0, T1, 0, "end").Emit(Rv.Addi(T2, 0, 1)).Branch(0, T1, T2, "end");
        a.Emit(Rv.Addi(T2, 0, 12)).Branch(0, T1, T2, "end");
        a.Emit(Rv.Csrrs(T1, CsrNumber.Mepc, 0));
        a.Emit(Rv.Ld(T2, T0, CodeStart), Rv.Sub(T3, T1, T2), Rv.Ld(T2, T0, CodeSize)).Branch(7, T3, T2, "end");
        a.Emit(Rv.Ld(T2, T0, CodePhysical), Rv.Add(T3, T3, T2), Rv.Lbu(T3, T3, 0), Rv.Andi(T3, T3, 3));
        // Four bytes where the two lowest bits are set, else two.
        a.Emit(Rv.Xori(T3, T3, 3), Rv.Sltiu(T3, T3, 1), Rv.Slli(T3, T3, 1), Rv.Add(T1, T1, T3), Rv.Addi(T1, T1, 2));
        a.Emit(Rv.Csrrw(0, CsrNumber.Mepc, T1), Rv.Ld(T2, T0, Delegated)).Branch(0, T2, 0, "back");
        a.Emit(Rv.Csrrw(0, CsrNumber.Sepc, T1)).Jump("back");

        a.Label("interrupt").Emit(Rv.Csrrw(0, CsrNumber.Mie, 0));
        a.Label("back");
        Restore();
        a.Emit(Rv.Mret);
        a.Label("end");
        Restore();
        a.Emit(Rv.Jal(0, (int)(Stop - a.Here)));
        return a;

        void Note(int csr, int offset) => a.Emit(Rv.Csrrs(T2, csr, 0), Rv.Sd(T2, T3, offset));

        void Restore() => a.Emit(Rv.Ld(T3, T0, SavedT3), Rv.Ld(T2, T0, SavedT2), Rv.Ld(T1, T0, SavedT1), Rv.Ld(T0, T0, SavedT0));
    }
}
