namespace Mimus.Translation.Ir;

/// <summary>Slots that are not like the others.</summary>
/// <param name="Zero">The slot that always reads as zero, or -1.</param>
/// <param name="Sink">The slot that nobody reads, or -1.</param>
internal readonly record struct SpecialSlots(int Zero, int Sink);
