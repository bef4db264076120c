namespace Mimus.Core.State;

/// <summary>Saved state cannot be used; the message says why, for people.</summary>
public sealed class StateException(string message) : Exception(message);
