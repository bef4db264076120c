using System.Runtime.InteropServices;

namespace Mimus.Isa;

/// <summary>
/// The operands of one decoded instruction of a fixed-length instruction set. Registers are slots of the CPU state, so that
/// semantics need not know what a register number means.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
public struct Operands
{
    /// <summary>The slot of the result.</summary>
    public byte Rd;

    public byte Rs1;

    public byte Rs2;

    /// <summary>The instruction's length in units of two bytes.</summary>
    public byte Length;

    /// <summary>The immediate; for instructions without one, whatever further fields they have.</summary>
    public int Imm;
}
