namespace Mimus.Translation.Ir;

/// <summary>What the first number beside an operation says.</summary>
internal enum IrKind : byte
{
    None,

    /// <summary>1, 2, 4 or 8 bytes.</summary>
    Size,

    /// <summary>4 or 8 bytes.</summary>
    WideSize,

    /// <summary>16 or 32 bytes.</summary>
    VectorSize,

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

    /// <summary>1 where the sign is extended; text says nothing where it is not.</summary>
    Signed,
}
