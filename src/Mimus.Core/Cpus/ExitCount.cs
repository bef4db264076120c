namespace Mimus.Core.Cpus;

/// <summary>How often a processor left guest code for one reason, and how long it stayed out.</summary>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Subject">Where it led: a device and a port or an address; empty where there is nothing to say.</param>
/// <param name="Count">How often.</param>
/// <param name="Nanoseconds">The time that it was out, in sum.</param>
/// <param name="Histogram">How often that was below 2, 4, 8, ... nanoseconds, one power of two after the other.</param>
public sealed record ExitCount(string Reason, string Subject, ulong Count, ulong Nanoseconds, IReadOnlyList<ulong> Histogram);
