using System.CommandLine;
using Mimus.Boards;
using Mimus.Cli.Running;
using Mimus.Host;

namespace Mimus.Cli.Modern;

/// <summary><c>mimus demo</c>: the built-in guest on a machine of three harts.</summary>
internal static class DemoCommand
{
    private const string Resource = "demo.elf";
    private const int Harts = 3;

    public static Command Create()
    {
        var command = new Command("demo", "Boot the built-in guest. Without a terminal it plays its tour and switches off.");
        command.SetAction(_ => new MachineRunner(ToPlan(isInteractive: Terminal.IsTerminal(Terminal.StandardInput))).Run());
        return command;
    }

    public static RunPlan ToPlan(bool isInteractive) => StandardPlan.With(new MachineConfiguration
    {
        Cpus = Harts,
        Firmware = "none",
        KernelImage = ReadGuest(),
        CommandLine = isInteractive ? "" : "tour",
        Devices = [new DeviceRequest("virtio-blk-device", new Dictionary<string, string> { ["drive"] = "scratch" })],
        Globals = StandardPlan.ModernVirtio,
    }, [new DiskPlan("scratch", Path: null)]);

    private static byte[] ReadGuest()
    {
        using var stream = typeof(DemoCommand).Assembly.GetManifestResourceStream(Resource)!;
        var data = new byte[stream.Length];
        stream.ReadExactly(data);
        return data;
    }
}
