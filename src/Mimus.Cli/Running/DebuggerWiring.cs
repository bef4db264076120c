using Mimus.Boards;

namespace Mimus.Cli.Running;

/// <summary>Starts the debugger's server when the plan asks for one.</summary>
internal static class DebuggerWiring
{
    public static void Start(RunPlan plan, Vm vm)
    {
        if (plan.DebuggerAddress is null) return;
        throw new ConfigurationException($"a debugger cannot connect to machine '{vm.Machine.Board}' yet; leave -gdb and -s out");
    }
}
