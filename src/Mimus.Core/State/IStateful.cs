namespace Mimus.Core.State;

/// <summary>
/// Has state that is described once, by visiting its fields; saving, restoring, inspecting and hashing are visitors.
/// </summary>
public interface IStateful
{
    /// <summary>Shows every field to the visitor, always the same ones in the same order, and when restoring re-derives outputs at the end.</summary>
    void State(StateVisitor v);
}
