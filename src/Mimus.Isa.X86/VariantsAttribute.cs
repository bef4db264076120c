namespace Mimus.Isa.X86;

/// <summary>The types that stand for a type parameter of semantics methods, in the order of the variants' numbers.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class VariantsAttribute(string parameter, params Type[] types) : Attribute
{
    public string Parameter { get; } = parameter;

    public IReadOnlyList<Type> Types { get; } = types;
}
