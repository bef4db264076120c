using System.Text;
using Mimus.Core.Backends;

namespace Mimus.Cli.Tests.Support;

/// <summary>The host's end of a console, and a device that takes its input; each remembers what it got.</summary>
internal sealed class FakeHost : IConsole, IBreakReceiver
{
    private readonly StringBuilder _got = new();
    private IConsoleReceiver? _receiver;

    public string Got => _got.ToString();

    public int Room { get; set; } = int.MaxValue;

    public int Breaks { get; private set; }

    public int Wanted { get; private set; }

    public int InputRoom => Room;

    public void Type(string keys) => _receiver!.Receive(Encoding.Latin1.GetBytes(keys));

    public void Write(ReadOnlySpan<byte> data) => _got.Append(Encoding.Latin1.GetString(data));

    public void Attach(IConsoleReceiver receiver) => _receiver = receiver;

    public void InputWanted() => Wanted++;

    public void Receive(ReadOnlySpan<byte> data)
    {
        Assert.True(data.Length <= Room, "more than there is room for");
        if (Room != int.MaxValue) Room -= data.Length;
        Write(data);
    }

    public void ReceiveBreak() => Breaks++;
}
