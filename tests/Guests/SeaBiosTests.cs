using System.Text;
using Mimus.Boards;
using Mimus.Core.Backends;
using Mimus.Core.Memory;
using Mimus.Devices.Display;
using Mimus.Devices.Pci;
using Mimus.Isa.X86;
using Mimus.TestSupport;
using Mimus.Translation.Evaluator;

namespace Mimus.Guests.Tests;

/// <summary>Debian's SeaBIOS on the <c>pc</c> board: what the screen says, and what it boots.</summary>
public sealed class SeaBiosTests
{
    private const int DisketteBytes = 1_474_560, SectorBytes = 512;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [TheoryNeeding(Need.SeaBios)]
    [InlineData("pc")]
    [InlineData("q35")]
    public void Shows_its_banner_and_says_that_there_is_nothing_to_boot(string board)
    {
        using var vm = Start(null, board: board);
        var screen = WaitFor(vm, "No bootable device");
        Assert.StartsWith("SeaBIOS (version", screen, StringComparison.Ordinal);
    }

    /// <summary>It moves the mode's place behind the screen by an interrupt of the command port, and closes that memory.</summary>
    [TheoryNeeding(Need.SeaBios)]
    [InlineData("pc", "i440fx", 0x72)]
    [InlineData("q35", "mch", 0x9d)]
    public void Takes_system_management_mode(string board, string bridge, int register)
    {
        const byte EnabledAndClosed = 0x0a;
        using var vm = Start(null, board: board);
        WaitFor(vm, "No bootable device");
        var smram = new byte[1];
        ((PciFunction)vm.Machine.Devices.Single(d => d.Name == bridge)).ReadConfiguration((ulong)register, smram);
        Assert.Equal(EnabledAndClosed, smram[0]);
        ulong place = 0;
        vm.WhileResting(() => place = ((X86Cpu)vm.Machine.Cpus[0]).Registers.ManagementBase);
        Assert.Equal(0xa0000ul, place);
        // No device reaches that memory by an address, wherever the host keeps it.
        Assert.All(vm.Machine.Memory.Blocks.Where(b => b.Name is "ram-management" or "display"), block => Assert.Null(vm.Machine.Memory.Find(new GuestAddress(block.Range.Start), 1)));
        Assert.Null(vm.Machine.Memory.Find(new GuestAddress(0xa8000), 1));
    }

    /// <summary>The firmware starts all other processors, and goes on when all have answered.</summary>
    [FactNeeding(Need.SeaBios)]
    public void Starts_all_processors()
    {
        using var vm = Start(null, cpus: 3);
        WaitFor(vm, "No bootable device");
        Assert.All(vm.Machine.Cpus.Skip(1), cpu => Assert.True(cpu.Executed > 0));
    }

    [TheoryNeeding(Need.SeaBios)]
    [InlineData("floppy", "pc")]
    [InlineData("ide-hd", "pc")]
    [InlineData("virtio-blk-pci", "pc")]
    [InlineData("virtio-blk-pci", "q35")]
    public void Boots_our_sector(string device, string board)
    {
        var diskette = new byte[DisketteBytes];
        File.ReadAllBytes(Path.Combine(TestNeeds.Repository, "guests", "pico", "pico.bin")).CopyTo(diskette, 0);
        using var vm = Start(device, new MemoryDisk(diskette), board: board);
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

    [FactNeeding(Need.SeaBios)]
    public void Talks_to_the_serial_line_where_nobody_looks_at_the_display()
    {
        var console = new RecordingConsole();
        using var vm = Start(null, null, console);
        console.WaitFor("SeaBIOS (version");
        console.WaitFor("No bootable device");
    }

    /// <summary>It does so by the script that the board gives it.</summary>
    [TheoryNeeding(Need.SeaBios)]
    [InlineData("pc", "Standard PC (i440FX + PIIX, 1996)", "APIC", "DSDT", "FACP", "FACS", "HPET", "RSDT", "XSDT")]
    [InlineData("q35", "Standard PC (Q35 + ICH9, 2009)", "APIC", "DSDT", "FACP", "FACS", "HPET", "MCFG", "RSDT", "XSDT")]
    public void Puts_the_tables_of_the_board_into_memory(string board, string product, params string[] names)
    {
        using var vm = Start(null, board: board);
        WaitFor(vm, "No bootable device");
        vm.Pause();
        var tables = AcpiReader.Read(vm.Machine.Memory);
        Assert.Equal(names, tables.Keys.Order(StringComparer.Ordinal));
        var segment = new byte[0x10000];
        Assert.True(vm.Machine.Memory.TryRead(new GuestAddress(0xf0000), segment));
        var anchor = segment.AsSpan(segment.AsSpan().LastIndexOf("_SM_"u8));
        Assert.Equal(0, (byte)anchor[..31].ToArray().Sum(b => b));
        var structures = new byte[BitConverter.ToUInt16(anchor[22..])];
        Assert.True(vm.Machine.Memory.TryRead(new GuestAddress(BitConverter.ToUInt32(anchor[24..])), structures));
        Assert.Contains(product, Encoding.ASCII.GetString(structures), StringComparison.Ordinal);
    }

    private static Vm Start(string? device, IDisk? disk = null, IConsole? serial = null, int cpus = 1, string board = "pc")
    {
        var configuration = new MachineConfiguration
        {
            Board = board,
            Firmware = TestNeeds.SeaBios,
            MemoryBytes = 64 << 20,
            Cpus = cpus,
            IsHeadless = serial is not null,
            SerialLines = serial is null ? [] : [serial],
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
