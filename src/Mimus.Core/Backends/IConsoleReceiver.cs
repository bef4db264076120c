namespace Mimus.Core.Backends;

/// <summary>A device that takes console input. Called from the main event loop.</summary>
public interface IConsoleReceiver
{
    /// <summary>How many bytes <see cref="Receive"/> would take now.</summary>
    int InputRoom { get; }

    /// <summary>Takes at most <see cref="InputRoom"/> bytes; more are lost as on a real line.</summary>
    void Receive(ReadOnlySpan<byte> data);
}
