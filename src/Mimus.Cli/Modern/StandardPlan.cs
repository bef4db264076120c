using Mimus.Boards;
using Mimus.Cli.Running;

namespace Mimus.Cli.Modern;

/// <summary>What all machines of the modern commands have in common: the terminal as serial line and monitor.</summary>
internal static class StandardPlan
{
    private const string Terminal = "terminal", Control = "control";

    /// <summary>Transports as the current virtio standard has them.</summary>
    public static IReadOnlyList<GlobalProperty> ModernVirtio { get; } = [new("virtio-mmio", "force-legacy", "off")];

    public static RunPlan With(MachineConfiguration machine, IReadOnlyList<DiskPlan> disks) => new()
    {
        Program = ModernFrontEnd.Program,
        Farewell = "mimus: terminated",
        MonitorBanner = "Mimus monitor; 'help' shows the commands, Ctrl-A c goes back to the console",
        MonitorPrompt = "(mimus) ",
        Version = $"Mimus {ProductVersion.Text}",
        Architecture = BoardCatalog.ArchitectureOf(machine.Board),
        Machine = machine with { IsHeadless = true },
        Disks = disks,
        Consoles = [new ConsolePlan(Terminal, ConsoleKind.Standard) { IsShared = true }],
        SerialLines = [Terminal],
        Monitors = [Terminal],
    };

    /// <summary>The same with a socket that speaks QMP.</summary>
    public static RunPlan WithControl(RunPlan plan, string socket) => plan with
    {
        Consoles = [.. plan.Consoles, new ConsolePlan(Control, ConsoleKind.Socket) { Path = socket, IsServer = true }],
        ControlConsoles = [Control],
    };
}
