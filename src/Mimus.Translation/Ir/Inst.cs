using System.Runtime.InteropServices;

namespace Mimus.Translation.Ir;

/// <summary>One operation. Its number in the unit is the name of its result.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Inst
{
    public const int None = -1;

    public IrOp Op;

    /// <summary>What tells variants of an operation apart: a size, a relation, a float format, a trap's cause.</summary>
    public byte Kind;

    /// <summary>A second such number.</summary>
    public byte Variant;

    /// <summary>The guest instruction that it belongs to, as a number in the unit.</summary>
    public ushort Guest;

    public int A, B, C;

    /// <summary>A slot of the CPU state, or the number of a helper.</summary>
    public int Slot;

    /// <summary>A constant's value; the displacement of a memory access.</summary>
    public ulong Immediate;
}
