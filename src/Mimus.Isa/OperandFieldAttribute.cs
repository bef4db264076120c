namespace Mimus.Isa;

/// <summary>
/// This method puts a field of the instruction into the operands. A field without a <paramref name="width"/> shows its bits
/// in each pattern.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class OperandFieldAttribute(string name, int width) : Attribute
{
    public string Name { get; } = name;

    public int Width { get; } = width;

    /// <summary>The highest bit is a sign.</summary>
    public bool Signed { get; set; }
}
