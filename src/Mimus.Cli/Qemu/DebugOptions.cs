using Mimus.Control.Monitor;

namespace Mimus.Cli.Qemu;

/// <summary>Options for looking into the machine.</summary>
internal static class DebugOptions
{
    private const string StandardDebuggerAddress = "tcp::1234";

    public static OptionRow[] Rows { get; } =
    [
        new("gdb", "DEV", "wait for gdb at DEV: tcp::PORT, tcp:HOST:PORT, unix:PATH", (r, a) => r.DebuggerAddress = a),
        new("s", "", "as -gdb " + StandardDebuggerAddress, (r, _) => r.DebuggerAddress = StandardDebuggerAddress),
        new("S", "", "do not start before the debugger or the monitor says so", (r, _) => r.StartsPaused = true),
        new("d", "ITEM[,ITEM]", "write these to the log ('-d help' lists them)", SetLogItems),
        new("dfilter", "RANGE[,RANGE]", "only of guest code there: START..END, START+SIZE or LAST-SIZE", (r, a) => r.LogFilter = LogFilter.Parse("-dfilter", a)),
        new("perfmap", "", "write /tmp/perf-PID.map, which tells perf the names of translated code", (r, _) => r.EngineOptions = r.EngineOptions with { WritesPerfMap = true }),
        new("D", "FILE", "the log's file, in place of standard error", (r, a) => r.LogPath = a),
        new("loadvm", "FILE", "go on with the machine saved in this file", (r, a) => r.SnapshotPath = a),
        new("msg", "timestamp=on|off", "accepted; messages have no timestamps", (_, _) => { }),
    ];

    private static void SetLogItems(QemuRequest request, string argument)
    {
        if (PropertyList.IsHelp(argument)) request.Answer = HelpText.LogNames();
        else request.LogItems |= LogItemNames.Parse("-d", argument);
    }
}
