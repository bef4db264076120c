namespace Mimus.Isa;

/// <summary>
/// A row of the instruction table: this method is the semantics of the instruction with these bits, drawn as in the manuals,
/// most significant first: <c>0000000 rs2 rs1 000 rd 0110011</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class InstructionAttribute(string name, string pattern) : Attribute
{
    public string Name { get; } = name;

    public string Pattern { get; } = pattern;

    /// <summary>Features of which one must be present, when they are not those of the class.</summary>
    public ulong AnyOf { get; set; }

    /// <summary>Further features that must all be present.</summary>
    public ulong AllOf { get; set; }

    /// <summary>Features of which one must be absent, when they are not those of the class.</summary>
    public ulong NotAllOf { get; set; }

    /// <summary>The variants of the class that have this row, when not all do.</summary>
    public string? Only { get; set; }
}
