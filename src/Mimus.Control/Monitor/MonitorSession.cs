using System.Text;
using Mimus.Boards;
using Mimus.Core.Cpus;
using Mimus.Core.State;

namespace Mimus.Control.Monitor;

/// <summary>A conversation: it runs commands, and remembers which processor they are about.</summary>
public sealed class MonitorSession(MonitorContext context)
{
    private readonly StringBuilder _output = new();

    internal MonitorContext Context => context;

    internal Vm Vm => context.Vm;

    /// <summary>The processor that <c>info registers</c>, <c>x</c> and <c>print</c> look at.</summary>
    internal int CurrentCpu { get; set; }

    internal ICpuDebug Debug => Vm.Machine.Cpus[CurrentCpu].Debug;

    /// <summary>Carries out one line and gives what it has to say.</summary>
    public string Execute(string line)
    {
        _output.Clear();
        line = line.Trim();
        if (line.Length == 0) return "";
        var name = NameIn(line);
        try
        {
            if (MonitorCommands.Find(name) is { } command) command.Run(this, line[name.Length..].Trim());
            else Say($"unknown command: '{name}'{Suggestion.For(name, MonitorCommands.All.SelectMany(c => c.Names))}; 'help' lists all");
        }
        catch (Exception e) when (e is FormatException or ConfigurationException or StateException or IOException or UnauthorizedAccessException)
        {
            Say($"Error: {e.Message}");
        }
        return _output.ToString();
    }

    /// <summary>Whether a line is better carried out on another thread than the main loop's.</summary>
    internal static bool TakesTime(string line) => MonitorCommands.Find(NameIn(line.Trim())) is { TakesTime: true };

    /// <summary>"x/4xg ADDRESS" is the command x.</summary>
    private static string NameIn(string line)
    {
        var end = line.IndexOfAny([' ', '/']);
        return end < 0 ? line : line[..end];
    }

    internal void Say(string line) => _output.Append(line).Append("\r\n");
}
