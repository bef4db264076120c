namespace Mimus.Cli.Running;

/// <summary>Gives monitors to the consoles that the plan names.</summary>
internal static class MonitorWiring
{
    public static void Attach(RunPlan plan, Vm vm, DiskSet disks, ConsoleSet consoles, Action<int> end)
    {
    }
}
