namespace Mimus.Isa.Generator;

/// <summary>One row of the instruction table: a name, its bits, the features it needs, and the method with its semantics.</summary>
internal sealed class InstructionRow(string name, InstructionPattern pattern, ulong anyOf, ulong allOf, ulong notAllOf, string owner, string variant, string method)
{
    public string Name { get; } = name;

    public InstructionPattern Pattern { get; } = pattern;

    public ulong AnyOf { get; } = anyOf;

    public ulong AllOf { get; } = allOf;

    public ulong NotAllOf { get; } = notAllOf;

    /// <summary>The generic class of the method, without its type arguments.</summary>
    public string Owner { get; } = owner;

    /// <summary>The type argument that follows the operations and the value type, or empty.</summary>
    public string Variant { get; } = variant;

    public string Method { get; } = method;
}

/// <summary>An operand field of the instruction set: the method that puts its value into the operands.</summary>
internal sealed class OperandField(string method, int width, bool signed)
{
    public string Method { get; } = method;

    public int Width { get; } = width;

    public bool Signed { get; } = signed;
}
