namespace Mimus.TestSupport.RiscV.Generation;

/// <summary>One instruction of a block.</summary>
/// <param name="Word">Its bits.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Name">Its name in Mimus' table, or that it has none.</param>
/// <param name="IsJump">It goes somewhere else; its target is still to be filled in.</param>
/// <param name="IsTarget">Jumps may lead to it.</param>
public sealed record Instruction(uint Word, int Length, string Name, bool IsJump = false, bool IsTarget = true);
