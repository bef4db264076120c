namespace Mimus.Core.Backends;

/// <summary>A console that nobody listens to and nobody types at.</summary>
public sealed class NullConsole : IConsole
{
    private NullConsole()
    {
    }

    public static NullConsole Instance { get; } = new();

    public void Write(ReadOnlySpan<byte> data)
    {
    }

    public void Attach(IConsoleReceiver receiver)
    {
    }

    public void InputWanted()
    {
    }
}
