namespace Mimus.Translation.Ir;

/// <summary>What the first number beside an operation says.</summary>
internal enum IrKind : byte
{
    None,

    /// <summary>1, 2, 4 or 8 bytes.</summary>
    Size,

    /// <summary>4 or 8 bytes.</summary>
    WideSize,

    /// <summary>A relation of integers.</summary>
    Relation,

    /// <summary>1 for double precision, 0 for single.</summary>
    Float,

    /// <summary>A trap's cause, which only the guest's architecture knows.</summary>
    Cause,
}

/// <summary>What the second number beside an operation says.</summary>
internal enum IrVariant : byte
{
    None,
    FloatRelation,
    IntegerType,
    AtomicOperation,
}
