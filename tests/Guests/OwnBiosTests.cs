using Mimus.Boards;
using Mimus.Core.Backends;
using Mimus.Devices.Display;
using Mimus.TestSupport;
using Mimus.Translation.Evaluator;

namespace Mimus.Guests.Tests;

/// <summary>The BIOS that is built in, on the <c>pc</c> board: what it says and boots, and that its services answer as SeaBIOS's do.</summary>
public sealed class OwnBiosTests
{
    private const int DisketteBytes = 1_474_560, DiskBytes = 64 << 20;
    private const string Own = "mimus";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void Says_who_it_is_and_that_there_is_nothing_to_boot()
    {
        using var vm = Start(Own, null);
        var screen = WaitFor(vm, "No bootable device");
        Assert.StartsWith("Mimus BIOS", screen, StringComparison.Ordinal);
        Assert.Contains("64 MiB of memory", screen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("floppy", DisketteBytes)]
    [InlineData("ide-hd", DiskBytes)]
    public void Boots_our_sector(string device, int bytes)
    {
        using var vm = Start(Own, device, Image("pico", bytes));
        var lines = WaitFor(vm, "Hello from a real-mode boot sector").Split('\n');
        // The sector has cleared the screen.
        Assert.All(lines[..10], line => Assert.Equal("", line.Trim()));
    }

    [Fact]
    public void A_disk_without_a_signature_is_not_booted()
    {
        using var vm = Start(Own, "ide-hd", new MemoryDisk(new byte[DiskBytes]));
        WaitFor(vm, "no boot sector");
        WaitFor(vm, "No bootable device");
    }

    [Fact]
    public void Talks_to_the_serial_line_where_nobody_looks_at_the_display()
    {
        var console = new RecordingConsole();
        using var vm = Start(Own, null, null, console);
        console.WaitFor("Mimus BIOS");
        console.WaitFor("No bootable device");
    }

    /// <summary>The guest asks for each service and shows the answers; the whole screens are equal, colours included.</summary>
    [TheoryNeeding(Need.SeaBios)]
    [InlineData("floppy", DisketteBytes)]
    [InlineData("ide-hd", DiskBytes)]
    public void Services_answer_as_those_of_SeaBIOS(string device, int bytes) =>
        Assert.Equal(Answers(TestNeeds.SeaBios, device, bytes), Answers(Own, device, bytes));

    private static string Answers(string firmware, string device, int bytes)
    {
        using var vm = Start(firmware, device, Image("services", bytes));
        WaitFor(vm, "\nend");
        Assert.True(SpinWait.SpinUntil(() => vm.Machine.Cpus[0].IsStopped, s_patience));
        return Display(vm).Text!.ToTerminal();
    }

    private static MemoryDisk Image(string guest, int bytes)
    {
        var image = new byte[bytes];
        File.ReadAllBytes(Path.Combine(TestNeeds.Repository, "guests", guest, guest + ".bin")).CopyTo(image, 0);
        return new MemoryDisk(image);
    }

    private static Vm Start(string firmware, string? device, IDisk? disk = null, IConsole? serial = null)
    {
        var configuration = new MachineConfiguration
        {
            Board = "pc",
            Firmware = firmware,
            MemoryBytes = 64 << 20,
            IsHeadless = serial is not null,
            SerialLines = serial is null ? [] : [serial],
            Disks = disk is null ? new Dictionary<string, IDisk>() : new Dictionary<string, IDisk> { ["disk"] = disk },
            Devices = device is null ? [] : [new DeviceRequest(device, new Dictionary<string, string> { ["drive"] = "disk" })],
        };
        var vm = Vm.Create(configuration, BoardCatalog.X86, new VmOptions { Accelerator = () => new EvaluatorAccelerator() });
        vm.Resume();
        return vm;
    }

    private static VgaAdapter Display(Vm vm) => vm.Machine.Devices.OfType<VgaAdapter>().Single();

    private static string WaitFor(Vm vm, string text)
    {
        var screen = "";
        var found = SpinWait.SpinUntil(() => vm.Ended.IsCompleted || (screen = Read(Display(vm))).Contains(text, StringComparison.Ordinal), s_patience);
        Assert.True(found && !vm.Ended.IsCompleted, $"the screen never said '{text}' but at last: {screen} {vm.Failure}");
        return screen;
    }

    private static string Read(VgaAdapter display) => display.Text is { } text ? string.Join('\n', text.Lines) : "";
}
