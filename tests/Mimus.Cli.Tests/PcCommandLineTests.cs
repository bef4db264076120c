using System.Text.RegularExpressions;
using System.Diagnostics;
using Mimus.Cli.Running;
using Mimus.Cli.Tests.Support;
using Mimus.TestSupport;

namespace Mimus.Cli.Tests;

/// <summary>QEMU's command lines for PCs: what other projects use, and what is wrong with others.</summary>
public sealed class PcCommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Xv6()
    {
        var plan = Plan("-nographic -drive file=fs.img,index=1,media=disk,format=raw -drive file=xv6.img,index=0,media=disk,format=raw -smp 2 -m 512");
        Assert.Equal(("pc", 2, 512ul << 20), (plan.Machine.Board, plan.Machine.Cpus, plan.Machine.MemoryBytes));
        Assert.Equal(["ide-hd fs.img ide.0 1", "ide-hd xv6.img ide.0 0"], Drives(plan));
        Assert.Empty(plan.Warnings);
    }

    [Fact]
    public void A_diskette_to_start_from()
    {
        var plan = Plan("-drive file=X,format=raw,if=floppy,snapshot=on -boot a");
        Assert.Equal(["floppy X  0"], Drives(plan));
        Assert.True(Assert.Single(plan.Disks).IsTemporary);
        Assert.Equal("a", plan.Machine.BootOrder);
    }

    [Fact]
    public void Kvm_unit_tests()
    {
        var plan = Plan("--no-reboot -nodefaults -device isa-debug-exit,iobase=0xf4,iosize=0x4 -display none -serial stdio -kernel X.flat");
        Assert.Equal("isa-debug-exit", Assert.Single(plan.Machine.Devices).Type);
        Assert.Equal((true, "X.flat"), (plan.StopsOnReset, plan.Machine.KernelPath));
        Assert.Single(plan.SerialLines);
        Assert.Empty(plan.Monitors);
        Assert.Contains("kvm-pit", Assert.Single(Plan("-global kvm-pit.lost_tick_policy=discard").Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Post_cards()
    {
        var plan = Plan("-M pc -cpu 486 -m 16 -bios FILE -display none -serial none -debugcon file:post.out");
        Assert.Equal(("486", "FILE", 16ul << 20), (plan.Machine.CpuModel, plan.Machine.Firmware, plan.Machine.MemoryBytes));
        var device = Assert.Single(plan.Machine.Devices);
        var console = Assert.Single(plan.Consoles, c => c.Id == device.Properties["chardev"]);
        Assert.Equal(("isa-debugcon", ConsoleKind.File, "post.out"), (device.Type, console.Kind, console.Path));
    }

    [Theory]
    [InlineData("-hda a -hdb b -cdrom c", "ide-hd a ide.0 0; ide-hd b ide.0 1; ide-cd c ide.1 0")]
    [InlineData("a.img", "ide-hd a.img ide.0 0")]
    [InlineData("-fda a -fdb b", "floppy a  0; floppy b  1")]
    [InlineData("-drive file=a,format=raw -drive file=b", "ide-hd a ide.0 0; ide-hd b ide.0 1")]
    [InlineData("-drive file=a,if=ide,bus=1,unit=1", "ide-hd a ide.1 1")]
    [InlineData("-drive file=a,media=cdrom -drive file=b", "ide-cd a ide.1 0; ide-hd b ide.0 0")]
    [InlineData("-drive file=a,if=virtio -drive file=b,if=virtio", "virtio-blk-pci a  ; virtio-blk-pci b  ")]
    [InlineData("-drive file=a,if=none,id=x -device ide-hd,drive=x,bus=ide.1", "ide-hd a ide.1 ")]
    public void Drives_have_the_places_that_they_have_in_QEMU(string line, string expected) => Assert.Equal(expected.Split("; "), Drives(Plan(line)));

    [Theory]
    [InlineData("x86_64", "qemu64")]
    [InlineData("i386", "pentium3")]
    public void The_programs_name_decides_the_processor(string architecture, string model) =>
        Assert.Equal(model, CommandLine.Plan("", architecture).Machine.CpuModel);

    [Theory]
    [InlineData("pc-i440fx-10.0", "pc")]
    [InlineData("pc-i440fx-2.12", "pc")]
    [InlineData("pc-q35-8.2", "q35")]
    public void Names_with_versions_are_the_same_boards(string name, string board) => Assert.Equal(board, Plan($"-M {name}").Machine.Board);

    [FactNeeding(Need.QemuX64)]
    public void The_names_are_those_of_QEMU()
    {
        using var qemu = Process.Start(new ProcessStartInfo(TestNeeds.QemuX64, ["-M", "help"]) { RedirectStandardOutput = true })!;
        Assert.Equal(PcNames(qemu.StandardOutput.ReadToEnd()), PcNames(CommandLine.Request("-M help", CommandLine.X64).Answer!));
    }

    [Theory]
    [InlineData("-machine help", "pc                   Standard PC")]
    [InlineData("-cpu help", "  qemu64\n")]
    public void Lists_are_those_of_the_architecture(string line, string expected) =>
        Assert.Contains(expected, CommandLine.Request(line, CommandLine.X64).Answer, StringComparison.Ordinal);

    [Theory]
    [InlineData("-M virt", "no machine 'virt'")]
    [InlineData("-M pc-i440fx-1.0", "no machine 'pc-i440fx-1.0'")]
    [InlineData("-bios /nowhere/b", "firmware '/nowhere/b' does not exist")]
    [InlineData("-bios none", "has nothing to start")]
    [InlineData("-bios BYTES1000", "a multiple of 64 KiB")]
    [InlineData("-kernel /nowhere/k", "kernel '/nowhere/k' does not exist")]
    [InlineData("-kernel BYTES1000", "is none that a PC can start")]
    [InlineData("-kernel EMPTY", "is none that a PC can start")]
    [InlineData("-kernel DEMO", "another machine")]
    [InlineData("-kernel BZ", "is cut short")]
    [InlineData("-initrd i -bios BIOS", "needs a kernel")]
    [InlineData("-cpu pentium9 -bios BIOS", "no processor model 'pentium9'")]
    [InlineData("-cpu qemu64,+avx1024 -bios BIOS", "no processor feature 'avx1024'")]
    [InlineData("-smp 1000 -bios BIOS", "processors, not 1000")]
    [InlineData("-m 1 -bios BIOS", "2 MiB")]
    [InlineData("-boot x -bios BIOS", "boot order 'x' has 'x'")]
    [InlineData("-smbios type=1,seriol=5 -bios BIOS", "did you mean 'serial'?")]
    [InlineData("-smbios type=9,x=5 -bios BIOS", "type=9 cannot be changed")]
    [InlineData("-uuid 5 -bios BIOS", "'5' is no UUID")]
    [InlineData("-drive file=DISK,index=0 -drive file=DISK,index=0", "want index 0 of if=ide")]
    [InlineData("-drive file=DISK,index=4", "index 4 is not there")]
    [InlineData("-drive file=DISK,if=scsi", "machine 'pc' has ide, floppy, virtio, pflash and none")]
    [InlineData("-device virtio-rng-device -bios BIOS", "needs a bus of kind virtio-bus")]
    [InlineData("-device virtio-rng-pci,addr=1 -bios BIOS", "two devices want addr=1.0")]
    [InlineData("-device virtio-rng-pci,addr=20 -bios BIOS", "is no place on a PCI bus")]
    [InlineData("-device virtio-rng-pci,bus=pcie.0 -bios BIOS", "no bus 'pcie.0'")]
    [InlineData("-device isa-debug-exit,iobase=0x60 -bios BIOS", "'keyboard' is at port 0x60")]
    [InlineData("-device isa-debug-exit -device isa-debug-exit -bios BIOS", "is at port 0x501")]
    [InlineData("-device isa-debug-exit,iobase=0xffff,iosize=4 -bios BIOS", "the ports end")]
    [InlineData("-device pc-testdev -bios BIOS", "no device 'pc-testdev'")]
    [InlineData("-device loader,file=DISK,addr=0 -bios BIOS", "leave '-device loader' out")]
    public void Is_refused_by_a_sentence(string line, string expected)
    {
        // In one pass: the folder's own name, made at random, may have such a name in it.
        var files = Files().ToDictionary(f => f.Name, f => f.Contents);
        line = Regex.Replace(line, "[A-Z][A-Z0-9]+", m => files.TryGetValue(m.Value, out var contents) ? Write(m.Value, contents) : m.Value);
        var sentence = CommandLine.Refusal(line, CommandLine.X64);
        Assert.Contains(expected, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
    }

    private static IEnumerable<(string Name, byte[] Contents)> Files()
    {
        yield return ("BYTES1000", new byte[1000]);
        yield return ("EMPTY", []);
        yield return ("BIOS", new byte[64 << 10]);
        yield return ("DISK", new byte[1 << 20]);
        yield return ("DEMO", File.ReadAllBytes(Path.Combine(TestSupport.TestNeeds.Repository, "guests", "demo", "demo.elf")));
        var linux = new byte[4096];
        "HdrS"u8.CopyTo(linux.AsSpan(0x202));
        (linux[0x1fe], linux[0x1ff], linux[0x206], linux[0x207], linux[0x211], linux[0x1f5]) = (0x55, 0xaa, 0x0f, 0x02, 1, 0x10);
        yield return ("BZ", linux);
    }

    private static IEnumerable<string> PcNames(string list) => list.Split('\n').Select(line => line.Split(' ')[0]).Where(name => name.StartsWith("pc", StringComparison.Ordinal)).Order();

    private static RunPlan Plan(string line) => CommandLine.Plan(line, CommandLine.X64);

    private static IEnumerable<string> Drives(RunPlan plan) => plan.Machine.Devices.Select(d =>
        $"{d.Type} {plan.Disks.Single(p => p.Id == d.Properties["drive"]).Path} {d.Properties.GetValueOrDefault("bus")} {d.Properties.GetValueOrDefault("unit")}");

    private string Write(string name, byte[] data)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, data);
        return path;
    }
}
