namespace Mimus.Differential.Tests;

/// <summary>What came of one block.</summary>
/// <param name="Instructions">How many of its instructions ran.</param>
/// <param name="Skipped">Why it was not compared, or null.</param>
/// <param name="Difference">What differed, for people; null when nothing did.</param>
/// <param name="Note">Something to be told that is no fault of Mimus.</param>
internal sealed record BlockResult(int Instructions, string? Skipped = null, string? Difference = null, string? Note = null);
