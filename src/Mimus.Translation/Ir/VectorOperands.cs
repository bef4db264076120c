namespace Mimus.Translation.Ir;

/// <summary>The operands of a vector operation: the first slots of registers in the state, whose vectors are always in memory.</summary>
/// <param name="Target">Where the result goes.</param>
/// <param name="A">The first operand.</param>
/// <param name="B">The second operand, or the only one.</param>
/// <param name="Bytes">16 or 32.</param>
/// <param name="Control">What some operations are told beside.</param>
internal readonly record struct VectorOperands(byte Target, byte A, byte B, byte Bytes, byte Control)
{
    public ulong Pack() => Target | ((ulong)A << 8) | ((ulong)B << 16) | ((ulong)Bytes << 24) | ((ulong)Control << 32);

    public static VectorOperands Unpack(ulong packed) => new((byte)packed, (byte)(packed >> 8), (byte)(packed >> 16), (byte)(packed >> 24), (byte)(packed >> 32));
}
