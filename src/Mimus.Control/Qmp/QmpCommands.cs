using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mimus.Control.Qmp;

/// <summary>All commands of QMP, one row each, with the names, arguments and answers of QEMU's "QMP Reference Manual"; one of our own tells the screen's text.</summary>
internal static class QmpCommands
{
    /// <summary>The command that ends negotiation, and which alone may come before its end.</summary>
    public const string Negotiation = "qmp_capabilities";

    /// <summary>The command of our own that tells the screen's text.</summary>
    public const string ScreenText = "mimus-screen";

    public static IReadOnlyList<QmpCommand> All { get; } =
    [
        new(Negotiation, ["enable"], (s, _) => Do(s.Negotiate)),
        new("query-commands", [], (_, _) => new JsonArray([.. All!.Select(c => new JsonObject { ["name"] = c.Name })])),
        new("query-version", [], (s, _) => s.DescribeVersion()),
        new("query-status", [], (s, _) => DescribeStatus(s.Vm)),
        new("query-name", [], (s, _) => s.Context.MachineName is { } name ? new JsonObject { ["name"] = name } : new JsonObject()),
        new("stop", [], (s, _) => Do(s.Vm.Pause)),
        new("cont", [], (s, _) => Do(() => s.Vm.Resume())),
        new("system_reset", [], (s, _) => Do(s.Vm.Reset)),
        new("system_powerdown", [], (s, _) => Do(() => PowerButton.Press(s.Vm))),
        new("quit", [], (s, _) => Do(() => s.Context.Quit(0))),
        new("screendump", ["filename", "format"], (s, a) => Do(() => ScreenDump.Write(s.Vm, Require(a, "filename"), Text(a, "format") ?? ScreenDump.StandardFormat))),
        new(ScreenText, [], (s, _) => DescribeScreen(s.Vm)),
        new("human-monitor-command", ["command-line"], (s, a) => s.Monitor.Execute(Require(a, "command-line"))),
    ];

    public static QmpCommand? Find(string name) => All.FirstOrDefault(c => c.Name == name);

    private static JsonObject DescribeStatus(Vm vm) => new()
    {
        ["running"] = vm.State == VmState.Running,
        ["status"] = vm.State switch
        {
            VmState.Created => "prelaunch",
            VmState.Running => "running",
            VmState.Paused => "paused",
            _ => "shutdown",
        },
    };

    private static JsonObject DescribeScreen(Vm vm)
    {
        var display = ScreenDump.DisplayOf(vm);
        if (display.Text is not { } text)
            throw new FormatException($"the screen shows graphics of {display.Picture.Width}x{display.Picture.Height} pixels and no text; screendump makes a picture of it");
        var isShown = text.Cursor >= 0;
        return new JsonObject
        {
            ["columns"] = text.Columns,
            ["rows"] = text.Rows,
            ["cursor"] = isShown ? new JsonObject { ["column"] = text.Cursor % text.Columns, ["row"] = text.Cursor / text.Columns } : null,
            ["lines"] = new JsonArray([.. text.Lines.Select(line => JsonValue.Create(line))]),
        };
    }

    private static JsonNode? Do(Action action)
    {
        action();
        return null;
    }

    private static string Require(JsonElement arguments, string name) =>
        Text(arguments, name) ?? throw new FormatException($"Parameter '{name}' is missing");

    private static string? Text(JsonElement arguments, string name) => !arguments.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new FormatException($"Invalid parameter type for '{name}', expected: string");
}
