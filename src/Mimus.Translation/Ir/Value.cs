namespace Mimus.Translation.Ir;

/// <summary>The result of an operation, by its number.</summary>
internal readonly struct Value(int id)
{
    public readonly int Id = id;

    public override string ToString() => $"v{Id}";
}
