namespace Mimus.Boards;

/// <summary>A default for a property of all devices of one type.</summary>
public sealed record GlobalProperty(string Driver, string Property, string Value);
