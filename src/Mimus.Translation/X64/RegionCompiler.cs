using Mimus.Translation.Ir;

namespace Mimus.Translation.X64;

/// <summary>
/// Turns a unit of blocks into machine code. Values live in registers inside a block; across the blocks of a region the busiest slots keep a
/// register of their own (they are pinned), all others are in memory between blocks.
/// </summary>
internal sealed unsafe partial class RegionCompiler
{
    private const int NoUse = -1;

    private readonly CodeThunks _thunks;
    private readonly CompilerSettings _settings;
    private readonly CodeRecords _records;
    private readonly List<PendingStub> _stubs = [];
    private readonly List<PendingJump> _jumps = [];
    private IrUnit _unit = null!;
    private Inst[] _insts = null!;
    private Assembler _asm;
    private byte*[] _labels = [];
    private int _at;
    private int _block;
    private bool _isRegion, _countsEntries;

    public RegionCompiler(CodeThunks thunks, CompilerSettings settings, CodeRecords records)
    {
        _thunks = thunks;
        _settings = settings;
        _records = records;
    }

    /// <summary>Who is told how units are lowered; nobody but in tests.</summary>
    public ILoweringObserver? Observer { get; init; }

    /// <summary>Bytes that a unit may need at most.</summary>
    public static int MaximumBytes(IrUnit unit) => 4096 + (unit.Count * 160) + (unit.Blocks.Count * 1280) + LargestJumpTable;

    /// <summary>Compiles; the result is where the code begins, and the last argument where it ends.</summary>
    public byte* Compile(IrUnit unit, byte* at, bool countsEntries, out byte* end)
    {
        _unit = unit;
        _insts = unit.Insts;
        _asm = new Assembler(at);
        _countsEntries = countsEntries;
        _stubs.Clear();
        _jumps.Clear();
        _inside.Clear();
        if (_labels.Length < unit.Blocks.Count) _labels = new byte*[unit.Blocks.Count * 2];
        _isRegion = unit.Blocks.Count > 1 || BlockAt(unit.Blocks[0].Next) == 0 || (unit.Blocks[0].End == BlockEnd.Branch && BlockAt(unit.Blocks[0].Taken) == 0);
        Analyze();
        ChoosePins();

        if (countsEntries) CountEntry(unit.Blocks[0].Pc);
        LoadPins();
        for (_block = 0; _block < unit.Blocks.Count; _block++)
        {
            ref readonly var block = ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(unit.Blocks)[_block];
            _labels[_block] = _asm.Position;
            Observer?.BlockBegins(_asm.Position);
            BeginBlock();
            if (_settings.CountsInstructions) CheckLimit(block);
            for (_at = block.First; _at < block.Last; _at++)
            {
                if (!_isDead[_at])
                {
                    _locked = 0;
                    _lockedXmm = 0;
                    Lower(_insts[_at]);
                }
                Observer?.OperationEnds(_asm.Position, PlaceOfResult());
            }
            _locked = 0;
            _lockedXmm = 0;
            EndBlock(block);
        }
        Observer?.BlocksEnd(_asm.Position);
        EmitOutside();
        for (var i = 0; i < _stubs.Count; i++) EmitStub(_stubs[i]);
        BindJumps();
        EmitJumpTable();
        end = _asm.Position;
        return at;
    }

    /// <summary>The block of the unit that begins at an address, or -1.</summary>
    private int BlockAt(ulong pc)
    {
        var blocks = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_unit.Blocks);
        for (var i = 0; i < blocks.Length; i++)
        {
            if (blocks[i].Pc == pc) return i;
        }
        return -1;
    }

    private void CountEntry(ulong pc)
    {
        _asm.Alu(AluOp.Sub, false, HostLayout.Engine(HeatOffset(pc)), 1);
        var stub = new PendingStub { Kind = StubKind.Hot, Field = (nint)_asm.JumpIfForward(Condition.Sign), Pc = pc };
        _stubs.Add(stub);
    }

    private void CheckLimit(in IrBlock block)
    {
        _asm.LoadAddress(true, Gpr.Rax, new Address(HostLayout.Retired, block.Instructions));
        _asm.Alu(AluOp.Cmp, true, Gpr.Rax, HostLayout.Engine(HostLayout.InstructionLimit));
        _stubs.Add(new PendingStub { Kind = StubKind.Limit, Field = (nint)_asm.JumpIfForward(Condition.Above), Pc = block.Pc });
    }

    internal static int HeatOffset(ulong pc) => HostLayout.Heat + (4 * (int)(((uint)(pc >> 1) * 0x9e37_79b1) >> 18));
}
