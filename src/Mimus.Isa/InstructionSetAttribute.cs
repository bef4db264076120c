namespace Mimus.Isa;

/// <summary>The class holds semantics of instructions that exist when one of <paramref name="anyOf"/> is present.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class InstructionSetAttribute(ulong anyOf) : Attribute
{
    public ulong AnyOf { get; } = anyOf;

    /// <summary>Features that must all be absent.</summary>
    public ulong NotAllOf { get; set; }
}
