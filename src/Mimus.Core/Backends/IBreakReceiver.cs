namespace Mimus.Core.Backends;

/// <summary>A receiver of console input that also understands a break: the line held down longer than a character. Called from the main event loop.</summary>
public interface IBreakReceiver : IConsoleReceiver
{
    void ReceiveBreak();
}
