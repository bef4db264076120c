using Mimus.Boards;
using Mimus.Core.Backends;

namespace Mimus.TestSupport;

/// <summary>A guest under test: a machine, its console, and ways to wait for its end.</summary>
public sealed class Guest : IDisposable
{
    public Guest(MachineConfiguration configuration, VmOptions? options = null)
    {
        Configuration = configuration;
        Vm = Vm.Create(configuration with { SerialLines = [Console] }, BoardCatalog.ArchitectureOf(configuration.Board).Boards, options);
        Vm.VcpuStopped += stop => Stop = stop;
    }

    public MachineConfiguration Configuration { get; }

    public RecordingConsole Console { get; } = new();

    public Vm Vm { get; }

    /// <summary>Why a vCPU stopped, if one did.</summary>
    public VmStop? Stop { get; private set; }

    /// <summary>The demo guest, with a disk of a megabyte when <paramref name="disk"/> is given.</summary>
    public static MachineConfiguration Demo(int cpus, string commandLine, IDisk? disk = null, bool legacy = false) => new()
    {
        Cpus = cpus,
        Firmware = "none",
        KernelPath = Path.Combine(TestNeeds.Repository, "guests", "demo", "demo.elf"),
        CommandLine = commandLine,
        Disks = disk is null ? new Dictionary<string, IDisk>() : new Dictionary<string, IDisk> { ["x0"] = disk },
        Devices = disk is null ? [] : [new DeviceRequest("virtio-blk-device", new Dictionary<string, string> { ["drive"] = "x0", ["bus"] = "virtio-mmio-bus.0" })],
        Globals = [new GlobalProperty("virtio-mmio", "force-legacy", legacy ? "on" : "off")],
    };

    /// <summary>Runs until the guest switches its machine off; the exit status.</summary>
    public int RunToEnd(int seconds = 300)
    {
        Vm.Resume();
        return WaitForEnd(seconds);
    }

    public int WaitForEnd(int seconds = 300) => Vm.Ended.Wait(TimeSpan.FromSeconds(seconds))
        ? Vm.Ended.Result
        : throw new TimeoutException($"the guest did not end; {Stop} it wrote last: {Console.Output[Math.Max(0, Console.Output.Length - 600)..]}");

    public void Dispose() => Vm.Dispose();
}
