using Mimus.Engines.Tests.Nodes;

namespace Mimus.Engines.Tests.Programs;

/// <summary>Writes the parts of a program: the code, and what they need to know of the whole.</summary>
internal sealed class ProgramWriter(RandomProgram program)
{
    private readonly Dictionary<int, Label> _functions = [];
    private readonly Dictionary<int, Label> _sites = [];

    public RandomProgram Program { get; } = program;

    public ProgramSpace Space => Program.Space;

    public CodeWriter Code { get; } = new(program.Space.Code);

    /// <summary>The ends of the loops around what is written, the innermost last.</summary>
    public Stack<Label> LoopEnds { get; } = [];

    /// <summary>Whether what was written until now calls a function.</summary>
    public bool IsCalled(int index) => _functions.ContainsKey(index);

    public Label Function(int index) => Named(_functions, index);

    /// <summary>An instruction that the program rewrites.</summary>
    public Label Site(int index) => Named(_sites, index);

    public void Body(IReadOnlyList<Node> nodes)
    {
        var labels = Enumerable.Range(0, nodes.Count + 1).Select(_ => new Label()).ToList();
        for (var i = 0; i < nodes.Count; i++)
        {
            Code.Mark(labels[i]);
            nodes[i].Write(this, new BodyPlace(labels, i));
        }
        Code.Mark(labels[^1]);
    }

    /// <summary>The address at which the program reads and writes what is at a place in its code.</summary>
    public void CodeAsData(int rd, Label label, int temporary)
    {
        Code.Address(rd, label);
        if (Space.CodeAsData == 0) return;
        Code.Li(temporary, Space.CodeAsData);
        Code.Emit(TestSupport.RiscV.Rv.Add(rd, rd, temporary));
    }

    private static Label Named(Dictionary<int, Label> labels, int index)
    {
        if (!labels.TryGetValue(index, out var label)) labels.Add(index, label = new Label());
        return label;
    }
}
