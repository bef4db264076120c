namespace Mimus.Isa;

/// <summary>One row of an instruction table, for tests, listings and the disassembler.</summary>
/// <param name="Name">The mnemonic.</param>
/// <param name="Width">Bits of the instruction.</param>
/// <param name="Mask">Which of them are fixed.</param>
/// <param name="Value">What the fixed ones are.</param>
/// <param name="AnyOf">Features of which one must be present.</param>
/// <param name="AllOf">Features that must all be present.</param>
/// <param name="NotAllOf">Features of which one must be absent; 0 where none has to be.</param>
public sealed record InstructionRow(string Name, int Width, uint Mask, uint Value, ulong AnyOf, ulong AllOf, ulong NotAllOf);
