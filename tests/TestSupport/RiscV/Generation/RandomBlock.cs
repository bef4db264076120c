namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>A block of random instructions, and the memory and registers it begins with, all from one seed.</summary>
public sealed class RandomBlock
{
    private const int Length = 100;
    private const ulong PageSize = 4096;

    private readonly Random _random;
    private readonly Dictionary<ulong, byte[]> _pages = [];

    public RandomBlock(int seed)
    {
        Seed = seed;
        _random = new Random(seed);
        Kind = _random.Next(10) switch
        {
            < 3 => BlockKind.Machine,
            3 => BlockKind.Supervisor,
            4 => BlockKind.User,
            < 7 => BlockKind.PagedSupervisor,
            < 9 => BlockKind.PagedUser,
            _ => BlockKind.MachineAsUser,
        };
        for (var i = 0; i < 32; i++)
        {
            State.X[i] = i == 0 ? 0 : OperandValues.Integer(_random);
            State.F[i] = OperandValues.Float(_random);
        }
        if (HasTables) PlaceTables();
        else PlaceBare();
        SetRegisters();
        PlaceCode();
        _pages[Harness.Code] = Harness.CodePage;
        for (var i = 0; i < Harness.LogPages; i++) _pages[Harness.Log + ((ulong)i * PageSize)] = new byte[PageSize];
        for (var i = 0; i < Harness.WindowPages; i++) _pages[Harness.Window + ((ulong)i * PageSize)] = RandomPage();
    }

    public int Seed { get; }

    public BlockKind Kind { get; }

    public RiscVSnapshot State { get; } = new();

    /// <summary>Memory at the start, by physical page; all else is zero.</summary>
    public IReadOnlyDictionary<ulong, byte[]> Pages => _pages;

    /// <summary>The virtual address of the block's pages, and how much of them is code.</summary>
    public ulong CodeStart { get; private set; }

    public int CodeSize { get; private set; }

    private bool HasTables => Kind is BlockKind.PagedSupervisor or BlockKind.PagedUser or BlockKind.MachineAsUser;

    private ulong Privilege => Kind switch
    {
        BlockKind.Machine or BlockKind.MachineAsUser => 3,
        BlockKind.Supervisor or BlockKind.PagedSupervisor => 1,
        _ => 0,
    };

    private void PlaceBare()
    {
        CodeStart = Harness.Block;
        State.X[Pointers.Stack] = Harness.Window + 0x400;
        State.X[Pointers.Good] = Harness.Window + 0x1800 + ((ulong)_random.Next(16) * 16);
        State.X[Pointers.Any] = Harness.Window + (ulong)_random.Next(0x4000);
        State.X[Pointers.AnyAligned] = Harness.Window + ((ulong)_random.Next(0x100) * 64);
        State.X[Pointers.GoodMisaligned] = Harness.Window + (ulong)(_random.Next(0x800) * 8) + 1 + (ulong)_random.Next(7);
        State.X[Pointers.PageEnd] = Harness.Window + 0x1000 - (ulong)_random.Next(16);
        State.X[Pointers.Large] = Harness.Window + (ulong)_random.Next(0x4000);
        State[CsrNumber.Stvec] = Harness.SupervisorVector;
    }

    private void PlaceTables()
    {
        var tables = new PagedWindow(_random, isUser: Kind != BlockKind.PagedSupervisor);
        tables.Fill(State);
        State[CsrNumber.Stvec] = tables.SupervisorVector;
        CodeStart = Kind == BlockKind.MachineAsUser ? Harness.Block : tables.Code;
        foreach (var (i, page) in tables.Tables.Pages.Index()) _pages[Harness.Tables + ((ulong)i * PageSize)] = page;
    }

    private void SetRegisters()
    {
        State.Pc = Harness.Entry;
        State.Privilege = 3;
        // STCE stays off: stimecmp runs with the wall clock.
        State[CsrNumber.Menvcfg] = OperandValues.Wide(_random) & 0x6000_0000_0000_00f1;
        State.X[Pointers.EnvironmentBits] = OperandValues.Wide(_random) & 0x6000_0000_0000_00f1;
        // One kind a block: of several that are pending QEMU without AIA takes the lowest number, not the highest priority (section 3.1.9).
        State.X[Pointers.InterruptBits] = 2ul << (4 * _random.Next(3));
        State.X[Pointers.StatusBits] = (OperandValues.Wide(_random) & ~(0xful << 32 | 3ul << 13)) | RandomFloatStatus();
        State.X[Pointers.StateEnableBits] = OperandValues.Wide(_random) & (3ul << 62);
        State[CsrNumber.Mideleg] = OperandValues.Wide(_random) & 0x222;
        // A call from the supervisor's handler must reach machine mode; so must faults of its own fetch.
        State[CsrNumber.Medeleg] = _random.Next(3) == 0 ? 0 : OperandValues.Wide(_random) & 0xa1fd & ~0x1002ul;
        State[CsrNumber.Mie] = _random.Next(3) == 0 ? 0 : OperandValues.Wide(_random) & 0x222;
        State[CsrNumber.Mip] = 0;
        State[CsrNumber.Mtvec] = Harness.MachineVector;
        State[CsrNumber.Mscratch] = Harness.Data;
        State[CsrNumber.Mcause] = (ulong)_random.Next(16);
        State[CsrNumber.Mtval] = OperandValues.Integer(_random);
        State[CsrNumber.Mcounteren] = OperandValues.Wide(_random) & 0xffff_ffff;
        State[CsrNumber.Mstateen0] = OperandValues.Wide(_random) & (3ul << 62);
        State[CsrNumber.Sscratch] = OperandValues.Integer(_random);
        State[CsrNumber.Sepc] = OperandValues.Wide(_random) & ~1ul;
        State[CsrNumber.Scause] = (ulong)_random.Next(16);
        State[CsrNumber.Stval] = OperandValues.Integer(_random);
        State[CsrNumber.Scounteren] = OperandValues.Wide(_random) & 0xffff_ffff;
        State[CsrNumber.Senvcfg] = OperandValues.Wide(_random) & 0xf1;
        State[CsrNumber.Pmpaddr0] = (1ul << 54) - 1;
        State[CsrNumber.Pmpcfg0] = 0x1f;
        State[CsrNumber.Fflags] = (ulong)_random.Next(32);
        State[CsrNumber.Frm] = _random.Next(4) == 0 ? (ulong)_random.Next(8) : (ulong)_random.Next(5);
        var status = OperandValues.Wide(_random) & 0x007c_01aa; // SIE, SPIE, MPIE, SPP, SUM, MXR, TVM, TW, TSR; MIE comes by mret
        status &= ~0x8ul;
        if (Kind == BlockKind.MachineAsUser) status |= 1ul << 17;
        status |= Privilege << 11;
        status |= RandomFloatStatus();
        State[CsrNumber.Mstatus] = status;
    }

    /// <summary>FS: off or dirty, see <see cref="CsrRules.HasLegalValue"/>.</summary>
    private ulong RandomFloatStatus() => _random.Next(8) == 0 ? 0 : 3ul << 13;

    private void PlaceCode()
    {
        var generator = new InstructionGenerator(_random, Kind, new InstructionRules());
        var instructions = new List<Instruction>();
        while (instructions.Count < Length) generator.Add(instructions);

        // Often across the end of the first page.
        var start = _random.Next(3) == 0 ? 0x1000 - (2 * _random.Next(200)) : 2 * _random.Next(0x400);
        var codePointer = start + (instructions.Count * 3 / 2);
        var code = CodeLayout.Place(_random, instructions, codePointer - start);
        var pages = new byte[Harness.BlockPages * (int)PageSize];
        code.CopyTo(pages, start);
        for (var i = 0; i < Harness.BlockPages; i++)
            _pages[Harness.Block + ((ulong)i * PageSize)] = pages.AsSpan(i * (int)PageSize, (int)PageSize).ToArray();

        CodeSize = start + code.Length - 4;
        State.X[Pointers.Code] = CodeStart + (ulong)codePointer;
        State[CsrNumber.Mepc] = CodeStart + (ulong)start;
        _pages[Harness.Data] = Harness.CreateData(CodeStart, CodeSize);
    }

    private byte[] RandomPage()
    {
        var page = new byte[PageSize];
        for (var i = 0; i < page.Length; i += 8)
            BitConverter.TryWriteBytes(page.AsSpan(i), _random.Next(2) == 0 ? OperandValues.Wide(_random) : OperandValues.Float(_random));
        return page;
    }
}
