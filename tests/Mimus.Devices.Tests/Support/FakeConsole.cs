using Mimus.Core.Backends;

namespace Mimus.Devices.Tests.Support;

/// <summary>A console that keeps what is written and has input ready.</summary>
internal sealed class FakeConsole : IConsole
{
    private readonly List<byte> _output = [];

    public IConsoleReceiver? Receiver { get; private set; }

    public int TimesWanted { get; private set; }

    public byte[] Output
    {
        get
        {
            lock (_output) return [.. _output];
        }
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        lock (_output)
        {
            if (_output.Count < 1 << 20) _output.AddRange(data);
        }
    }

    public void Attach(IConsoleReceiver receiver) => Receiver = receiver;

    public void InputWanted() => TimesWanted++;
}
