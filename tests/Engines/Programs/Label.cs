namespace Mimus.Engines.Tests.Programs;

/// <summary>A place in a program, known once it has been written.</summary>
internal sealed class Label
{
    public const int Nowhere = -1;

    /// <summary>Which item of the <see cref="CodeWriter"/> it stands before.</summary>
    public int Item { get; set; } = Nowhere;
}
