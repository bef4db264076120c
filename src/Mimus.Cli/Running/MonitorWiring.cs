using Mimus.Cli.Consoles;
using Mimus.Control.Monitor;

namespace Mimus.Cli.Running;

/// <summary>Gives monitors to the consoles that the plan names.</summary>
internal static class MonitorWiring
{
    /// <summary>What monitor commands know about the machine, wherever they are typed.</summary>
    public static MonitorContext Describe(RunPlan plan, Vm vm, Action<int> end) => new()
    {
        Vm = vm,
        Banner = plan.MonitorBanner,
        Prompt = plan.MonitorPrompt,
        Version = plan.Version,
        Quit = end,
        MachineName = plan.MachineName,
        Disks = [.. plan.Disks.Select(d => (d.Id, Describe(d)))],
        Consoles = [.. plan.Consoles.Select(c => (c.Id, c.Kind.ToString() + (c.Path is null ? "" : " " + c.Path)))],
    };

    public static void Attach(RunPlan plan, MonitorContext context, ConsoleSet consoles)
    {
        foreach (var id in plan.Monitors)
        {
            var console = consoles.Use(id);
            var monitor = new HumanMonitor(context, console);
            var shared = console as MultiplexedConsole;
            if (shared is not null) shared.OnFocus = monitor.Greet;
            if (shared?.HasFocus != false) monitor.Greet();
        }
    }

    private static string Describe(DiskPlan disk) =>
        $"{disk.Path ?? "in memory"} (raw{(disk.IsReadOnly ? ", read-only" : "")}{(disk.IsTemporary ? ", changes are temporary" : "")})";
}
