using Mimus.Core.Backends;

namespace Mimus.Cli.Consoles;

/// <summary>
/// The command channel of kvm-unit-tests: a decimal number and the letter <c>q</c> end the machine with the status
/// <c>(number &lt;&lt; 1) | 1</c>.
/// </summary>
internal sealed class TestDeviceConsole : IConsole
{
    private int _number;

    public Action<int> PowerOff { get; set; } = _ => { };

    public void Write(ReadOnlySpan<byte> data)
    {
        foreach (var value in data)
        {
            if (value is >= (byte)'0' and <= (byte)'9') _number = ((_number * 10) + value - '0') & 0xffff;
            else
            {
                if (value == 'q') PowerOff(((_number << 1) | 1) & 0xff);
                _number = 0;
            }
        }
    }

    public void Attach(IConsoleReceiver receiver)
    {
    }

    public void InputWanted()
    {
    }
}
