using Mimus.Cli.Consoles;
using Mimus.Control.Monitor;

namespace Mimus.Cli.Running;

/// <summary>Gives monitors to the consoles that the plan names.</summary>
internal static class MonitorWiring
{
    public static void Attach(RunPlan plan, Vm vm, ConsoleSet consoles, Action<int> end)
    {
        if (plan.Monitors.Count == 0) return;
        var context = CreateContext(plan, vm, end);
        foreach (var id in plan.Monitors)
        {
            var console = consoles.Use(id);
            var monitor = new HumanMonitor(context, console);
            var shared = console as MultiplexedConsole;
            if (shared is not null) shared.OnFocus = monitor.Greet;
            if (shared?.HasFocus != false) monitor.Greet();
        }
    }

    public static MonitorContext CreateContext(RunPlan plan, Vm vm, Action<int> end) => new()
    {
        Vm = vm,
        Banner = plan.MonitorBanner,
        Prompt = plan.MonitorPrompt,
        Version = plan.Version,
        Quit = end,
        MachineName = plan.MachineName,
        Disks = [.. plan.Disks.Select(d => new MonitorItem(d.Id, Describe(d)))],
        Consoles = [.. plan.Consoles.Select(c => new MonitorItem(c.Id, c.Path is null ? c.Kind.ToString() : $"{c.Kind} {c.Path}"))],
    };

    private static string Describe(DiskPlan disk) =>
        $"{disk.Path ?? "in memory"} ({disk.Format ?? "raw"}{(disk.IsReadOnly ? ", read-only" : "")}{(disk.IsTemporary ? ", changes are temporary" : "")})";
}
