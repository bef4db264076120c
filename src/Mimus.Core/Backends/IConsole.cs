namespace Mimus.Core.Backends;

/// <summary>The other end of a serial line or console device: a terminal, a file, a socket.</summary>
public interface IConsole
{
    /// <summary>Takes the guest's output. Called without any device lock held.</summary>
    void Write(ReadOnlySpan<byte> data);

    /// <summary>Says who takes the input.</summary>
    void Attach(IConsoleReceiver receiver);

    /// <summary>The receiver has room again after it had none.</summary>
    void InputWanted();
}
