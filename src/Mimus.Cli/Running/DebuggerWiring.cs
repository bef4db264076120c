using Mimus.Control.Gdb;
using Mimus.Control.Monitor;

namespace Mimus.Cli.Running;

/// <summary>Starts the debugger's server when the plan asks for one; its <c>monitor</c> command talks to a monitor.</summary>
internal static class DebuggerWiring
{
    public static GdbServer? Start(RunPlan plan, Vm vm, Action<int> end)
    {
        if (plan.DebuggerAddress is not { } address) return null;
        var monitor = new MonitorSession(MonitorWiring.CreateContext(plan, vm, end));
        var server = GdbServer.Start(vm, address);
        server.MonitorCommand = line =>
        {
            var answer = "";
            vm.Loop.Invoke(() => answer = monitor.Execute(line)); // monitors work on the main loop
            return answer;
        };
        return server;
    }
}
