namespace Mimus.Translation.Ir;

/// <summary>The result of an operation, by its number. The default is a value that nobody looks at.</summary>
internal readonly struct Value(int id)
{
    private readonly int _next = id + 1;

    public int Id => _next - 1;

    public override string ToString() => $"v{Id}";
}
