namespace Mimus.Translation.X64;

/// <summary>Fused multiply-add in the 231 form: a * b + d, a * b - d, -(a * b) + d, -(a * b) - d.</summary>
internal enum FmaOp : byte
{
    MultiplyAdd,
    MultiplySubtract,
    NegatedMultiplyAdd,
    NegatedMultiplySubtract,
}
