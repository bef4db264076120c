using Mimus.Engines.Tests.Machines;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Programs;

/// <summary>Draws what a random program begins with.</summary>
internal sealed class InitialState(Random random, BlockKind kind, ProgramSpace space, ProgramOptions options, bool isPermissive)
{
    private const ulong Page = ProgramLayout.PageSize;

    public RiscVSnapshot State { get; } = new();

    /// <summary>Memory protection beyond the first entry.</summary>
    public IReadOnlyList<(int Number, ulong Value)> FurtherCsrs { get; } = [(CsrNumber.Pmpaddr0 + 1, (1ul << 54) - 1)];

    public void Fill()
    {
        RandomState.FillRegisters(State, random);
        RandomState.FillCsrs(State, random, kind);
        State.Pc = ProgramLayout.Entry;
        State.Privilege = 3;
        State[CsrNumber.Mtvec] = ProgramLayout.MachineVector | 1;
        State[CsrNumber.Mscratch] = ProgramLayout.MachineData;
        State[CsrNumber.Stvec] = space.SupervisorVector;
        State[CsrNumber.Sscratch] = space.SupervisorData;
        // The handlers stand all but calls from supervisor mode, by which one asks the other.
        if (State[CsrNumber.Medeleg] != 0) State[CsrNumber.Medeleg] |= OperandValues.Wide(random) & 0x1002;
        // The handler in supervisor mode returns, and programs there change tables.
        State[CsrNumber.Mstatus] &= ~(1ul << 20 | 1ul << 22);
        if (space.IsPaged) State[CsrNumber.Satp] = space.Satp[0];
        if (options.Interruptible)
        {
            State[CsrNumber.Mie] |= 1ul << EngineMachine.MachineSoftware;
            State[CsrNumber.Mcounteren] = 0;
        }
        if (options.HasTimer) State[CsrNumber.Mie] |= 1ul << TimerHandler.Input;
        State.X[Registers.Frame] = space.Frame;
        State.X[Registers.Constants] = space.Constants;
        SetPointers();
        if (!isPermissive && random.Next(3) == 0) Protect();
        else Open(0x1f00);
    }

    public Dictionary<ulong, byte[]> CreateData()
    {
        var data = new Dictionary<ulong, byte[]>();
        for (var i = 0; i < ProgramLayout.WindowPages; i++) data[ProgramLayout.Window + ((ulong)i * Page)] = RandomPage();
        data[ProgramLayout.Constants] = RandomPage();
        data[ProgramLayout.Changing] = ChangingPage(0);
        data[ProgramLayout.Changing + Page] = ChangingPage(1);
        return data;
    }

    private void SetPointers()
    {
        var window = space.Window;
        State.X[Pointers.Stack] = window + 0x400;
        State.X[Pointers.Good] = window + 0x1800 + ((ulong)random.Next(16) * 16);
        State.X[Pointers.GoodMisaligned] = window + 0x808 + ((ulong)random.Next(0x80) * 8) + 1 + (ulong)random.Next(7);
        var pages = isPermissive ? 4 : space.WindowSize;
        State.X[Pointers.Any] = window + (ulong)random.Next(pages * (int)Page);
        State.X[Pointers.AnyAligned] = window + ((ulong)random.Next(pages) * Page) + ((ulong)random.Next((int)Page / 64) * 64);
        State.X[Pointers.PageEnd] = window + ((ulong)random.Next(1, pages) * Page) - (ulong)random.Next(16);
        State.X[Pointers.Large] = space.Large + (ulong)random.Next(0x4000);
        if (isPermissive) return;
        if (random.Next(4) == 0) State.X[Pointers.PageEnd] = space.Unmapped - (ulong)random.Next(16);
        if (options.HasDevice && random.Next(2) == 0) State.X[Pointers.Large] = space.Device + ((ulong)random.Next(0x100) * 8);
    }

    /// <summary>Forbids something in a few bytes of the window, for machine mode too.</summary>
    private void Protect()
    {
        var bits = random.Next(1, 8);
        var address = (ProgramLayout.Window + (ulong)random.Next(2 * (int)Page)) >> 2;
        State[CsrNumber.Pmpaddr0] = (address & ~((1ul << bits) - 1)) | ((1ul << bits >> 1) - 1);
        Open(0x1f00 | 0x18 | (ulong)random.Next(2) | (random.Next(2) == 0 ? 0x80u : 0));
    }

    private void Open(ulong configuration) => State[CsrNumber.Pmpcfg0] = configuration;

    /// <summary>A function of the program, of which there are two that take each other's place.</summary>
    private byte[] ChangingPage(int version)
    {
        var page = new byte[Page];
        var free = Registers.Free(forControlRegisters: true);
        uint[] code =
        [
            Rv.Addi(free[1], free[1], version == 0 ? 1 : 3), Rv.Xori(free[2], free[2], version == 0 ? 5 : -7),
            version == 0 ? Rv.Add(free[3], free[3], free[1]) : Rv.Sub(free[3], free[3], free[2]), Rv.Jalr(0, Registers.Link, 0),
        ];
        for (var i = 0; i < code.Length; i++) BitConverter.TryWriteBytes(page.AsSpan(i * 4), code[i]);
        return page;
    }

    private byte[] RandomPage()
    {
        var page = new byte[Page];
        for (var i = 0; i < page.Length; i += 8)
            BitConverter.TryWriteBytes(page.AsSpan(i), random.Next(3) == 0 ? OperandValues.Integer(random) : OperandValues.Float(random));
        return page;
    }
}
