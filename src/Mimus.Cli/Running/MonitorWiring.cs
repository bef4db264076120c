using Mimus.Cli.Consoles;
using Mimus.Cli.Qemu;
using Mimus.Control.Monitor;
using Mimus.Control.Qmp;

namespace Mimus.Cli.Running;

/// <summary>Gives monitors to the consoles that the plan names.</summary>
internal static class MonitorWiring
{
    public static void Attach(RunPlan plan, Vm vm, ConsoleSet consoles, Action<int> end)
    {
        if (plan.Monitors.Count + plan.ControlConsoles.Count == 0) return;
        var context = CreateContext(plan, vm, end);
        foreach (var id in plan.ControlConsoles) _ = new QmpServer(context, consoles.Use(id));
        foreach (var id in plan.Monitors)
        {
            var console = consoles.Use(id);
            var monitor = new HumanMonitor(context, console);
            if (console is not MultiplexedConsole shared) continue;
            shared.OnFocus = monitor.Greet;
            if (shared.HasFocus) monitor.Greet();
        }
    }

    public static MonitorContext CreateContext(RunPlan plan, Vm vm, Action<int> end) => new()
    {
        Vm = vm,
        Banner = plan.MonitorBanner,
        Prompt = plan.MonitorPrompt,
        Version = plan.Version,
        SpokenVersion = Version.Parse(QemuIdentity.Spoken),
        Quit = end,
        MachineName = plan.MachineName,
        Disks = [.. plan.Disks.Select(d => new MonitorItem(d.Id, Describe(d)))],
        Consoles = [.. plan.Consoles.Select(c => new MonitorItem(c.Id, c.Path is null ? c.Kind.ToString() : $"{c.Kind} {c.Path}"))],
    };

    private static string Describe(DiskPlan disk) =>
        $"{disk.Path ?? "in memory"} ({disk.Format ?? "raw"}{(disk.IsReadOnly ? ", read-only" : "")}{(disk.IsTemporary ? ", changes are temporary" : "")})";
}
