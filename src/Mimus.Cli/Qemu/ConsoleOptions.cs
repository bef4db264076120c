using System.Globalization;
using Mimus.Boards;
using Mimus.Cli.Running;

namespace Mimus.Cli.Qemu;

/// <summary>Options that connect the machine's consoles and monitors with the host.</summary>
internal static class ConsoleOptions
{
    public static OptionRow[] Rows { get; } =
    [
        new("serial", "stdio|mon:stdio|none|null|file:PATH|tcp:..|unix:..|chardev:ID", "the next serial line", AddSerial),
        new("monitor", "stdio|none|null|tcp:..|unix:..|chardev:ID", "a monitor", AddMonitor),
        new("debugcon", "stdio|none|null|file:PATH|chardev:ID", "the port to which firmware writes its messages", AddDebugConsole),
        new("chardev", "stdio|null|file|socket|testdev,id=ID[,mux=on]", "a character device", AddCharacterDevice),
        new("mon", "chardev=ID[,mode=readline|control]", "a monitor on a character device, for people or QMP", AddMonitorDevice),
        new("qmp", "stdio|tcp:..|unix:..|chardev:ID", "QMP, by which programs control the machine", AddControl),
        new("nographic", "", "serial line and monitor on standard input and output", (r, _) => r.HasNoGraphic = true),
        new("display", "none|curses", "no display, or the screen's text on the terminal", SetDisplay),
        new("vga", "none", "no graphics adapter", (_, a) => OnlyNone("vga", a, "graphics adapter")),
        new("parallel", "none", "no parallel port", (_, a) => OnlyNone("parallel", a, "parallel port")),
        new("net", "none", "no network", (_, a) => OnlyNone("net", a, "network")),
        new("nic", "none", "no network", (_, a) => OnlyNone("nic", a, "network")),
        new("echr", "CODE", "the key before console commands, as a number (1 is Ctrl-A)", SetEscape),
    ];

    /// <summary>Makes the console that a short form such as <c>mon:stdio</c> describes, and gives its id.</summary>
    public static string AddShortForm(QemuRequest request, string option, string text, bool shared)
    {
        if (text.StartsWith("chardev:", StringComparison.Ordinal)) return text["chardev:".Length..];
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var kind = colon < 0 ? text : text[..colon];
        var rest = colon < 0 ? "" : text[(colon + 1)..];
        // The keys of the terminal belong to the guest where the console has keys of its own.
        var plan = new ConsolePlan($"compat:{option[1..]}{request.Consoles.Count}", ConsoleKind.Null) { IsShared = shared, KeepsSignals = !shared };
        plan = kind switch
        {
            "null" or "none" or "vc" => plan,
            "stdio" => plan with { Kind = ConsoleKind.Standard },
            "file" => plan with { Kind = ConsoleKind.File, Path = rest },
            "unix" => WithSwitches(plan with { Kind = ConsoleKind.Socket, Path = PathOf(rest) }, option, rest),
            "tcp" => WithSwitches(WithAddress(plan, option, rest), option, rest),
            _ => throw new ConfigurationException($"{option}: '{text}' is not possible{Suggestion.For(kind, ["stdio", "none", "null", "file", "unix", "tcp", "chardev"])}; "
                + "it is one of stdio, mon:stdio, none, null, file:PATH, tcp:HOST:PORT, unix:PATH, chardev:ID"),
        };
        request.Consoles.Add(plan);
        return plan.Id;
    }

    private static void AddSerial(QemuRequest request, string argument)
    {
        var monitored = argument.StartsWith("mon:", StringComparison.Ordinal);
        var id = AddShortForm(request, "-serial", monitored ? argument[4..] : argument, monitored);
        request.SerialLines.Add(id);
        if (!monitored) return;
        request.Monitors.Add(id);
        request.HasMonitorOption = true;
    }

    private static void AddDebugConsole(QemuRequest request, string argument) =>
        request.DebugConsole = AddShortForm(request, "-debugcon", argument, shared: false);

    private static void AddMonitor(QemuRequest request, string argument)
    {
        request.HasMonitorOption = true;
        if (argument is "none" or "null") return;
        request.Monitors.Add(AddShortForm(request, "-monitor", argument, shared: false));
    }

    private static void AddControl(QemuRequest request, string argument)
    {
        request.HasMonitorOption = true;
        request.ControlConsoles.Add(AddShortForm(request, "-qmp", argument, shared: false));
    }

    private static void AddCharacterDevice(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-chardev", argument, "backend");
        var id = properties.Require("id");
        var backend = properties.TakeOneOf("backend", "", "stdio", "null", "file", "socket", "testdev");
        var shared = properties.TakeSwitch("mux", false);
        var plan = new ConsolePlan(id, ConsoleKind.Null) { IsShared = shared };
        switch (backend)
        {
            case "stdio":
                plan = plan with { Kind = ConsoleKind.Standard, KeepsSignals = properties.TakeSwitch("signal", !shared) };
                break;
            case "file":
                plan = plan with { Kind = ConsoleKind.File, Path = properties.Require("path"), Appends = properties.TakeSwitch("append", false) };
                break;
            case "socket":
                plan = WithSwitches(plan with { Kind = ConsoleKind.Socket }, properties);
                plan = properties.Take("path") is { } path
                    ? plan with { Path = path }
                    : plan with { Host = HostOf(properties.Take("host") ?? ""), Port = PortOf("-chardev", properties.Require("port")) };
                break;
            case "testdev":
                plan = plan with { Kind = ConsoleKind.TestDevice };
                break;
        }
        properties.Ignore("logfile", "logappend");
        properties.Finish();
        if (request.Consoles.Exists(c => c.Id == id)) throw new ConfigurationException($"-chardev: id '{id}' is given twice; give each its own");
        request.Consoles.Add(plan);
    }

    private static void AddMonitorDevice(QemuRequest request, string argument)
    {
        var properties = PropertyList.Parse("-mon", argument, "chardev");
        request.HasMonitorOption = true;
        var isControl = properties.TakeOneOf("mode", "readline", "readline", "control") == "control";
        (isControl ? request.ControlConsoles : request.Monitors).Add(properties.Require("chardev"));
        properties.Ignore("pretty", "id");
        properties.Finish();
    }

    private static void SetDisplay(QemuRequest request, string argument)
    {
        if (argument is not ("none" or "curses"))
            throw new ConfigurationException($"-display {argument} is not possible: use -display curses for the screen's text on the terminal, or -display none");
        request.HasNoDisplay = argument == "none";
        request.HasTerminalScreen = argument == "curses";
    }

    private static void OnlyNone(string option, string argument, string what)
    {
        if (argument != "none") throw new ConfigurationException($"-{option} {argument} is not possible: this machine has no {what}; use -{option} none");
    }

    private static void SetEscape(QemuRequest request, string argument)
    {
        if (!Quantity.TryNumber(argument, out var code) || code is 0 or > 26)
            throw new ConfigurationException($"-echr: '{argument}' must be a number from 1 (Ctrl-A) to 26 (Ctrl-Z)");
        request.Escape = (char)code;
    }

    private static ConsolePlan WithAddress(ConsolePlan plan, string option, string text)
    {
        var address = PathOf(text);
        var colon = address.LastIndexOf(':');
        if (colon < 0) throw new ConfigurationException($"{option}: '{text}' has no port; write tcp:HOST:PORT");
        return plan with { Kind = ConsoleKind.Socket, Host = HostOf(address[..colon]), Port = PortOf(option, address[(colon + 1)..]) };
    }

    private static ConsolePlan WithSwitches(ConsolePlan plan, string option, string text)
    {
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        var properties = PropertyList.Parse(option, comma < 0 ? "" : text[(comma + 1)..]);
        plan = WithSwitches(plan, properties);
        properties.Finish();
        return plan;
    }

    private static ConsolePlan WithSwitches(ConsolePlan plan, PropertyList properties)
    {
        var server = properties.TakeSwitch("server", false);
        var wait = properties.TakeSwitch("wait", server);
        properties.Ignore("delay", "nodelay", "reconnect", "reconnect-ms", "ipv4", "ipv6", "to");
        return plan with { IsServer = server, WaitsForClient = wait };
    }

    private static string PathOf(string text) => text.Split(',')[0];

    private static string HostOf(string host) => host.Length > 0 ? host : "127.0.0.1";

    private static int PortOf(string option, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= ushort.MaxValue
            ? port
            : throw new ConfigurationException($"{option}: '{text}' is not a port; it is a number up to 65535");
}
