namespace Mimus.Translation.X64;

/// <summary>Accesses of one kind in a block with the same base, which one look at the translations serves.</summary>
/// <param name="Base">The value that all addresses begin with.</param>
/// <param name="ForWriting">Whether they write.</param>
/// <param name="First">The lowest byte's distance from the base.</param>
/// <param name="Last">The highest byte's.</param>
/// <param name="Members">How many there are.</param>
internal readonly record struct AccessGroup(int Base, bool ForWriting, int First, int Last, int Members);
