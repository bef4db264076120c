namespace Mimus.Storage;

/// <summary>What a range of a disk is made of.</summary>
/// <param name="Length">How far that holds, in bytes; more than 0.</param>
/// <param name="IsPresent">The layer that was asked says what is there; otherwise what is below it shines through.</param>
/// <param name="IsZero">It reads as zeroes.</param>
/// <param name="IsData">There is space for it.</param>
/// <param name="IsCompressed">The space holds it compressed.</param>
/// <param name="FileOffset">Where it is in the file; null where it is not there as it is.</param>
public readonly record struct Extent(long Length, bool IsPresent, bool IsZero, bool IsData, bool IsCompressed = false, long? FileOffset = null);
