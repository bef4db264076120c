namespace Mimus.Isa;

/// <summary>What an atomic instruction does to memory with its operand.</summary>
public enum AtomicOperation : byte
{
    Swap,
    Add,
    And,
    Or,
    Xor,
    MinimumSigned,
    MaximumSigned,
    MinimumUnsigned,
    MaximumUnsigned,
}
