namespace Mimus.Isa;

/// <summary>
/// The class has a third type parameter; its rows exist once for each variant, with <c>{f}</c> in a name replaced by
/// <paramref name="suffix"/> and in a pattern by <paramref name="bits"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class VariantAttribute(string suffix, string bits, Type type, ulong anyOf) : Attribute
{
    public string Suffix { get; } = suffix;

    public string Bits { get; } = bits;

    public Type Type { get; } = type;

    public ulong AnyOf { get; } = anyOf;
}
