namespace Mimus.Isa;

/// <summary>A plain method that semantics call for rare or complicated work: pure over its arguments and the given CPU.</summary>
/// <param name="name">The name in traces and statistics.</param>
/// <param name="method">The method; it may raise a trap through <see cref="EmulatedCpu.RaiseTrap"/> when it is called by TryCall.</param>
public readonly unsafe struct Helper(string name, delegate*<EmulatedCpu, ulong, ulong, ulong> method)
{
    public string Name { get; } = name;

    public delegate*<EmulatedCpu, ulong, ulong, ulong> Method { get; } = method;

    public bool IsSame(in Helper other) => (nint)Method == (nint)other.Method;
}
