namespace Mimus.Core.Cpus;

/// <summary>One number that an engine counts. Those of several vCPUs with the same name add up.</summary>
/// <param name="Name">What was counted, with its unit where it is not plain.</param>
/// <param name="Value">How many.</param>
public readonly record struct EngineNumber(string Name, ulong Value);
