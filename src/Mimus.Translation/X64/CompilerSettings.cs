namespace Mimus.Translation.X64;

/// <summary>What the compiler has to know of the machine around.</summary>
/// <param name="FloatFlagsSlot">The slot with the sticky flags.</param>
/// <param name="SharesMemory">Other vCPUs write the same memory: stores look at reservations.</param>
/// <param name="CountsInstructions">Code is left before a block that would run past the limit of instructions.</param>
internal sealed record CompilerSettings(int FloatFlagsSlot, bool SharesMemory, bool CountsInstructions);
