using Mimus.Boards;
using Mimus.Core.Backends;
using Mimus.TestSupport;
using Mimus.Translation.Evaluator;

namespace Mimus.Guests.Tests;

/// <summary>Debian's UEFI firmware comes to its shell, from flash and from a ROM.</summary>
public sealed class OvmfTests
{
    private const int Patience = 600;

    [TheoryNeeding(Need.Ovmf)]
    [InlineData("q35")]
    [InlineData("pc")]
    public void What_its_shell_sets_is_there_after_the_machine_was_off(string board)
    {
        var settings = File.ReadAllBytes(TestNeeds.OvmfSettings);
        TalkToShell(InFlash(board, settings), "set Greeting MimusWasHere");
        Assert.NotEqual(File.ReadAllBytes(TestNeeds.OvmfSettings), settings);
        Assert.Contains("MimusWasHere", TalkToShell(InFlash(board, settings), "set"), StringComparison.Ordinal);
    }

    [FactNeeding(Need.Ovmf)]
    public void It_comes_to_its_shell_from_a_rom_and_sees_a_disk()
    {
        var output = TalkToShell(Machine("q35") with
        {
            Firmware = TestNeeds.OvmfWhole,
            Disks = new Dictionary<string, IDisk> { ["disk"] = new MemoryDisk(new byte[1 << 20]) },
            Devices = [new DeviceRequest("virtio-blk-pci", new Dictionary<string, string> { ["drive"] = "disk" })],
        }, "map -r");
        Assert.Contains("BLK0", output, StringComparison.Ordinal);
        Assert.Contains("PciRoot(0x0)/Pci(0x2,0x0)", output, StringComparison.Ordinal);
    }

    private static string TalkToShell(MachineConfiguration configuration, string command)
    {
        using var guest = new Guest(configuration, new VmOptions { Accelerator = () => new EvaluatorAccelerator() });
        guest.Vm.Resume();
        var at = guest.Console.WaitFor("any other key to continue", seconds: Patience);
        guest.Console.Type(" ");
        at = guest.Console.WaitFor("Shell> ", at, Patience);
        guest.Console.Type(command + "\r");
        guest.Console.WaitFor("Shell> ", at, Patience);
        guest.Console.Type("reset -s\r");
        Assert.Equal(0, guest.WaitForEnd(Patience));
        return guest.Console.Output;
    }

    private static MachineConfiguration InFlash(string board, byte[] settings) => Machine(board) with
    {
        Disks = new Dictionary<string, IDisk>
        {
            ["code"] = new MemoryDisk(File.ReadAllBytes(TestNeeds.OvmfCode)) { IsReadOnly = true },
            ["settings"] = new MemoryDisk(settings),
        },
        Devices =
        [
            new DeviceRequest("pflash", new Dictionary<string, string> { ["drive"] = "code", ["unit"] = "0" }),
            new DeviceRequest("pflash", new Dictionary<string, string> { ["drive"] = "settings", ["unit"] = "1" }),
        ],
    };

    private static MachineConfiguration Machine(string board) => new() { Board = board, MemoryBytes = 256 << 20, IsHeadless = true };
}
