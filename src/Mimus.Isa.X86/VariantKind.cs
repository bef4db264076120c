namespace Mimus.Isa.X86;

/// <summary>What the variants of a semantics method are for: its type parameter's name.</summary>
public enum VariantKind
{
    None,

    /// <summary>The width of the operation.</summary>
    Width,

    /// <summary>The condition of a jump, move or set.</summary>
    Condition,
}
