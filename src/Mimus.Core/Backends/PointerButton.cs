namespace Mimus.Core.Backends;

/// <summary>The buttons of a mouse.</summary>
public enum PointerButton
{
    Left,
    Right,
    Middle,
    Back,
    Forward,
}
