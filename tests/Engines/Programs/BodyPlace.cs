namespace Mimus.Engines.Tests.Programs;

/// <summary>Where a part stands among its neighbours, for jumps over some of them.</summary>
internal readonly record struct BodyPlace(IReadOnlyList<Label> Labels, int Index)
{
    /// <summary>The place behind so many of the parts that follow, or the end of the body.</summary>
    public Label After(int parts) => Labels[Math.Min(Index + 1 + parts, Labels.Count - 1)];
}
