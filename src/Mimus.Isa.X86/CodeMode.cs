namespace Mimus.Isa.X86;

/// <summary>All that decoding depends on beside the bytes and the processor's model.</summary>
/// <param name="CodeBits">16, 32 or 64.</param>
/// <param name="StackBits">The width of the stack pointer.</param>
/// <param name="IsFlat">CS, DS, ES and SS begin at 0, end at the top and allow what they should: offsets are linear addresses.</param>
public readonly record struct CodeMode(int CodeBits, int StackBits, bool IsFlat)
{
    /// <summary>A number below 32 for the mode.</summary>
    public int Number => (CodeBits >> 5) | ((StackBits >> 5) << 2) | (IsFlat ? 16 : 0);
}
