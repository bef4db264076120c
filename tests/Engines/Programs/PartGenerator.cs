using Mimus.Engines.Tests.Nodes;
using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Programs;

/// <summary>Makes the parts of a random program.</summary>
internal sealed partial class PartGenerator
{
    private const int DeepestNesting = 3;
    private const long LongestLoop = 1500;

    private readonly Random _random;
    private readonly BlockKind _kind;
    private readonly ProgramSpace _space;
    private readonly ProgramOptions _options;
    private readonly bool _hasControl, _isPermissive, _movesPointers;
    private readonly InstructionGenerator _instructions;
    private readonly IReadOnlyList<int> _free;
    private int _slot = FrameSlots.First, _site;
    private bool _isMain;
    private bool _mayEscape;

    public PartGenerator(Random random, BlockKind kind, ProgramSpace space, ProgramOptions options, bool hasControl, bool isPermissive, bool movesPointers)
    {
        _random = random;
        _kind = kind;
        _space = space;
        _options = options;
        _hasControl = hasControl;
        _isPermissive = isPermissive;
        _movesPointers = movesPointers;
        _free = Registers.Free(hasControl);
        int[] counters = [CsrNumber.Instret, CsrNumber.Cycle, CsrNumber.Minstret, CsrNumber.Mcycle];
        _instructions = new InstructionGenerator(random, kind, new InstructionRules
        {
            StoresByPointers = true,
            WritesInReservations = options.WritesInReservations,
            IsReserved = r => Registers.IsReserved(r, hasControl),
            // What they would return to is not the program's.
            Forbids = name => name is "mret" or "sret",
            Csrs = CsrRules.Standard.WithReadable([CsrNumber.Sscratch, .. options.Interruptible ? [] : counters]),
            HasLegalValues = hasControl,
        });
    }

    public PartGenerator InMain()
    {
        _isMain = true;
        return this;
    }

    public PartGenerator InFunction()
    {
        _isMain = false;
        _mayEscape = _random.Next(4) == 0;
        return this;
    }

    /// <summary>A register that parts may change.</summary>
    public int Free() => _free[_random.Next(_free.Count)];

    /// <summary>A place in the frame for one part alone.</summary>
    public int Slot()
    {
        if (_slot >= FrameSlots.End) throw new InvalidOperationException("the frame is full");
        _slot += 8;
        return _slot - 8;
    }

    /// <summary>Makes floating point usable again where control registers may have switched it off; otherwise nothing.</summary>
    public Node RestoreFloat() => RandomState.PrivilegeOf(_kind) == 0
        ? new InstructionsNode()
        : new InstructionsNode(Rv.Lui(Rv.T1, 6), Rv.Csrrs(0, RandomState.PrivilegeOf(_kind) == 3 ? CsrNumber.Mstatus : CsrNumber.Sstatus, Rv.T1));

    /// <summary>Parts one after the other.</summary>
    /// <param name="callees">Functions that may be called.</param>
    /// <param name="depth">How deep in other parts they are.</param>
    /// <param name="length">About how many instructions there are to be.</param>
    public List<Node> Body(IReadOnlyList<Function> callees, int depth, int length)
    {
        var body = new List<Node>();
        while (body.Count < length)
        {
            if (depth < DeepestNesting && length >= 4 && _slot < FrameSlots.End - 400 && _random.Next(7) == 0) AddNested(body, callees, depth, length);
            else if (_random.Next(6) == 0) AddSpecial(body, callees);
            else AddInstructions(body);
        }
        return body;
    }

    private void AddInstructions(List<Node> body)
    {
        var mix = _random.Next(_hasControl ? 12 : 10) switch
        {
            < 4 => InstructionMix.Integer,
            < 7 => InstructionMix.Memory,
            < 9 => InstructionMix.Float,
            9 => InstructionMix.Atomic,
            10 => InstructionMix.System,
            _ => InstructionMix.All,
        };
        for (var i = _random.Next(1, 9); i > 0; i--) body.Add(new InstructionsNode([_instructions.Next(mix)], _random.Next(6)));
    }

    private void AddNested(List<Node> body, IReadOnlyList<Function> callees, int depth, int length)
    {
        var inner = Math.Max(2, length / 3);
        List<Node> Some() => Body(callees, depth + 1, _random.Next(1, inner));
        switch (_random.Next(10))
        {
            case < 4:
                // Half of the conditions change with the iterations, the others hang on whatever is in registers.
                if (_random.Next(2) == 0)
                {
                    var register = Free();
                    body.Add(new InstructionsNode(Rv.Andi(register, Registers.Iterations, 1 << _random.Next(4))));
                    body.Add(new IfNode(new Condition((uint)_random.Next(2), register, 0), Some(), _random.Next(2) == 0 ? [] : Some()));
                }
                else body.Add(new IfNode(Condition(), Some(), _random.Next(2) == 0 ? [] : Some()));
                break;
            case < 7:
                AddLoop(body, depth, Some(), _random.Next(3) == 0 ? Some() : []);
                break;
            case 7:
                AddGraph(body, depth, [.. Enumerable.Range(0, 1 << _random.Next(1, 4)).Select(_ => Body(callees, DeepestNesting, _random.Next(1, 5)))]);
                break;
            case 8:
                var temporaries = FreeOnes(2);
                body.Add(new SwitchNode(_random.Next(2) == 0 ? Registers.Iterations : Free(), temporaries[0], temporaries[1], [.. Enumerable.Range(0, 1 << _random.Next(1, 4)).Select(_ => Some())]));
                break;
            default:
                if (callees.Count != 0) body.Add(Call(callees));
                break;
        }
    }

    private void AddLoop(List<Node> body, int depth, List<Node> head, List<Node> tail)
    {
        var cost = Math.Max(1, Node.CostOf(head) + Node.CostOf(tail));
        var count = (int)Math.Clamp(_random.Next(2, 13), 1, Math.Max(1, LongestLoop / cost));
        if (_isMain && _movesPointers && _random.Next(3) == 0) head.Insert(0, Walk());
        if (_random.Next(4) == 0) head.Insert(_random.Next(head.Count), new BreakNode(Condition()));
        body.Add(new LoopNode(Counter(depth), count, _random.Next(5) == 0 ? Condition() : null, head, tail));
    }

    private void AddGraph(List<Node> body, int depth, List<Node>[] blocks)
    {
        var branchings = blocks.Select(_ => new Branching(Condition(), _random.Next(blocks.Length), _random.Next(blocks.Length), _random.Next(6) == 0)).ToArray();
        // Whatever stands behind the last block is the end, not a block.
        branchings[^1] = branchings[^1] with { IfFalse = _random.Next(blocks.Length) };
        var temporaries = FreeOnes(2);
        var cost = Math.Max(1, blocks.Max(b => Node.CostOf(b)));
        body.Add(new GraphNode(Counter(depth), (int)Math.Clamp(_random.Next(3, 40), 1, Math.Max(1, LongestLoop / cost)), temporaries[0], temporaries[1], blocks, branchings));
    }

    /// <summary>A pointer into memory moves on a little; only where the next iteration of the program sets it again.</summary>
    private InstructionsNode Walk()
    {
        var pointer = _random.Next(3) switch { 0 => Pointers.Any, 1 => Pointers.PageEnd, _ => Pointers.AnyAligned };
        var step = pointer == Pointers.AnyAligned ? 64 : _random.Next(-16, 64);
        return new InstructionsNode(Rv.Addi(pointer, pointer, step));
    }

    private CallNode Call(IReadOnlyList<Function> callees)
    {
        var function = callees[_random.Next(callees.Count)];
        var way = (CallWay)_random.Next(4);
        IReadOnlyList<Function> targets = [function];
        if (way == CallWay.Table)
        {
            var same = callees.Where(c => c.Link == function.Link).ToList();
            targets = [.. Enumerable.Range(0, 1 << _random.Next(3)).Select(_ => same[_random.Next(same.Count)])];
        }
        var temporary = Free();
        return new CallNode(targets, way, _random.Next(2) == 0 ? Registers.Iterations : Free(), temporary, OtherThan(temporary), _isMain);
    }

    /// <summary>The outer loops of the main part count in registers of their own, all others in the frame.</summary>
    private Counter Counter(int depth) => _isMain && depth < 2 && _random.Next(4) != 0
        ? new Counter(depth == 0 ? Registers.Outer : Registers.Inner, 0)
        : new Counter(Free(), Slot());

    private Condition Condition() => new(_random.Next(6) is var f && f < 2 ? (uint)f : (uint)f + 2, Free(), _random.Next(3) == 0 ? 0 : Free());

    private int OtherThan(int register)
    {
        int other;
        do other = Free();
        while (other == register);
        return other;
    }
}
