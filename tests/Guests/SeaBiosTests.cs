using Mimus.Boards;
using Mimus.Core.Backends;
using Mimus.Devices.Display;
using Mimus.TestSupport;
using Mimus.Translation.Evaluator;

namespace Mimus.Guests.Tests;

/// <summary>Debian's SeaBIOS on the <c>pc</c> board: what the screen says, and what it boots.</summary>
public sealed class SeaBiosTests
{
    private const int DisketteBytes = 1_474_560, SectorBytes = 512;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [FactNeeding(Need.SeaBios)]
    public void Shows_its_banner_and_says_that_there_is_nothing_to_boot()
    {
        using var vm = Start(null);
        var screen = WaitFor(vm, "No bootable device");
        Assert.StartsWith("SeaBIOS (version", screen, StringComparison.Ordinal);
    }

    /// <summary>The firmware starts all other processors, and goes on when all have answered.</summary>
    [FactNeeding(Need.SeaBios)]
    public void Starts_all_processors()
    {
        using var vm = Start(null, null, cpus: 3);
        WaitFor(vm, "No bootable device");
        Assert.All(vm.Machine.Cpus.Skip(1), cpu => Assert.True(cpu.Executed > 0));
    }

    [FactNeeding(Need.SeaBios)]
    public void Boots_our_sector_from_a_diskette()
    {
        var diskette = new byte[DisketteBytes];
        File.ReadAllBytes(Path.Combine(TestNeeds.Repository, "guests", "pico", "pico.bin")).CopyTo(diskette, 0);
        using var vm = Start("floppy", new MemoryDisk(diskette));
        var lines = WaitFor(vm, "Mimus").Split('\n');
        // The sector has cleared the screen.
        Assert.All(lines[..10], line => Assert.Equal("", line.Trim()));
        Assert.Contains("Hello from a real-mode boot sector", lines[11], StringComparison.Ordinal);
        Assert.True(SpinWait.SpinUntil(() => vm.Machine.Cpus[0].IsStopped, s_patience));
    }

    [FactNeeding(Need.SeaBios)]
    public void A_disk_without_a_signature_is_not_booted()
    {
        using var vm = Start("ide-hd", new MemoryDisk(new byte[SectorBytes * 2048]));
        WaitFor(vm, "Boot failed: not a bootable disk");
    }

    private static Vm Start(string? device, IDisk? disk = null, int cpus = 1)
    {
        var configuration = new MachineConfiguration
        {
            Board = "pc",
            Firmware = TestNeeds.SeaBios,
            MemoryBytes = 64 << 20,
            Cpus = cpus,
            Disks = disk is null ? new Dictionary<string, IDisk>() : new Dictionary<string, IDisk> { ["disk"] = disk },
            Devices = device is null ? [] : [new DeviceRequest(device, new Dictionary<string, string> { ["drive"] = "disk" })],
        };
        var vm = Vm.Create(configuration, BoardCatalog.X86, new VmOptions { Accelerator = () => new EvaluatorAccelerator() });
        vm.Resume();
        return vm;
    }

    private static string WaitFor(Vm vm, string text)
    {
        var display = vm.Machine.Devices.OfType<VgaAdapter>().Single();
        var screen = "";
        var found = SpinWait.SpinUntil(() => vm.Ended.IsCompleted || (screen = Read(display)).Contains(text, StringComparison.Ordinal), s_patience);
        Assert.True(found && !vm.Ended.IsCompleted, $"the screen never said '{text}' but at last: {screen} {vm.Failure}");
        return screen;
    }

    private static string Read(VgaAdapter display) => display.Text is { } text ? string.Join('\n', text.Lines) : "";
}
