namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>A block of random instructions, and the memory and registers it begins with, all from one seed.</summary>
public sealed class RandomBlock
{
    private const int Length = 100;
    private const ulong PageSize = 4096;

    private readonly Random _random;
    private readonly Dictionary<ulong, byte[]> _pages = [];
    private readonly InstructionRules _rules;

    public RandomBlock(int seed, InstructionRules? rules = null)
    {
        _rules = rules ?? new InstructionRules();
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
        RandomState.FillRegisters(State, _random);
        if (RandomState.HasTables(Kind)) PlaceTables();
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
        RandomState.FillCsrs(State, _random, Kind);
        State.Pc = Harness.Entry;
        State.Privilege = 3;
        State[CsrNumber.Mtvec] = Harness.MachineVector;
        State[CsrNumber.Mscratch] = Harness.Data;
    }

    private void PlaceCode()
    {
        var generator = new InstructionGenerator(_random, Kind, _rules);
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
