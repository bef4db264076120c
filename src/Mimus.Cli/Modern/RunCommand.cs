using System.CommandLine;
using Mimus.Boards;
using Mimus.Cli.Qemu;
using Mimus.Cli.Running;
using Mimus.Control.Monitor;

namespace Mimus.Cli.Modern;

/// <summary><c>mimus run</c>: a machine from options that say what they mean.</summary>
internal static class RunCommand
{
    private static readonly Option<string> s_board = new("--board", "-b") { Description = "The board.", DefaultValueFactory = _ => "virt" };
    private static readonly Option<int> s_cpus = new("--cpus", "-c") { Description = "How many processors.", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> s_memory = new("--memory", "-m") { Description = "How much memory, with a unit: 128M, 2G.", DefaultValueFactory = _ => "128M" };
    private static readonly Option<string?> s_cpu = new("--cpu") { Description = "The processor model with its extensions: rv64, max, rv64,-zba; qemu64,+popcnt." };
    private static readonly Option<string> s_firmware = new("--firmware", "-f") { Description = "none, default (the built-in SBI, or SeaBIOS), or a file.", DefaultValueFactory = _ => "default" };
    private static readonly Option<string?> s_kernel = new("--kernel", "-k") { Description = "The kernel: an ELF file or a flat image." };
    private static readonly Option<string?> s_initrd = new("--initrd") { Description = "An initial RAM disk for the kernel." };
    private static readonly Option<string> s_append = new("--append") { Description = "The kernel's command line.", DefaultValueFactory = _ => "" };
    private static readonly Option<string?> s_deviceTree = new("--device-tree") { Description = "A device tree in place of the board's own." };
    private static readonly Option<string[]> s_disks = new("--disk", "-d") { Description = "A raw image as a virtio disk; FILE,readonly or FILE,temporary. May be repeated." };
    private static readonly Option<string[]> s_devices = new("--device") { Description = "A device: TYPE,property=value,... May be repeated." };
    private static readonly Option<bool> s_snapshot = new("--snapshot") { Description = "What the guest writes to disks is gone at the end." };
    private static readonly Option<string?> s_resume = new("--resume") { Description = "Go on with a machine saved in this file." };
    private static readonly Option<string?> s_gdb = new("--gdb") { Description = "Wait for gdb: tcp::1234 or unix:PATH." };
    private static readonly Option<string?> s_control = new("--control") { Description = "Make a Unix-domain socket there that speaks QMP, for mimus screen and other programs." };
    private static readonly Option<bool> s_paused = new("--paused") { Description = "Do not start before the debugger or the monitor says so." };
    private static readonly Option<string?> s_log = new("--log") { Description = "What to log on standard error: guest_errors, int, ..." };
    private static readonly Option<string?> s_repeatable = new("--repeatable")
    {
        Description = "Count time in instructions, so that every run does the same: shift=N for 2^N ns each, sleep=off to jump over waits.",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<ulong?> s_seed = new("--seed") { Description = "Random numbers that are the same for the same number." };
    private static readonly Option<bool> s_dryRun = new("--dry-run") { Description = "Show the machine and do not run it." };

    public static Command Create()
    {
        var command = new Command("run", "Run a machine. Its serial line is the terminal; Ctrl-A h shows the keys, Ctrl-A x ends it.")
        {
            s_board, s_cpus, s_memory, s_cpu, s_firmware, s_kernel, s_initrd, s_append, s_deviceTree, s_disks, s_devices, s_snapshot, s_resume, s_gdb, s_control, s_paused, s_log, s_repeatable, s_seed, s_dryRun,
        };
        s_board.CompletionSources.Add(_ => BoardCatalog.Architectures.SelectMany(a => a.Boards).Distinct().Select(b => new System.CommandLine.Completions.CompletionItem(b.Name)));
        command.SetAction(result => result.GetValue(s_dryRun) ? DryRun.Show(ToPlan(result)) : new MachineRunner(ToPlan(result)).Run());
        return command;
    }

    public static RunPlan ToPlan(ParseResult result)
    {
        var memory = result.GetValue(s_memory)!;
        if (!Quantity.TrySize(memory, 'M', out var bytes)) throw new ConfigurationException($"--memory: '{memory}' is not a size; write for instance 512M or 2G");
        var boardName = result.GetValue(s_board)!;
        var board = BoardCatalog.Find(boardName, BoardCatalog.ArchitectureOf(boardName).Boards);
        var devices = new List<DeviceRequest>();
        var disks = new List<DiskPlan>();
        foreach (var text in result.GetValue(s_disks) ?? []) AddDisk(text, board, result.GetValue(s_snapshot), disks, devices);
        foreach (var text in result.GetValue(s_devices) ?? []) devices.Add(ToDevice(text));
        var plan = StandardPlan.With(new MachineConfiguration
        {
            Board = board.Name,
            Cpus = result.GetValue(s_cpus),
            MemoryBytes = bytes,
            CpuModel = result.GetValue(s_cpu),
            Firmware = result.GetValue(s_firmware)!,
            KernelPath = result.GetValue(s_kernel),
            InitrdPath = result.GetValue(s_initrd),
            CommandLine = result.GetValue(s_append)!,
            DeviceTreePath = result.GetValue(s_deviceTree),
            Devices = devices,
            Globals = StandardPlan.ModernVirtio,
            Entropy = result.GetValue(s_seed) is { } seed ? new SeededEntropy(seed) : null,
        }, disks) with
        {
            CountedTime = result.GetResult(s_repeatable) is null ? null : CountedTimeOption.Parse("--repeatable", result.GetValue(s_repeatable) ?? "auto"),
            StartsPaused = result.GetValue(s_paused),
            DebuggerAddress = result.GetValue(s_gdb),
            SnapshotPath = result.GetValue(s_resume),
            LogItems = result.GetValue(s_log) is { } items ? LogItemNames.Parse("--log", items) : default,
        };
        return result.GetValue(s_control) is { } socket ? StandardPlan.WithControl(plan, socket) : plan;
    }

    private static void AddDisk(string text, IBoard board, bool temporary, List<DiskPlan> disks, List<DeviceRequest> devices)
    {
        var properties = PropertyList.Parse("--disk", text, "file");
        var id = $"disk{disks.Count}";
        disks.Add(new DiskPlan(id, properties.Require("file"), properties.TakeSwitch("readonly", false), temporary | properties.TakeSwitch("temporary", false))
        {
            Format = properties.Take("format"), Follows = properties.TakeSwitch("follow", false),
        });
        properties.Finish();
        devices.Add(board.DriveInterfaces.First(i => i.Name == "virtio").Request(id, isCdRom: false, index: 0));
    }

    private static DeviceRequest ToDevice(string text)
    {
        var properties = PropertyList.Parse("--device", text, "type");
        return new DeviceRequest(DeviceCatalog.Find(properties.Require("type")).Name, properties.TakeAll());
    }
}
