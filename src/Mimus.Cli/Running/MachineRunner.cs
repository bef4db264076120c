using Mimus.Boards;
using Mimus.Cli.Consoles;
using Mimus.Cli.Screens;
using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;
using Mimus.Core.State;
using Mimus.Host;

namespace Mimus.Cli.Running;

/// <summary>Builds the machine of a plan, runs it to its end, and gives its exit status.</summary>
internal sealed class MachineRunner(RunPlan plan)
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Run()
    {
        foreach (var warning in plan.Warnings) HostOutput.ErrorLine($"{plan.Program}: warning: {warning}");
        using var disks = DiskSet.Open(plan.Disks);
        if (plan.ScreenConsole is not null) TerminalScreen.CheckTerminal();
        using var consoles = ConsoleSet.Create(plan);
        using var log = LogWriter.Open(plan);
        var vm = Create(Complete(disks, consoles), log.Log);
        if (plan.DeviceTreeDumpPath is { } dump)
        {
            File.WriteAllBytes(dump, vm.Machine.DeviceTree.Span);
            vm.Dispose();
            return 0;
        }
        var status = Run(vm, disks, consoles);
        // A machine that did not come to rest in time is left to the end of the process.
        if (vm.Ended.IsCompleted) vm.Dispose();
        return status;
    }

    private Vm Create(MachineConfiguration configuration, MachineLog log)
    {
        var options = new VmOptions { Log = log, StopOnReset = plan.StopsOnReset, PauseOnPowerOff = plan.PausesOnPowerOff, CountedTime = plan.CountedTime,
            Accelerator = () => EngineCatalog.Create(plan.Engine, plan.EngineOptions) };
        try
        {
            return Vm.Create(configuration, plan.Architecture.Boards, options);
        }
        catch (HostException e)
        {
            throw new ConfigurationException($"this host cannot give the machine what it needs: {e.Message}; ask for less memory");
        }
    }

    private int Run(Vm vm, DiskSet disks, ConsoleSet consoles)
    {
        using var processId = ProcessIdFile.Create(plan.ProcessIdPath);
        using var termination = new Termination(signal =>
        {
            HostOutput.ErrorLine($"{plan.Program}: terminating on signal {signal}");
            End(vm, 0);
        });
        vm.VcpuStopped += stop => OnStop(vm, stop);
        vm.Ended.ContinueWith(t => _ended.TrySetResult(t.Result), TaskScheduler.Default);
        consoles.ConnectPowerOff(vm.RequestPowerOff);
        if (plan.SnapshotPath is { } snapshot) Load(vm, snapshot);
        using var screen = plan.ScreenConsole is { } id ? new TerminalScreen(vm, (MultiplexedConsole)consoles.Use(id)) : null;
        MonitorWiring.Attach(plan, vm, consoles, status => End(vm, status));
        using var debugger = DebuggerWiring.Start(plan, vm, status => End(vm, status));
        consoles.Start(vm.Loop, () => Quit(vm), disks.Flush);
        try
        {
            screen?.Start();
            if (!plan.StartsPaused) vm.Resume();
            return _ended.Task.GetAwaiter().GetResult();
        }
        finally
        {
            screen?.Dispose();
            consoles.Standard?.Restore();
        }
    }

    /// <summary>
    /// Ends the machine from another thread: a vCPU that waits for somebody to read its output would never come to rest, and
    /// must not keep the program from ending.
    /// </summary>
    private void End(Vm vm, int status)
    {
        _ = Task.Run(() => vm.End(status));
        _ = Task.Delay(s_grace).ContinueWith(_ => _ended.TrySetResult(status), TaskScheduler.Default);
    }

    private void Quit(Vm vm)
    {
        HostOutput.Write($"\n{plan.Farewell}\n");
        End(vm, 0);
    }

    private MachineConfiguration Complete(DiskSet disks, ConsoleSet consoles)
    {
        var serialLines = plan.SerialLines.Select(consoles.Use).ToArray();
        var ofDevices = plan.Machine.Devices.Select(d => d.Properties.GetValueOrDefault("chardev")).OfType<string>();
        return plan.Machine with { Disks = disks.ById, SerialLines = serialLines, Consoles = consoles.UseForDevices(ofDevices) };
    }

    private void OnStop(Vm vm, VmStop stop)
    {
        if (stop.Exit is VcpuExit.Breakpoint or VcpuExit.SingleStep) return; // the debugger's business
        var reason = vm.Failure is { } failure ? Failures.Sentence(failure) + Failures.Trace(failure) : stop.Failure ?? stop.Exit.ToString();
        HostOutput.ErrorLine($"{plan.Program}: processor {stop.CpuIndex} cannot go on: {reason}; '-d int,guest_errors' shows what led there");
        End(vm, 1);
    }

    private static void Load(Vm vm, string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            vm.Load(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"snapshot '{path}' does not exist; check the path");
        }
        catch (StateException e)
        {
            throw new ConfigurationException($"snapshot '{path}' cannot be used: {e.Message}");
        }
    }
}
