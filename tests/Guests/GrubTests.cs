using Mimus.Boards;
using Mimus.Core.Backends;
using Mimus.TestSupport;

namespace Mimus.Guests.Tests;

/// <summary>GRUB on a disk, which firmware starts: its menu, and Linux from it.</summary>
public sealed class GrubTests
{
    private const int Patience = 1200;

    [TheoryNeeding(Need.GrubDisk, Need.SeaBios)]
    [InlineData("pc", "ide-hd")]
    [InlineData("q35", "virtio-blk-pci")]
    public void It_shows_its_menu_and_starts_Linux(string board, string disk) => StartLinux(TestNeeds.SeaBios, board, disk);

    [FactNeeding(Need.GrubDisk, Need.Ovmf)]
    public void It_does_so_under_UEFI()
    {
        var output = StartLinux(TestNeeds.OvmfWhole, "q35", "virtio-blk-pci");
        Assert.Contains("efi: EFI v2.7", output, StringComparison.Ordinal);
    }

    private static string StartLinux(string firmware, string board, string disk)
    {
        using var guest = new Guest(new MachineConfiguration
        {
            Board = board,
            MemoryBytes = 512 << 20,
            Firmware = firmware,
            IsHeadless = true,
            Disks = new Dictionary<string, IDisk> { ["disk"] = new MemoryDisk(File.ReadAllBytes(TestNeeds.GrubDisk)) },
            Devices = [new DeviceRequest(disk, new Dictionary<string, string> { ["drive"] = "disk" })],
        });
        guest.Vm.Resume();
        var at = guest.Console.WaitFor("GNU GRUB", seconds: Patience);
        guest.Console.WaitFor("*Linux of the tests", at, Patience);
        guest.Console.WaitFor("Another", at, Patience);
        guest.Console.Type("\r");
        Assert.Equal(0, guest.WaitForEnd(Patience));
        Assert.Contains("MARK sh", guest.Console.Output, StringComparison.Ordinal);
        return guest.Console.Output;
    }
}
