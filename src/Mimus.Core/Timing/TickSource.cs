namespace Mimus.Core.Timing;

/// <summary>How emitted code computes a <see cref="TickCounter"/>: from the nanoseconds of a record and an offset, both in native memory.</summary>
/// <param name="Record">The address of the clock's <see cref="ClockRecord"/>.</param>
/// <param name="Offset">The address of what is added in the end.</param>
/// <param name="Whole">Whole ticks a nanosecond.</param>
/// <param name="Fraction">The rest of a tick a nanosecond, in units of 2^-64.</param>
public readonly record struct TickSource(nint Record, nint Offset, ulong Whole, ulong Fraction);
