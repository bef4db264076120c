using System.Text;
using Mimus.Host;

namespace Mimus.Cli;

/// <summary>Text to standard output and standard error, without the weight of <c>System.Console</c> at start-up.</summary>
internal static class HostOutput
{
    public static void Write(string text) => _ = Terminal.Write(Terminal.StandardOutput, Encoding.UTF8.GetBytes(text));

    public static void WriteLine(string text) => Write(text + "\n");

    /// <summary>A line for the person at the terminal, which never mixes with the guest's output in a pipe.</summary>
    public static void ErrorLine(string text) => _ = Terminal.Write(Terminal.StandardError, Encoding.UTF8.GetBytes(text + "\n"));
}
