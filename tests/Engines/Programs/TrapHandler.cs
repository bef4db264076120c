using System.Globalization;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Programs;

/// <summary>
/// A trap handler for machine or for supervisor mode. It writes down all registers at the trap, so that a state that is not precise
/// shows; adds the record to a sum over all records, since only the last ones are kept; and goes on after the instruction that trapped.
/// </summary>
internal sealed class TrapHandler
{
    public const int RecordSize = 512;

    /// <summary>An environment call with one of these in a7 asks for a service.</summary>
    public const ulong Exit = 0x4d49_4d55, ChangeEntry = Exit + 1, ChangeSpace = Exit + 2, GiveUp = Exit + 3;

    /// <summary>Places in the handler's page of data: how often the interrupt from outside came, and what its handler saves.</summary>
    public const int Interrupts = 128, SavedByInterrupt = 136;

    /// <summary>Instructions that one interrupt from outside adds.</summary>
    public const int InterruptLength = 12;

    /// <summary>How many traps there were.</summary>
    public const int Count = 56;

    private const int SavedT1 = 8, RecordPointer = 16, CodeStart = 24, CodeSize = 32, CodeAlias = 40, Sum = 48, Scratch = 64;

    /// <summary>Places in a record after the 32 registers, of which x0 is the cause.</summary>
    private const int Pc = 32, Value = 33, Status = 34, Instret = 35, FloatControl = 36, FloatSum = 37, RecordLength = 38;

    private const int Services = 4;
    private const ulong Factor = 0x9e37_79b9_7f4a_7c15;
    private const int T0 = Rv.T0, T1 = Rv.T1, T2 = Rv.T2, T3 = Rv.T3, T4 = Rv.T4, T5 = Rv.T5, T6 = Rv.T6;

    private readonly bool _machine;
    private readonly bool _countsInstructions;
    private readonly Assembler _a;

    private TrapHandler(ulong origin, bool machine, bool countsInstructions)
    {
        _machine = machine;
        _countsInstructions = countsInstructions;
        _a = new Assembler(origin);
    }

    private int Status0 => _machine ? CsrNumber.Mstatus : CsrNumber.Sstatus;

    private int ScratchCsr => _machine ? CsrNumber.Mscratch : CsrNumber.Sscratch;

    private int CauseCsr => _machine ? CsrNumber.Mcause : CsrNumber.Scause;

    private int PcCsr => _machine ? CsrNumber.Mepc : CsrNumber.Sepc;

    private int ValueCsr => _machine ? CsrNumber.Mtval : CsrNumber.Stval;

    /// <summary>The page of code for machine mode: entry, vectors, handlers, ends.</summary>
    /// <param name="countsInstructions">Records say how many instructions had retired.</param>
    public static byte[] CreateMachine(bool countsInstructions)
    {
        var page = new byte[ProgramLayout.PageSize];
        new Assembler(ProgramLayout.Entry).Emit(Rv.FenceI, Rv.SfenceVma(0, 0), Rv.Mret).AssembleBytes().CopyTo(page, 0);
        var handler = new TrapHandler(ProgramLayout.MachineVector, machine: true, countsInstructions);
        var a = handler._a;
        for (var i = 0; i < 16; i++) a.Jump(i switch { 3 => "outside", TimerHandler.Input => "timer", _ => "trap" });
        a.Label("trap");
        handler.Write();
        a.Label("outside");
        handler.WriteInterrupt();
        TimerHandler.Write(a);
        a.AssembleBytes().CopyTo(page, (int)(ProgramLayout.MachineVector - ProgramLayout.MachineCode));
        BitConverter.TryWriteBytes(page.AsSpan((int)(ProgramLayout.Stop & 0xfff)), Rv.Nop);
        BitConverter.TryWriteBytes(page.AsSpan((int)(ProgramLayout.Lost & 0xfff)), Rv.Nop);
        return page;
    }

    public static byte[] CreateSupervisor()
    {
        var page = new byte[ProgramLayout.PageSize];
        // All in it is relative, so that it may be anywhere.
        var handler = new TrapHandler(ProgramLayout.SupervisorCode, machine: false, countsInstructions: false);
        handler.Write();
        handler._a.AssembleBytes().CopyTo(page, 0);
        return page;
    }

    /// <summary>The handler's page of data.</summary>
    /// <param name="log">Where its records are, as its mode sees them.</param>
    /// <param name="codeStart">Where the program runs.</param>
    /// <param name="codeSize">How long it is.</param>
    /// <param name="codeAlias">Where the handler can read the program.</param>
    public static byte[] CreateData(ulong log, ulong codeStart, ulong codeSize, ulong codeAlias)
    {
        var page = new byte[ProgramLayout.PageSize];
        BitConverter.TryWriteBytes(page.AsSpan(RecordPointer), log);
        BitConverter.TryWriteBytes(page.AsSpan(CodeStart), codeStart);
        BitConverter.TryWriteBytes(page.AsSpan(CodeSize), codeSize);
        BitConverter.TryWriteBytes(page.AsSpan(CodeAlias), codeAlias);
        return page;
    }

    public static string NameOf(int place) => place switch
    {
        0 => "cause",
        < Pc => string.Create(CultureInfo.InvariantCulture, $"x{place}"),
        Pc => "pc",
        Value => "value",
        Status => "status",
        Instret => "instret",
        FloatControl => "fcsr",
        FloatSum => "sum of f0 to f31",
        _ => "unused",
    };

    private void Write()
    {
        WriteRecord();
        WriteSum();
        var a = _a;
        a.Emit(Rv.Ld(T2, T1, 0)).Branch(4, T2, 0, "interrupt");
        // After a fault of the fetch itself the program goes on where it was called from.
        a.Branch(0, T2, 0, "fetch").Emit(Rv.Addi(T3, 0, 1)).Branch(0, T2, T3, "fetch").Emit(Rv.Addi(T3, 0, 12)).Branch(0, T2, T3, "fetch");
        foreach (var call in new[] { 8, 9, 11 }) a.Emit(Rv.Addi(T3, 0, call)).Branch(0, T2, T3, "call");
        a.Emit(Rv.Ld(T3, T1, Pc * 8), Rv.Ld(T4, T0, CodeStart), Rv.Sub(T5, T3, T4), Rv.Ld(T4, T0, CodeSize)).Branch(7, T5, T4, "lost");
        a.Emit(Rv.Ld(T4, T0, CodeAlias), Rv.Add(T5, T5, T4), Rv.Lbu(T5, T5, 0), Rv.Andi(T5, T5, 3));
        // Four bytes where the two lowest bits are set, else two.
        a.Emit(Rv.Xori(T5, T5, 3), Rv.Sltiu(T5, T5, 1), Rv.Slli(T5, T5, 1), Rv.Add(T3, T3, T5), Rv.Addi(T3, T3, 2)).Jump("resume");
        a.Label("fetch").Emit(Rv.Ld(T3, T1, Rv.Ra * 8)).Jump("resume");
        a.Label("interrupt").Emit(Rv.Ld(T3, T1, Pc * 8));
        if (_machine) a.Emit(Rv.Csrrw(0, CsrNumber.Mip, 0));
        else a.Emit(Rv.I(CsrNumber.Sip, 2, 7, 0, 0x73), Rv.Csrrw(0, CsrNumber.Sie, 0)); // csrci
        a.Jump("resume");
        WriteCall();
        a.Label("resume").Emit(Rv.Csrrw(0, PcCsr, T3));
        Restore();
        a.Emit(_machine ? Rv.Mret : Rv.Sret);
        a.Label("lost");
        if (_machine) a.Emit(Rv.Jal(0, (int)(ProgramLayout.Lost - a.Here)));
        else a.Li(Rv.A7, GiveUp).Emit(Rv.Ecall);
    }

    private void WriteRecord()
    {
        var a = _a;
        a.Emit(Rv.Csrrw(T0, ScratchCsr, T0), Rv.Sd(T1, T0, SavedT1), Rv.Ld(T1, T0, RecordPointer));
        for (var i = 1; i < 32; i++)
        {
            if (i is not (T0 or T1)) a.Emit(Rv.Sd(i, T1, i * 8));
        }
        a.Emit(Rv.Ld(T2, T0, SavedT1), Rv.Sd(T2, T1, T1 * 8), Rv.Csrrs(T2, ScratchCsr, 0), Rv.Sd(T2, T1, T0 * 8), Rv.Csrrw(0, ScratchCsr, T0));
        // Whether a trap gives a reservation up is the implementation's choice; this one always does.
        a.Emit(Rv.Addi(T3, T0, Scratch), Rv.ScW(0, 0, T3));
        Note(CauseCsr, 0);
        Note(PcCsr, Pc);
        Note(ValueCsr, Value);
        Note(Status0, Status);
        if (_machine && _countsInstructions) Note(CsrNumber.Minstret, Instret);
        // Floating point only every fourth time: most of a program's time goes to its traps.
        a.Emit(Rv.Ld(T2, T0, Count), Rv.Andi(T2, T2, 3)).Branch(1, T2, 0, "no-float");
        a.Emit(Rv.Csrrs(T2, Status0, 0), Rv.Srli(T2, T2, 13), Rv.Andi(T2, T2, 3)).Branch(0, T2, 0, "no-float");
        Note(CsrNumber.Fcsr, FloatControl);
        a.Li(T3, Factor).Emit(Rv.Addi(T4, 0, 0));
        for (var i = 0; i < 32; i++) a.Emit(Rv.R(0x71, 0, i, 0, T2, 0x53), Mul(T4, T4, T3), Rv.Add(T4, T4, T2)); // fmv.x.d
        a.Emit(Rv.Sd(T4, T1, FloatSum * 8)).Jump("float");
        a.Label("no-float").Emit(Rv.Sd(0, T1, FloatControl * 8), Rv.Sd(0, T1, FloatSum * 8)).Label("float");

        void Note(int csr, int place) => a.Emit(Rv.Csrrs(T2, csr, 0), Rv.Sd(T2, T1, place * 8));
    }

    private void WriteSum()
    {
        var a = _a;
        a.Li(T3, Factor).Emit(Rv.Ld(T4, T0, Sum));
        for (var i = 0; i < RecordLength; i++) a.Emit(Rv.Ld(T6, T1, i * 8), Mul(T4, T4, T3), Rv.Add(T4, T4, T6));
        a.Emit(Rv.Sd(T4, T0, Sum), Rv.Ld(T2, T0, Count), Rv.Addi(T2, T2, 1), Rv.Sd(T2, T0, Count));
        // The log lies at a multiple of four pages and is two pages long.
        a.Emit(Rv.Addi(T2, T1, RecordSize)).Li(T3, ~0x2000ul).Emit(Rv.R(0, T3, T2, 7, T2, 0x33), Rv.Sd(T2, T0, RecordPointer));
    }

    private void WriteCall()
    {
        var a = _a;
        a.Label("call").Emit(Rv.Ld(T3, T1, Pc * 8), Rv.Addi(T3, T3, 4));
        a.Emit(Rv.Ld(T2, T1, Rv.A7 * 8)).Li(T4, Exit).Emit(Rv.Sub(T2, T2, T4), Rv.Addi(T4, 0, Services)).Branch(7, T2, T4, "resume");
        if (!_machine)
        {
            // a5 to a7 are as they were.
            a.Emit(Rv.Ecall).Jump("resume");
            return;
        }
        a.Branch(0, T2, 0, "exit").Emit(Rv.Addi(T4, 0, 1), Rv.Ld(T5, T1, Rv.A6 * 8)).Branch(0, T2, T4, "change-entry");
        a.Emit(Rv.Addi(T4, 0, 3)).Branch(0, T2, T4, "lost");
        a.Emit(Rv.Csrrw(0, CsrNumber.Satp, T5)).Jump("resume");
        a.Label("change-entry").Emit(Rv.Ld(T4, T1, Rv.A5 * 8), Rv.Ld(T6, T5, 0), Rv.R(0, T4, T6, 4, T6, 0x33), Rv.Sd(T6, T5, 0), Rv.SfenceVma(0, 0)).Jump("resume");
        a.Label("exit");
        Restore();
        a.Emit(Rv.Jal(0, (int)(ProgramLayout.Stop - a.Here)));
    }

    private void Restore()
    {
        for (var i = 1; i < 32; i++)
        {
            if (i is not T1) _a.Emit(Rv.Ld(i, T1, i * 8));
        }
        _a.Emit(Rv.Ld(T1, T1, T1 * 8));
    }

    /// <summary>The interrupt from outside: counts itself, tells the device, and leaves no other trace.</summary>
    private void WriteInterrupt()
    {
        var a = _a;
        var start = a.Here;
        a.Emit(Rv.Csrrw(T0, CsrNumber.Mscratch, T0), Rv.Sd(T1, T0, SavedByInterrupt));
        a.Emit(Rv.Ld(T1, T0, Interrupts), Rv.Addi(T1, T1, 1), Rv.Sd(T1, T0, Interrupts));
        a.Emit(Rv.Lui(T1, (int)(Machines.ProbeDevice.Address >> 12) + 1), Rv.Sd(0, T1, (int)Machines.ProbeDevice.Acknowledge - 0x1000));
        a.Emit(Rv.Nop, Rv.Ld(T1, T0, SavedByInterrupt), Rv.Csrrw(T0, CsrNumber.Mscratch, T0), Rv.Mret);
        // And the jump to it.
        if (((int)(a.Here - start) / 4) + 1 != InterruptLength) throw new InvalidOperationException("the interrupt handler has another length");
    }

    private static uint Mul(int rd, int rs1, int rs2) => Rv.R(1, rs2, rs1, 0, rd, 0x33);
}
