namespace Mimus.Translation.X64;

/// <summary>What the flags say, by the hardware's numbers; the lowest bit inverts.</summary>
internal enum Condition : byte
{
    Overflow = 0,
    NotOverflow,
    Below,
    AboveOrEqual,
    Equal,
    NotEqual,
    BelowOrEqual,
    Above,
    Sign,
    NotSign,
    Parity,
    NotParity,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Greater,
}
