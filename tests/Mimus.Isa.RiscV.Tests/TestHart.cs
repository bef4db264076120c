using Mimus.Isa.RiscV;
using Mimus.Isa.RiscV.Privileged;
using Mimus.TestSupport.RiscV;

namespace Mimus.Isa.RiscV.Tests;

/// <summary>A hart that runs single instructions in any mode, and says whether they trapped into machine mode.</summary>
internal sealed class TestHart : IDisposable
{
    public const ulong Code = BareMachine.RamStart, Vector = Code + 0x1000, SupervisorVector = Code + 0x2000, Data = Code + 0x1_0000,
        Tables = Code + 0x4_0000;

    public const ulong AllMemory = (1ul << 54) - 1;
    private const int Address = Rv.A0, Value = Rv.A1, Result = Rv.A2;

    public TestHart(Extension extensions = Profiles.Max, int pmpEntries = 16)
    {
        Machine = new BareMachine(new RiscVConfiguration { Extensions = extensions, PmpEntries = pmpEntries });
        Machine.SetCsr(CsrNumber.Mtvec, Vector);
        if (Machine.Hart.Has(Extension.S)) Machine.SetCsr(CsrNumber.Stvec, SupervisorVector);
        if (pmpEntries < 8) return;
        // The last of the eight, so that a test's own entries come first.
        Machine.SetCsr(CsrNumber.Pmpaddr0 + 7, AllMemory);
        Machine.SetCsr(CsrNumber.Pmpcfg0, 0x1ful << 56);
    }

    public BareMachine Machine { get; }

    public Privilege Privilege => Machine.Hart.Privilege;

    public ulong Pc => Machine.Hart.ProgramCounter;

    public ulong this[int csr]
    {
        get => Machine.Csr(csr);
        set => Machine.SetCsr(csr, value);
    }

    /// <summary>The result register of <see cref="Load"/> and of instructions that name a2.</summary>
    public ulong Loaded => Machine[Result];

    /// <summary>Runs one instruction in a mode; null when it did not trap.</summary>
    public Trap? Execute(Privilege mode, uint instruction, ulong at = Code)
    {
        if (at == Code) Machine.Load(Code, instruction);
        Machine.Hart.Registers.Privilege = (ulong)mode;
        Machine.Hart.ProgramCounter = at;
        Machine.Step();
        if (Pc == Vector && Privilege == Privilege.Machine) return new Trap((int)this[CsrNumber.Mcause], this[CsrNumber.Mtval]);
        return Pc == SupervisorVector ? new Trap((int)this[CsrNumber.Scause], this[CsrNumber.Stval], ToSupervisor: true) : null;
    }

    public Trap? Load(Privilege mode, ulong address, int size = 8)
    {
        Machine[Address] = address;
        return Execute(mode, size switch { 1 => Rv.Lbu(Result, Address, 0), 2 => Rv.Lh(Result, Address, 0), 4 => Rv.Lw(Result, Address, 0), _ => Rv.Ld(Result, Address, 0) });
    }

    public Trap? Store(Privilege mode, ulong address, ulong value = 0, int size = 8)
    {
        Machine[Address] = address;
        Machine[Value] = value;
        return Execute(mode, Rv.Store((uint)int.Log2(size), Value, Address, 0));
    }

    /// <summary>Runs an instruction at an address other than the usual one, which holds it already.</summary>
    public Trap? Fetch(Privilege mode, ulong address) => Execute(mode, 0, address);

    public Trap? ReadCsr(Privilege mode, int csr) => Execute(mode, Rv.Csrrs(Result, csr, 0));

    public Trap? WriteCsr(Privilege mode, int csr, ulong value)
    {
        Machine[Value] = value;
        return Execute(mode, Rv.Csrrw(0, csr, Value));
    }

    /// <summary>Puts page tables into memory and switches to them.</summary>
    public void Use(PageTables tables)
    {
        for (var i = 0; i < tables.Pages.Count; i++) tables.Pages[i].CopyTo(Machine.Bytes(Tables + ((ulong)i * 4096), 4096));
        this[CsrNumber.Satp] = tables.Satp(0);
        Machine.Vcpu.Forget();
    }

    public void Dispose() => Machine.Dispose();
}
