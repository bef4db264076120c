namespace Mimus.Translation.Ir;

/// <summary>Slots that are not like the others.</summary>
/// <param name="Zero">The slot that always reads as zero, or -1.</param>
/// <param name="Sink">The slot that nobody reads, or -1.</param>
/// <param name="Guessed">The slot whose value decides how instructions are recorded, and is guessed where it is not known; or -1.</param>
internal readonly record struct SpecialSlots(int Zero, int Sink, int Guessed);
