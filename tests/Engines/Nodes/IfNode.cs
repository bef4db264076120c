using Mimus.Engines.Tests.Programs;

namespace Mimus.Engines.Tests.Nodes;

/// <summary>A comparison of registers.</summary>
/// <param name="Funct3">See <see cref="TestSupport.RiscV.Rv.Branch"/>.</param>
internal readonly record struct Condition(uint Funct3, int Rs1, int Rs2)
{
    public Condition Inverted => this with { Funct3 = Funct3 ^ 1 };

    public void BranchIfTrue(CodeWriter code, Label target) => code.Branch(Funct3, Rs1, Rs2, target);
}

internal sealed class IfNode(Condition condition, List<Node> then, List<Node> otherwise) : Node
{
    public override IReadOnlyList<List<Node>> Bodies { get; } = [then, otherwise];

    public override long Cost => 2 + Math.Max(CostOf(then), CostOf(otherwise));

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        Label other = new(), end = new();
        condition.Inverted.BranchIfTrue(w.Code, other);
        w.Body(then);
        if (otherwise.Count != 0) w.Code.Jump(0, end);
        w.Code.Mark(other);
        w.Body(otherwise);
        w.Code.Mark(end);
    }
}

/// <summary>A way out of the innermost loop.</summary>
internal sealed class BreakNode(Condition condition) : Node
{
    public override void Write(ProgramWriter w, BodyPlace place)
    {
        if (w.LoopEnds.TryPeek(out var end)) condition.BranchIfTrue(w.Code, end);
    }
}

/// <summary>One of several ways on, by a table of addresses.</summary>
internal sealed class SwitchNode(int register, int temporary, int second, List<Node>[] cases) : Node
{
    public override IReadOnlyList<List<Node>> Bodies => cases;

    public override long Cost => 8 + cases.Max(c => CostOf(c));

    public override void Write(ProgramWriter w, BodyPlace place)
    {
        Label table = new(), end = new();
        var labels = cases.Select(_ => new Label()).ToArray();
        IndirectJump.Write(w, register, temporary, second, table, cases.Length);
        w.Code.Align(8);
        w.Code.Mark(table);
        foreach (var label in labels) w.Code.Pointer(label);
        for (var i = 0; i < cases.Length; i++)
        {
            w.Code.Mark(labels[i]);
            w.Body(cases[i]);
            w.Code.Jump(0, end);
        }
        w.Code.Mark(end);
    }
}
