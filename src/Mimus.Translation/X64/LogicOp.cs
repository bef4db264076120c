namespace Mimus.Translation.X64;

/// <summary>Bitwise operations on whole vector registers (andps, andnps, orps, xorps), by opcode.</summary>
internal enum LogicOp : byte
{
    And = 0x54,
    AndNot = 0x55,
    Or = 0x56,
    Xor = 0x57,
}
