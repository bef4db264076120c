using Mimus.Engines.Tests.Programs;

namespace Mimus.Engines.Tests.Nodes;

/// <summary>A part of a random program. What is random about it was drawn when it was made, so that writing it twice gives the same.</summary>
internal abstract class Node
{
    /// <summary>The lists of parts in it; parts may be dropped from them.</summary>
    public virtual IReadOnlyList<List<Node>> Bodies => [];

    /// <summary>Whether it jumps with a link register, which the function around it must then save.</summary>
    public virtual bool IsCall => false;

    /// <summary>About how many instructions it takes to run.</summary>
    public virtual long Cost => 1;

    public abstract void Write(ProgramWriter w, BodyPlace place);

    /// <summary>Makes it smaller in some way that is not dropping a part; the result undoes it. Null when there is no such way.</summary>
    public virtual Action? Simplify() => null;

    public static long CostOf(IEnumerable<Node> body) => body.Sum(n => n.Cost);

    public static bool HasCalls(IEnumerable<Node> body) => body.Any(n => n.IsCall || n.Bodies.Any(HasCalls));

    public static IEnumerable<Node> Flatten(IEnumerable<Node> body) => body.SelectMany(n => n.Bodies.SelectMany(Flatten).Prepend(n));
}
