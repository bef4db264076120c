using Mimus.Boards;
using Mimus.Core.Backends;
using Mimus.TestSupport;

namespace Mimus.Guests.Tests;

/// <summary>Debian's Linux for PCs, started without firmware: it boots, works and powers off.</summary>
public sealed class PcLinuxTests
{
    private const string Arguments = "console=ttyS0 panic=-1";

    // On the evaluator a boot is minutes of work.
    private const int Patience = 1200;

    [TheoryNeeding(Need.X64Linux)]
    [InlineData("pc", "qemu64", 1)]
    [InlineData("pc", "max", 1)]
    [InlineData("pc", "qemu64", 2)]
    [InlineData("q35", "qemu64", 1)]
    [InlineData("q35", "qemu64", 2)]
    [InlineData("microvm", "qemu64", 1)]
    [InlineData("microvm", "qemu64", 2)]
    public void It_runs_to_its_end(string board, string model, int cpus)
    {
        var output = LinuxTests.RunToMark(X64() with { Board = board, CpuModel = model, Cpus = cpus }, cpus, seconds: Patience);
        foreach (var trouble in (string[])["BUG:", "Oops", "ACPI Error", "ACPI BIOS", "conflict", "nobody cared"]) Assert.DoesNotContain(trouble, output, StringComparison.Ordinal);
    }

    [FactNeeding(Need.X86Linux)]
    public void It_runs_to_its_end_on_a_processor_of_32_bits() =>
        LinuxTests.RunToMark(X64() with { CpuModel = "pentium3", KernelPath = TestNeeds.X86LinuxImage, InitrdPath = TestNeeds.X86Initramfs }, 1, seconds: Patience);

    [FactNeeding(Need.X64Linux)]
    public void A_shell_can_be_talked_to_and_survives_a_snapshot() =>
        LinuxTests.TalkAndResume(X64() with { CommandLine = Arguments + " quiet shell" }, running: true);

    /// <summary>The kernel places the windows and routes the interrupts of devices by what ACPI says.</summary>
    [FactNeeding(Need.X64Linux)]
    public void It_finds_the_devices_that_were_asked_for()
    {
        using var guest = new Guest(X64() with
        {
            CommandLine = Arguments + " quiet shell",
            Disks = new Dictionary<string, IDisk> { ["a"] = new MemoryDisk(new byte[1 << 20]), ["b"] = new MemoryDisk(new byte[1 << 20]) },
            Devices =
            [
                new DeviceRequest("virtio-blk-pci", new Dictionary<string, string> { ["drive"] = "a", ["addr"] = "5" }),
                new DeviceRequest("virtio-serial-pci", new Dictionary<string, string> { ["addr"] = "6" }), // its driver is in the kernel
                new DeviceRequest("virtio-rng-pci", new Dictionary<string, string> { ["disable-legacy"] = "on" }),
                new DeviceRequest("ide-hd", new Dictionary<string, string> { ["drive"] = "b" }),
            ],
        });
        guest.Vm.Resume();
        guest.Console.WaitFor("# ");
        ListPciDevices(guest, "$(cat $d/vendor $d/device $d/irq)");
        Assert.Contains("is 0000:00:05.0 0x1af4 0x1001 10", guest.Console.Output, StringComparison.Ordinal);
        Assert.Contains("is 0000:00:03.0 0x1af4 0x1044 11", guest.Console.Output, StringComparison.Ordinal);
        Assert.Contains("is 0000:00:01.3 0x8086 0x7113 9", guest.Console.Output, StringComparison.Ordinal);
        guest.Console.Type("cat /sys/class/dmi/id/product_name; cat /proc/interrupts; poweroff -f\n");
        Assert.Equal(0, guest.WaitForEnd());
        Assert.Contains("Standard PC (i440FX + PIIX, 1996)", guest.Console.Output, StringComparison.Ordinal);
        Assert.Contains("PCI-MSIX-0000:00:06.0", guest.Console.Output, StringComparison.Ordinal);
    }

    /// <summary>Configuration spaces are in memory, and the chip set's own slots have other interrupts than the others.</summary>
    [FactNeeding(Need.X64Linux)]
    public void It_finds_the_devices_of_a_q35()
    {
        using var guest = new Guest(X64() with
        {
            Board = "q35",
            CommandLine = Arguments + " shell",
            Devices =
            [
                new DeviceRequest("virtio-rng-pci", new Dictionary<string, string>()),
                new DeviceRequest("virtio-serial-pci", new Dictionary<string, string> { ["addr"] = "6" }), // its driver is in the kernel
            ],
        });
        guest.Vm.Resume();
        guest.Console.WaitFor("# ");
        Assert.Contains("ECAM [mem 0xb0000000-0xbfffffff]", guest.Console.Output, StringComparison.Ordinal);
        ListPciDevices(guest, "$(cat $d/vendor $d/device $d/irq) $(wc -c < $d/config)");
        Assert.Contains("is 0000:00:02.0 0x1af4 0x1005 11", guest.Console.Output, StringComparison.Ordinal);
        Assert.Contains("is 0000:00:06.0 0x1af4 0x1003 ", guest.Console.Output, StringComparison.Ordinal);
        Assert.Contains("is 0000:00:1f.0 0x8086 0x2918 0", guest.Console.Output, StringComparison.Ordinal);
        guest.Console.Type("cat /proc/interrupts; poweroff -f\n");
        Assert.Equal(0, guest.WaitForEnd());
        Assert.Contains("PCI-MSIX-0000:00:06.0", guest.Console.Output, StringComparison.Ordinal);
    }

    /// <summary>Without timers and 8259s of old, what ACPI and the local APIC say is enough.</summary>
    [FactNeeding(Need.X64Linux)]
    public void A_microvm_needs_hardly_anything_and_has_its_virtio_devices()
    {
        using var guest = new Guest(X64() with
        {
            Board = "microvm",
            CommandLine = Arguments + " quiet shell",
            Switches = new Dictionary<string, bool> { ["pic"] = false, ["pit"] = false, ["rtc"] = false },
            Devices = [new DeviceRequest("virtio-rng-device", new Dictionary<string, string> { ["bus"] = "virtio-mmio-bus.3" })],
        });
        guest.Vm.Resume();
        guest.Console.WaitFor("# ");
        guest.Console.Type("cat /sys/bus/acpi/devices/LNRO0005:*/uid /sys/bus/platform/devices/LNRO0005:*/resource; head -1 /proc/iomem; grep -c XT-PIC /proc/interrupts; grep 'LNRO0005' /proc/iomem; poweroff -f\n");
        Assert.Equal(0, guest.WaitForEnd());
        Assert.Contains("feb00600-feb007ff : LNRO0005:00", guest.Console.Output, StringComparison.Ordinal);
        Assert.Contains("\r\n0\r\n", guest.Console.Output, StringComparison.Ordinal);
    }

    /// <summary>Where ACPI does not tell of transports, the command line does, and a triple fault is the end.</summary>
    [FactNeeding(Need.X64Linux)]
    public void A_microvm_without_acpi_ends_by_a_triple_fault()
    {
        using var guest = new Guest(X64() with
        {
            Board = "microvm",
            CommandLine = Arguments + " reboot=t quiet shell",
            Switches = new Dictionary<string, bool> { ["acpi"] = false },
            Devices = [new DeviceRequest("virtio-rng-device", new Dictionary<string, string>())],
        }, new VmOptions { StopOnReset = true });
        guest.Vm.Resume();
        guest.Console.WaitFor("# ");
        guest.Console.Type("cat /proc/cmdline; reboot -f\n");
        Assert.Equal(0, guest.WaitForEnd());
        Assert.Contains(" virtio_mmio.device=512@0xfeb00e00:12", guest.Console.Output, StringComparison.Ordinal);
    }

    /// <summary>Has the guest's shell say of each device where it is and what it is.</summary>
    private static void ListPciDevices(Guest guest, string what)
    {
        guest.Console.Type($"cd /sys/bus/pci/devices; for d in *; do echo is $d {what}; done; echo all of\\ them\n");
        guest.Console.WaitFor("all of them\r\n");
    }

    private static MachineConfiguration X64() => new()
    {
        Board = "pc",
        MemoryBytes = 512 << 20,
        KernelPath = TestNeeds.X64LinuxImage,
        InitrdPath = TestNeeds.X64Initramfs,
        CommandLine = Arguments,
    };
}
