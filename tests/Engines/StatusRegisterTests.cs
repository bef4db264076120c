using Mimus.Engines.Tests.Machines;
using Mimus.Engines.Tests.Programs;
using Mimus.Isa.RiscV;
using Mimus.TestSupport;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests;

/// <summary>Writes of the status registers, and interrupts that they let through.</summary>
public sealed class StatusRegisterTests
{
    private const int FirstCsr = 65, Rounds = 40, FormRounds = 400;
    private const int Log = Rv.S1, Value = Rv.T1, Old = Rv.T2, Now = Rv.T3;

    /// <summary>The interrupt of software for supervisor mode.</summary>
    private const int PendingBit = 1 << 1;

    private const ulong PrivilegeChange = 1ul << 17;

    /// <summary>In the number of a form, 1 to write, 2 to set, 3 to clear: the operand is part of the instruction.</summary>
    private const uint ImmediateForm = 4;

    public static TheoryData<string> Engines => EngineList.Names;

    public static TheoryData<string, bool, uint, int> Forms
    {
        get
        {
            var forms = new TheoryData<string, bool, uint, int>();
            foreach (var engine in EngineList.All)
            {
                foreach (var isMachine in (ReadOnlySpan<bool>)[false, true])
                {
                    foreach (var form in (ReadOnlySpan<uint>)[1, 2, 1 | ImmediateForm, 2 | ImmediateForm])
                    {
                        forms.Add(engine.Name, isMachine, form, 0);
                        forms.Add(engine.Name, isMachine, form, Old);
                    }
                }
            }
            return forms;
        }
    }

    /// <summary>Writes, sets and clears random bits, floating point's among them, and compares with what a debugger's writes come to.</summary>
    [Theory]
    [MemberData(nameof(Engines))]
    public void Bits_are_written_set_and_cleared_as_by_a_debugger(string engine)
    {
        var random = new Random(TestSeed.Value);
        (int Csr, uint Form, ulong Operand)[] steps = [.. Enumerable.Range(0, 60).Select(_ => (random.Next(2) == 0 ? CsrNumber.Mstatus : CsrNumber.Sstatus, (uint)random.Next(1, 4) | (random.Next(3) == 0 ? ImmediateForm : 0), Operand(random)))];
        var a = new Assembler(SupervisorProgram.Ram).Li(Rv.T0, Rounds).Label("round").Li(Log, SupervisorProgram.Data);
        foreach (var (csr, form, operand) in steps)
        {
            if (form < ImmediateForm) a.Li(Value, operand);
            a.Emit(Access(csr, form, form < ImmediateForm ? Value : (int)(operand & 31), Old), Rv.Csrrs(Now, csr, 0), Rv.Sd(Old, Log, 0), Rv.Sd(Now, Log, 8), Rv.Addi(Log, Log, 16));
        }
        a.Emit(Rv.Addi(Rv.T0, Rv.T0, -1), Rv.Beq(Rv.T0, 0, 8)).Jump("round").Label("end").Emit(Rv.Nop).Jump("end");
        using var machine = new VmMachine(EngineList.Find(engine));
        machine.Prepare(a.AssembleBytes(), a.AddressOf("end"));
        machine.MustEnd();

        using var other = new VmMachine(EngineList.Reference);
        for (var round = 0; round < Rounds; round++)
        {
            for (var i = 0; i < steps.Length; i++)
            {
                var (csr, form, operand) = steps[i];
                var old = Read(other.Hart, csr);
                if (form >= ImmediateForm) operand &= 31;
                Write(other.Hart, csr, (form & 3) switch { 1 => operand, 2 => old | operand, _ => old & ~operand });
                if (round != Rounds - 1) continue;
                var at = SupervisorProgram.Data + (ulong)(16 * i);
                Assert.Equal((i, old, Read(other.Hart, csr)), (i, machine.Read64(at), machine.Read64(at + 8)));
            }
        }
    }

    /// <summary>
    /// An interrupt is pending when its enable is set: it comes before the next instruction. The handler adds up in s2 how often it came, and in s3
    /// how often it came anywhere else; it goes back with interrupts off.
    /// </summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void An_interrupt_that_is_let_through_comes_at_once(string engine, bool isMachine, uint form, int target)
    {
        var program = new SupervisorProgram();
        var code = program.Code;
        int status = isMachine ? CsrNumber.Mstatus : CsrNumber.Sstatus, bit = isMachine ? 8 : 2;
        int vector = isMachine ? CsrNumber.Mtvec : CsrNumber.Stvec, back = isMachine ? CsrNumber.Mepc : CsrNumber.Sepc, pending = isMachine ? CsrNumber.Mip : CsrNumber.Sip;
        code.Jump("begin");
        code.Label("interrupt").Emit(Rv.Csrrs(Now, back, 0), Rv.Addi(Rv.S2, Rv.S2, 1), Rv.Sub(Now, Now, Rv.A6), Rv.R(0, Now, 0, 3, Now, 0x33), Rv.Add(Rv.S3, Rv.S3, Now)); // sltu
        // It is handled, and where it came from interrupts are to be off.
        code.Emit(Rv.Csrrc(0, pending, Rv.A3), Rv.Csrrc(0, status, Rv.A5), isMachine ? Rv.Mret : Rv.Sret);
        code.Label("begin").Li(Rv.A3, PendingBit).Li(Rv.A4, (ulong)bit).Li(Rv.A5, (ulong)bit << 4);
        code.Li(Now, code.AddressOf("interrupt")).Emit(Rv.Csrrw(0, vector, Now));
        // Where supervisor mode does not take it itself, machine mode may.
        code.Emit(Rv.Csrrw(0, CsrNumber.Mideleg, isMachine ? 0 : Rv.A3), Rv.Csrrs(0, CsrNumber.Mie, Rv.A3));
        if (!isMachine) program.EnterSupervisor(0);
        // What is written is what is there with the bit set.
        code.Emit(Rv.Csrrs(Value, status, 0), Rv.R(0, Rv.A4, Value, 6, Value, 0x33)); // or
        program.Repeat(FormRounds, () =>
        {
            // a6 is the address behind the access.
            code.Emit(Rv.Auipc(Rv.A6, 0), Rv.Addi(Rv.A6, Rv.A6, 4 * 5), Rv.Csrrs(0, pending, Rv.A3), Rv.Addi(Rv.A7, Rv.S2, 1));
            code.Emit(Access(status, form, form >= ImmediateForm ? bit : (form & 3) == 1 ? Value : Rv.A4, target));
            // The count has gone up when this is run.
            program.Expect(Rv.S2, Rv.A7);
            code.Emit(Rv.Csrrc(0, status, Rv.A4));
        });
        using var machine = program.Run(engine);
        var registers = machine.Hart.Registers;
        Assert.Equal(((ulong)FormRounds, 0ul, 0ul), (registers.Integers[Rv.S2], registers.Integers[Rv.S3], registers.Integers[SupervisorProgram.Faults]));
    }

    private static uint Access(int csr, uint form, int operand, int target) => Rv.I(csr, operand, form, target, 0x73);

    /// <summary>All but what has stores checked as those of another mode.</summary>
    private static ulong Operand(Random random)
    {
        ulong[] bits = [1 << 1, 1 << 3, 1 << 5, 1 << 7, 1 << 8, 3 << 11, 1 << 13, 2 << 13, 3 << 13, 1 << 18, 1 << 19, 1ul << 63];
        var operand = random.Next(4) == 0 ? (ulong)random.NextInt64(long.MinValue, long.MaxValue) : 0;
        for (var i = random.Next(5); i > 0; i--) operand |= bits[random.Next(bits.Length)];
        return operand & ~PrivilegeChange;
    }

    private static ulong Read(RiscVHart hart, int csr) => hart.Debug.TryReadRegister(FirstCsr + csr, out var value) ? value : throw new InvalidOperationException("the register is missing");

    private static void Write(RiscVHart hart, int csr, ulong value) => Assert.True(hart.Debug.TryWriteRegister(FirstCsr + csr, value));
}
