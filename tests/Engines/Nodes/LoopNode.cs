using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Nodes;

/// <summary>Something that counts down: a register, or a place in the frame by way of a register.</summary>
/// <param name="Register">The register.</param>
/// <param name="Slot">The place in the frame, or 0 when the register itself keeps the count.</param>
internal readonly record struct Counter(int Register, int Slot)
{
    public void Set(CodeWriter code, int count)
    {
        code.Li(Register, (ulong)count);
        if (Slot != 0) code.Emit(Rv.Sd(Register, Registers.Frame, Slot));
    }

    /// <summary>Takes one away; the register then has what is left.</summary>
    public void Decrease(CodeWriter code)
    {
        if (Slot != 0) code.Emit(Rv.Ld(Register, Registers.Frame, Slot));
        code.Emit(Rv.Addi(Register, Register, -1));
        if (Slot != 0) code.Emit(Rv.Sd(Register, Registers.Frame, Slot));
    }
}

/// <summary>A counted loop; it may also be entered in its middle.</summary>
internal sealed class LoopNode(Counter counter, int count, Condition? entersMiddle, List<Node> head, List<Node> tail) : Node
{
    private int _count = count;

    public override IReadOnlyList<List<Node>> Bodies { get; } = [head, tail];

    public override long Cost => 2 + (_count * (3 + CostOf(head) + CostOf(tail)));

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        Label start = new(), middle = new(), next = new(), end = new();
        counter.Set(w.Code, _count);
        entersMiddle?.BranchIfTrue(w.Code, middle);
        w.LoopEnds.Push(end);
        w.Code.Mark(start);
        w.Body(head);
        w.Code.Mark(middle);
        w.Body(tail);
        w.Code.Mark(next);
        w.LoopEnds.Pop();
        counter.Decrease(w.Code);
        w.Code.Branch(1, counter.Register, 0, start);
        w.Code.Mark(end);
    }

    public override Action? Simplify()
    {
        if (_count <= 1) return null;
        var before = _count;
        _count /= 2;
        return () => _count = before;
    }
}

/// <summary>Where a block of a graph goes on.</summary>
/// <param name="Condition">Decides between the two targets.</param>
/// <param name="IfTrue">A block's number.</param>
/// <param name="IfFalse">Another.</param>
/// <param name="ByTable">All blocks are targets, by way of a table.</param>
internal sealed record Branching(Condition Condition, int IfTrue, int IfFalse, bool ByTable);

/// <summary>Blocks that go on to each other in any way, loops with several entries included, until their fuel is used up.</summary>
internal sealed class GraphNode(Counter fuel, int amount, int temporary, int second, List<Node>[] blocks, Branching[] branchings) : Node
{
    private int _amount = amount;

    public override IReadOnlyList<List<Node>> Bodies => blocks;

    public override long Cost => _amount * (6 + (blocks.Sum(CostOf) / blocks.Length));

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        Label table = new(), end = new();
        var labels = blocks.Select(_ => new Label()).ToArray();
        fuel.Set(w.Code, _amount);
        for (var i = 0; i < blocks.Length; i++)
        {
            w.Code.Mark(labels[i]);
            w.Body(blocks[i]);
            fuel.Decrease(w.Code);
            w.Code.Branch(0, fuel.Register, 0, end);
            var to = branchings[i];
            if (to.ByTable)
            {
                IndirectJump.Write(w, to.Condition.Rs1, temporary, second, table, blocks.Length);
                continue;
            }
            to.Condition.BranchIfTrue(w.Code, labels[to.IfTrue]);
            if (to.IfFalse != i + 1) w.Code.Jump(0, labels[to.IfFalse]);
        }
        if (branchings.Any(b => b.ByTable))
        {
            w.Code.Align(8);
            w.Code.Mark(table);
            foreach (var label in labels) w.Code.Pointer(label);
        }
        w.Code.Mark(end);
    }

    public override Action? Simplify()
    {
        if (_amount <= 1) return null;
        var before = _amount;
        _amount /= 2;
        return () => _amount = before;
    }
}
