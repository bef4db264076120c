namespace Mimus.Translation.X64;

/// <summary>Scalar arithmetic of SSE and AVX, by opcode.</summary>
internal enum FloatOp : byte
{
    Sqrt = 0x51,
    Add = 0x58,
    Mul = 0x59,
    Sub = 0x5c,
    Min = 0x5d,
    Div = 0x5e,
    Max = 0x5f,
}
