namespace Mimus.Isa;

/// <summary>A comparison of two 64-bit numbers.</summary>
public enum Relation : byte
{
    Equal,
    NotEqual,
    LessSigned,
    GreaterOrEqualSigned,
    LessUnsigned,
    GreaterOrEqualUnsigned,
}
