using System.Text;
using Mimus.Core.Diagnostics;
using Mimus.Host;

namespace Mimus.Cli.Running;

/// <summary>Where a machine's log goes: a file, or standard error.</summary>
internal sealed class LogWriter : TextWriter
{
    private LogWriter()
    {
    }

    public override Encoding Encoding => Encoding.UTF8;

    public static LogTarget Open(RunPlan plan)
    {
        // A log without items is kept too, since the monitor can switch items on.
        var file = plan.LogPath is { } path ? new StreamWriter(path) : null;
        return new LogTarget(new MachineLog(file ?? (TextWriter)new LogWriter(), plan.LogItems) { Filter = plan.LogFilter }, file);
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value) => _ = Terminal.Write(Terminal.StandardError, Encoding.GetBytes(value ?? ""));

    public override void WriteLine(string? value) => Write(value + "\n");
}
