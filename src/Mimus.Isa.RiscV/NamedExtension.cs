namespace Mimus.Isa.RiscV;

/// <summary>An extension and the name that users know it by.</summary>
public sealed record NamedExtension(string Name, Extension Extension);
