using System.Text;
using Mimus.Core.Backends;

namespace Mimus.Control.Tests;

/// <summary>A client at the other end of a console.</summary>
internal sealed class FakeClient : IConsole
{
    private readonly StringBuilder _got = new();
    private IConsoleReceiver? _receiver;

    public void Connect() => ((IConnectionReceiver)_receiver!).Connected();

    public void Send(byte[] data) => _receiver!.Receive(data);

    /// <summary>What has come since the last time, line by line.</summary>
    public string[] TakeLines()
    {
        lock (_got)
        {
            var text = _got.ToString();
            _got.Clear();
            return text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        }
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        lock (_got) _got.Append(Encoding.UTF8.GetString(data));
    }

    public void Attach(IConsoleReceiver receiver) => _receiver = receiver;

    public void InputWanted()
    {
    }
}
