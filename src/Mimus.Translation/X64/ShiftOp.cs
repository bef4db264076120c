namespace Mimus.Translation.X64;

/// <summary>Shifts and rotates, by their numbers in opcode group 2.</summary>
internal enum ShiftOp : byte
{
    Rol = 0,
    Ror = 1,
    Shl = 4,
    Shr = 5,
    Sar = 7,
}
