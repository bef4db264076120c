using System.Runtime.InteropServices;

namespace Mimus.Isa.X86;

/// <summary>The operands of one decoded instruction. General registers are slots of the state, or <see cref="Slot.HighBytes"/> and following.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct X86Operands
{
    /// <summary>The immediate, sign-extended where the instruction says so; for near jumps the target's distance from the next instruction.</summary>
    public ulong Immediate;

    /// <summary>The displacement of the memory operand.</summary>
    public ulong Displacement;

    /// <summary>The registers of the first to fourth operand, in the numbering of their kind.</summary>
    public byte Target, Source, Third, Fourth;

    /// <summary>The memory operand's base and index, <see cref="Slot.Zero"/> where it has none, and by how much the index is shifted.</summary>
    public byte Base, Index, Scale;

    /// <summary>The memory operand's segment; for moves of segment registers that register.</summary>
    public byte Segment;

    /// <summary>The offset of the instruction in its page.</summary>
    public ushort Offset;

    /// <summary>The <see cref="VectorOperation"/>.</summary>
    public ushort Operation;

    public OperandTraits Traits;

    /// <summary>The instruction's length in bytes.</summary>
    public byte Length;

    /// <summary>The width of the operation in bytes.</summary>
    public byte Width;

    /// <summary>The width of the memory operand, or of the source, in bytes.</summary>
    public byte SourceWidth;

    /// <summary>The width of the last operand that is a register.</summary>
    public byte LastWidth;

    /// <summary>The width of addresses in bytes.</summary>
    public byte AddressWidth;

    /// <summary>The width of the stack pointer in bytes.</summary>
    public byte StackWidth;

    /// <summary>The condition's number, for instructions that have one.</summary>
    public byte Condition;

    public readonly bool Has(OperandTraits trait) => (Traits & trait) != 0;

    public readonly bool HasMemory => (Traits & (OperandTraits.TargetMemory | OperandTraits.SourceMemory)) != 0;
}
