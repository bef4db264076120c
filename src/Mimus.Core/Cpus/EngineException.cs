namespace Mimus.Core.Cpus;

/// <summary>An engine cannot be had on this host, or not for this machine.</summary>
public sealed class EngineException(string message) : Exception(message);
