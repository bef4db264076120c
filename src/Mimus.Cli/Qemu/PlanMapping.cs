using Mimus.Boards;
using Mimus.Cli.Running;
using Mimus.Storage.Formats;

namespace Mimus.Cli.Qemu;

/// <summary>Makes a plan of what was asked: fills in the consoles nobody asked for, and connects disks with devices.</summary>
internal static class PlanMapping
{
    public static RunPlan ToPlan(QemuRequest request)
    {
        var accelerator = Accelerator.Choose(request);
        request.Machine = request.Machine with { CpuModel = Accelerator.HostModel(request.Machine.CpuModel, accelerator) };
        if (accelerator == EngineCatalog.Kvm) Accelerator.CheckKvm(request);
        CheckGlobals(request);
        AddStandardConsoles(request);
        var (disks, devices) = ConnectDisks(request);
        if (request.DebugConsole is { } debug) devices.Add(new DeviceRequest("isa-debugcon", new Dictionary<string, string> { ["chardev"] = debug }));
        return new RunPlan
        {
            Program = request.Program,
            Farewell = "QEMU: Terminated",
            MonitorBanner = $"QEMU {QemuIdentity.Spoken} monitor - type 'help' for more information",
            MonitorPrompt = "(qemu) ",
            Version = $"{QemuIdentity.Spoken} (Mimus {ProductVersion.Text})",
            Architecture = request.Architecture,
            Engine = accelerator,
            EngineOptions = request.EngineOptions,
            CountedTime = request.CountedTime,
            Machine = request.Machine with { IsHeadless = request.HasNoGraphic, Devices = devices, Loaders = request.Loaders, Globals = request.Globals },
            Disks = disks,
            Consoles = request.Consoles,
            SerialLines = request.SerialLines,
            Monitors = request.Monitors,
            ControlConsoles = request.ControlConsoles,
            ScreenConsole = request.ScreenConsole,
            Escape = request.Escape,
            MachineName = request.MachineName,
            StartsPaused = request.StartsPaused,
            StopsOnReset = request.StopsOnReset,
            PausesOnPowerOff = request.PausesOnPowerOff,
            DebuggerAddress = request.DebuggerAddress == "none" ? null : request.DebuggerAddress,
            SnapshotPath = request.SnapshotPath,
            ProcessIdPath = request.ProcessIdPath,
            LogItems = request.LogItems,
            LogPath = request.LogPath,
            LogFilter = request.LogFilter,
            DeviceTreeDumpPath = request.DeviceTreeDumpPath,
            Warnings = request.Warnings,
        };
    }

    /// <summary>Without a display the first serial line and a monitor share the terminal, unless other options want it.</summary>
    private static void AddStandardConsoles(QemuRequest request)
    {
        if (request.HasTerminalScreen) AddScreen(request);
        if (request.HasNoDefaults) return;
        var terminal = request.HasNoGraphic || !request.HasNoDisplay;
        var terminalIsFree = !request.Consoles.Exists(c => c.Kind == ConsoleKind.Standard);
        if (!terminal || !terminalIsFree || (request.SerialLines.Count > 0 && request.HasMonitorOption)) return;
        var id = ConsoleOptions.AddShortForm(request, "-serial", "stdio", shared: true);
        if (request.SerialLines.Count == 0) request.SerialLines.Add(id);
        if (!request.HasMonitorOption) request.Monitors.Add(id);
    }

    /// <summary>The screen has the terminal, which a monitor shares unless other options say where monitors are.</summary>
    private static void AddScreen(QemuRequest request)
    {
        if (request.HasNoGraphic) throw new ConfigurationException("-nographic and -display curses do not go together: one shows the serial line on the terminal, the other the screen; leave one out");
        request.ScreenConsole = ConsoleOptions.AddShortForm(request, "-display", "stdio", shared: true);
        if (request.HasNoDefaults) return;
        if (!request.HasMonitorOption) request.Monitors.Add(request.ScreenConsole);
        if (request.SerialLines.Count == 0) request.SerialLines.Add(ConsoleOptions.AddShortForm(request, "-serial", "null", shared: false));
    }

    private static (List<DiskPlan> Disks, List<DeviceRequest> Devices) ConnectDisks(QemuRequest request)
    {
        var disks = new List<DiskPlan>();
        var devices = new List<DeviceRequest>();
        foreach (var drive in request.Drives)
        {
            var id = drive.Id ?? $"drive{disks.Count}";
            disks.Add(new DiskPlan(id, drive.Path, drive.IsReadOnly, drive.IsTemporary || request.IsSnapshot)
            {
                Format = drive.Format, Follows = drive.Follows, BackingPath = drive.BackingPath, Cache = drive.Cache,
            });
        }
        devices.AddRange(Places(request, disks));
        // A file may be opened once: only nodes that a device names become disks.
        foreach (var device in request.Devices)
        {
            if (device.Properties.GetValueOrDefault("drive") is { } name && request.Nodes.ContainsKey(name) && !disks.Exists(d => d.Id == name))
                disks.Add(Resolve(request, name, readOnly: false, depth: 0) with { Id = name });
        }
        devices.AddRange(request.Devices);
        return (disks, devices);
    }

    /// <summary>The devices of drives that nobody gave one: in the place they asked for, or in the next one.</summary>
    private static IEnumerable<DeviceRequest> Places(QemuRequest request, List<DiskPlan> disks)
    {
        var interfaces = request.Board.DriveInterfaces;
        var taken = new HashSet<(string, int)>();
        for (var i = 0; i < request.Drives.Count; i++)
        {
            var drive = request.Drives[i];
            if (drive.Interface == BlockOptions.NoInterface) continue;
            var wanted = drive.Interface is null ? interfaces[0] : interfaces.FirstOrDefault(f => f.Name == drive.Interface)
                ?? throw new ConfigurationException($"-drive: 'if' cannot be '{drive.Interface}'{Suggestion.For(drive.Interface, interfaces.Select(f => f.Name))}; machine '{request.Board.Name}' has {string.Join(", ", interfaces.Select(f => f.Name))} and none");
            // A CD is the third place's, as firmware and systems expect.
            var index = drive.Index ?? (drive.IsCdRom && wanted.Places > 2 ? 2 : 0);
            if (drive.Index is null)
            {
                while (taken.Contains((wanted.Name, index))) index++;
            }
            if (!taken.Add((wanted.Name, index)) && wanted.Places > 0)
                throw new ConfigurationException($"-drive: two drives want index {index} of if={wanted.Name}; give '{drive.Path}' another with index=");
            yield return wanted.Request(disks[i].Id, drive.IsCdRom, index);
        }
    }

    private static DiskPlan Resolve(QemuRequest request, string name, bool readOnly, int depth)
    {
        if (!request.Nodes.TryGetValue(name, out var node))
            throw new ConfigurationException($"-blockdev: there is no node '{name}'{Suggestion.For(name, request.Nodes.Keys)}; define it with -blockdev driver=file,node-name={name},filename=FILE");
        if (depth > request.Nodes.Count) throw new ConfigurationException($"-blockdev: node '{name}' is below itself");
        readOnly |= node.IsReadOnly;
        var plan = node.Below is { } below ? Resolve(request, below, readOnly, depth + 1) : new DiskPlan(name, node.Path!, readOnly, request.IsSnapshot) { Format = ImageFormats.Raw };
        if (node.Format is not (null or ImageFormats.Raw) && plan.Format != ImageFormats.Raw) throw new ConfigurationException($"-blockdev: node '{name}' takes an image in an image for {node.Format}, which is not supported");
        return plan with { Format = node.Format ?? plan.Format, Follows = plan.Follows || node.Follows };
    }

    private static void CheckGlobals(QemuRequest request)
    {
        foreach (var global in request.Globals)
        {
            string[]? known = global.Driver == "virtio-mmio" ? ["force-legacy"] : null;
            known ??= DeviceCatalog.All.FirstOrDefault(d => d.Name == global.Driver)?.Properties.ToArray();
            if (known is null) request.Warnings.Add($"-global: no device of type '{global.Driver}' is known, so {global.Property} has no effect");
            else if (!known.Contains(global.Property))
                throw new ConfigurationException($"-global: device '{global.Driver}' has no property '{global.Property}'{Suggestion.For(global.Property, known)}; it has {string.Join(", ", known)}");
        }
    }
}
