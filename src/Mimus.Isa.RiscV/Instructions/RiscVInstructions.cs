namespace Mimus.Isa.RiscV.Instructions;

/// <summary>The table of all instructions: decoder, handlers and rows, made from the <c>[Instruction]</c> rows of this folder.</summary>
[InstructionTable]
public static unsafe partial class RiscVInstructions;
