using Mimus.Translation.Ir;

namespace Mimus.Translation.Tests.Allocation;

/// <summary>
/// What a unit's values and slots are at each of its operations, found from the operations alone. The end of a block counts as an operation
/// behind all others, the way into the unit as number -1.
/// </summary>
internal sealed class UnitValues
{
    public const int Entry = -1;

    /// <summary>How many operands an operation may read, with those of operands that are computed only where they are used.</summary>
    public const int OperandCount = 9;

    private const int DirectOperands = 3;

    private readonly IrUnit _unit;
    private readonly List<int>[] _writes = new List<int>[IrVerifier.SlotCount];
    private readonly List<int> _calls = [];
    private readonly int[] _blockOf;
    private readonly Content[] _contents;

    public UnitValues(IrUnit unit)
    {
        _unit = unit;
        _blockOf = new int[unit.Count];
        _contents = new Content[unit.Count];
        for (var b = 0; b < unit.Blocks.Count; b++) Array.Fill(_blockOf, b, unit.Blocks[b].First, unit.Blocks[b].Last - unit.Blocks[b].First);
        var slots = new SortedSet<int>();
        for (var id = 0; id < unit.Count; id++)
        {
            ref var inst = ref unit.Insts[id];
            if (inst.Op is IrOp.Call or IrOp.TryCall) _calls.Add(id);
            if (inst.Op is IrOp.ReadSlot or IrOp.WriteSlot) slots.Add(inst.Slot);
            if (inst.Op == IrOp.WriteSlot) (_writes[inst.Slot] ??= []).Add(id);
            _contents[id] = inst.Op switch
            {
                IrOp.Constant => Content.Constant(inst.Immediate, Entry),
                IrOp.ReadSlot => SlotAt(inst.Slot, id),
                _ when IsIdentity(id) => _contents[inst.A],
                _ => Content.Value(id),
            };
        }
        Slots = [.. slots];
    }

    /// <summary>All slots that the unit reads or writes.</summary>
    public IReadOnlyList<int> Slots { get; }

    public bool IsEnd(int op) => op >= _unit.Count;

    public int BeginOf(int block) => _unit.Blocks[block] is var b && b.First < b.Last ? b.First : EndOf(block);

    /// <summary>What follows on an operation.</summary>
    public int After(int op) => op + 1 < _unit.Blocks[_blockOf[op]].Last ? op + 1 : EndOf(_blockOf[op]);

    public int BlockOf(int op) => op == Entry ? 0 : IsEnd(op) ? op - _unit.Count : _blockOf[op];

    public bool IsWritten(int slot) => _writes[slot] is not null;

    public Content Of(int value) => _contents[value];

    /// <summary>An operation whose result is its operand: the compiler may copy it.</summary>
    public bool IsIdentity(int op) => _unit.Insts[op] is { Op: IrOp.SignExtend or IrOp.ZeroExtend, Kind: sizeof(ulong) };

    /// <summary>What a slot has just before an operation.</summary>
    public Content SlotAt(int slot, int op)
    {
        if (op == Entry) return Content.Slot(slot, Entry);
        var block = _unit.Blocks[BlockOf(op)];
        var before = Math.Min(op, block.Last);
        var call = Last(_calls, block.First, before);
        var write = Last(_writes[slot], block.First, before);
        return write > call ? _contents[_unit.Insts[write].A] : Content.Slot(slot, call);
    }

    /// <summary>
    /// The operands of an operation, and behind them, two for each, those of the operands that may be computed only where they are used:
    /// comparisons and shifts. What is missing is -1.
    /// </summary>
    public void OperandsOf(int op, Span<int> operands)
    {
        operands.Fill(Inst.None);
        if (op == Entry) return;
        if (IsEnd(op)) (operands[0], operands[1]) = (_unit.Blocks[BlockOf(op)].Value, _unit.Blocks[BlockOf(op)].Context);
        else
        {
            ref var inst = ref _unit.Insts[op];
            (operands[0], operands[1], operands[2]) = (inst.A, inst.B, inst.C);
        }
        for (var i = 0; i < DirectOperands; i++)
        {
            if (operands[i] < 0 || _unit.Insts[operands[i]] is not { Op: IrOp.Compare or IrOp.ShiftLeft } inner) continue;
            (operands[Inner(i)], operands[Inner(i) + 1]) = (inner.A, inner.B);
        }
    }

    /// <summary>An operand that an operation must have read and has not; -1 where there is none. Read are those with a bit in the mask.</summary>
    public int FindUnread(int op, int read)
    {
        ref var inst = ref _unit.Insts[op];
        if (inst.Op == IrOp.WriteSlot || IsIdentity(op)) return Inst.None;
        Span<int> operands = stackalloc int[OperandCount];
        OperandsOf(op, operands);
        for (var i = 0; i < DirectOperands; i++)
        {
            // The value of a trap is looked at only where it is taken.
            if (inst.Op == IrOp.TrapIf && i == 1) continue;
            if (IsRead(operands, i, read)) continue;
            if (operands[Inner(i)] >= 0 && IsRead(operands, Inner(i), read) && IsRead(operands, Inner(i) + 1, read)) continue;
            return operands[i];
        }
        return Inst.None;
    }

    /// <summary>Whether an access may use the addend that another one found.</summary>
    public bool SharesAddend(int finder, int user)
    {
        if (finder == user) return true;
        if (IsEnd(user) || user < 0 || BlockOf(finder) != BlockOf(user)) return false;
        ref Inst first = ref _unit.Insts[finder], second = ref _unit.Insts[user];
        return (first.Op == IrOp.Load) == (second.Op == IrOp.Load) && Of(first.A).Is(Of(second.A)) && Last(_calls, finder, user) < 0;
    }

    /// <summary>Whether an operation looks only at the low halves of its operands.</summary>
    public bool TakesLowHalves(int op)
    {
        if (op < 0 || IsEnd(op)) return false;
        ref var inst = ref _unit.Insts[op];
        if (inst.Op == IrOp.Store) return inst.Kind <= sizeof(uint);
        return IrOps.Info(inst.Op).TakesFloats && (inst.Kind == 0) != (inst.Op == IrOp.FloatConvert);
    }

    public bool IsSingle(int value) => IrOps.Info(_unit.Insts[value].Op).GivesFloat && _unit.Insts[value].Kind == 0;

    private int EndOf(int block) => _unit.Count + block;

    private static int Inner(int operand) => DirectOperands + (2 * operand);

    private bool IsRead(ReadOnlySpan<int> operands, int i, int read) =>
        operands[i] < 0 || Of(operands[i]).Kind == ContentKind.Constant || (read & (1 << i)) != 0;

    /// <summary>The last of some operations in a range, or -1.</summary>
    private static int Last(List<int>? operations, int first, int before)
    {
        if (operations is null) return Inst.None;
        var at = operations.BinarySearch(before);
        at = (at < 0 ? ~at : at) - 1;
        return at >= 0 && operations[at] >= first ? operations[at] : Inst.None;
    }
}
