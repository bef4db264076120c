namespace Mimus.Translation.X64;

/// <summary>The eight operations of the oldest opcode group, by their numbers there.</summary>
internal enum AluOp : byte
{
    Add, Or, Adc, Sbb, And, Sub, Xor, Cmp,
}
