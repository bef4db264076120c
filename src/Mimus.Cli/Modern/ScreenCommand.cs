using System.CommandLine;
using Mimus.Control.Qmp;

namespace Mimus.Cli.Modern;

/// <summary><c>mimus screen</c>: the text on the screen of a machine that runs.</summary>
internal static class ScreenCommand
{
    private static readonly Argument<string> s_socket = new("socket") { Description = "The machine's QMP socket: the SOCKET of its -qmp unix:SOCKET,server=on,wait=off or --control SOCKET." };

    public static Command Create()
    {
        var command = new Command("screen", "Show the text on the screen of a machine that runs.") { s_socket };
        command.SetAction(result => Show(result.GetValue(s_socket)!));
        return command;
    }

    private static int Show(string socket)
    {
        using var client = QmpClient.Connect(socket);
        foreach (var line in client.ReadScreen()) HostOutput.WriteLine(line);
        return 0;
    }
}
