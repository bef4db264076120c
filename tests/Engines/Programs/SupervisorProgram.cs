using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Programs;

/// <summary>
/// A program in supervisor mode with page tables of its own. All memory is mapped to itself by global pages. Machine mode counts its page faults in
/// s2, adds their causes in s3, keeps the last address in s4, and goes on behind the instruction; after a fault of a fetch it returns to ra.
/// </summary>
internal sealed class SupervisorProgram
{
    public const ulong Ram = BareMachine.RamStart;

    /// <summary>Pages for the test's own mappings.</summary>
    public const ulong Data = Ram + 0x10_0000;

    /// <summary>Where it counts what is wrong.</summary>
    public const int Faults = Rv.S5;

    public const ulong SystemFlags = PageTables.Valid | PageTables.Read | PageTables.Write | PageTables.Execute | PageTables.Accessed | PageTables.Dirty;

    private const ulong SupervisorBefore = 1ul << 11, FetchFault = 12;
    private const int Scratch = Rv.T6;

    private readonly List<(ulong Start, PageTables Tables)> _tables = [];
    private ulong _nextTables = Ram + 0x8_0000;

    public SupervisorProgram()
    {
        Code.Jump("start");
        Code.Label("handler").Emit(Rv.Addi(Rv.S2, Rv.S2, 1), Rv.Csrrs(Scratch, CsrNumber.Mcause, 0), Rv.Add(Rv.S3, Rv.S3, Scratch), Rv.Csrrs(Rv.S4, CsrNumber.Mtval, 0));
        Code.Emit(Rv.Addi(Scratch, Scratch, -(int)FetchFault)).Branch(0, Scratch, 0, "fetch");
        Code.Emit(Rv.Csrrs(Scratch, CsrNumber.Mepc, 0), Rv.Addi(Scratch, Scratch, 4), Rv.Csrrw(0, CsrNumber.Mepc, Scratch), Rv.Mret);
        Code.Label("fetch").Emit(Rv.Csrrw(0, CsrNumber.Mepc, Rv.Ra), Rv.Mret);
        Code.Label("start").Li(Scratch, Ram + 4).Emit(Rv.Csrrw(0, CsrNumber.Mtvec, Scratch));
        Code.Li(Scratch, (1ul << 54) - 1).Emit(Rv.Csrrw(0, CsrNumber.Pmpaddr0, Scratch)).Li(Scratch, 0x1f).Emit(Rv.Csrrw(0, CsrNumber.Pmpcfg0, Scratch));
    }

    public Assembler Code { get; } = new(Ram);

    /// <summary>Page tables with all memory in them; 3 levels are Sv39.</summary>
    public PageTables AddTables(int levels = 3)
    {
        var tables = new PageTables(levels, _nextTables);
        tables.Set(Ram, 1, PageTables.Leaf(Ram, SystemFlags | PageTables.Global));
        _tables.Add((_nextTables, tables));
        _nextTables += 0x6000;
        return tables;
    }

    /// <summary>On in supervisor mode, under the translation that a register says.</summary>
    public void EnterSupervisor(int satp)
    {
        Code.Emit(Rv.Csrrw(0, CsrNumber.Satp, satp)).Li(Scratch, SupervisorBefore).Emit(Rv.Csrrs(0, CsrNumber.Mstatus, Scratch));
        Code.Emit(Rv.Auipc(Scratch, 0), Rv.Addi(Scratch, Scratch, 16), Rv.Csrrw(0, CsrNumber.Mepc, Scratch), Rv.Mret);
    }

    /// <summary>Counts it where a register does not have what another has.</summary>
    public void Expect(int actual, int expected) =>
        Code.Emit(Rv.R(0, expected, actual, 4, Scratch, 0x33), Rv.R(0, Scratch, 0, 3, Scratch, 0x33), Rv.Add(Faults, Faults, Scratch)); // xor, sltu

    /// <summary>Repeats what is between, with t0 as the counter.</summary>
    public void Repeat(int rounds, Action body)
    {
        var label = $"round {Code.Here}";
        Code.Li(Rv.T0, (ulong)rounds).Label(label);
        body();
        // Further than a branch reaches.
        Code.Emit(Rv.Addi(Rv.T0, Rv.T0, -1), Rv.Beq(Rv.T0, 0, 8)).Jump(label);
    }

    /// <summary>Runs it on an engine to its end; the machine as it is then.</summary>
    public VmMachine Run(string engine, params ReadOnlySpan<(ulong Address, ulong Value)> memory)
    {
        Code.Label("end").Emit(Rv.Nop).Jump("end");
        var machine = new VmMachine(EngineList.Find(engine));
        machine.Prepare(Code.AssembleBytes(), Code.AddressOf("end"));
        foreach (var (start, tables) in _tables)
        {
            for (var i = 0; i < tables.Pages.Count; i++)
            {
                for (var at = 0; at < tables.Pages[i].Length; at += 8)
                {
                    if (BitConverter.ToUInt64(tables.Pages[i], at) is not 0 and var entry) machine.Write64(start + (ulong)((i * 4096) + at), entry);
                }
            }
        }
        foreach (var (address, value) in memory) machine.Write64(address, value);
        machine.MustEnd();
        return machine;
    }
}
