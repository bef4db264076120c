using System.Diagnostics;
using System.Text;
using Mimus.Cli.Tests.Support;
using Mimus.TestSupport;

namespace Mimus.Cli.Tests;

/// <summary>Command lines for PCs that other projects use, to the letter, with small guests of the kind that they start: on Mimus, and the same on QEMU.</summary>
public sealed class PcGuestTests : IDisposable
{
    private const string Xv6 = "-nographic -drive file=fs.img,index=1,media=disk,format=raw -drive file=xv6.img,index=0,media=disk,format=raw -smp 2 -m 512";
    private const string Xv6WithMonitor = "-serial mon:stdio -drive file=fs.img,index=1,media=disk,format=raw -drive file=xv6.img,index=0,media=disk,format=raw -smp 2 -m 512";
    private const string Diskette = "-drive file=X,format=raw,if=floppy,snapshot=on -boot a";
    private const string Flat = "--no-reboot -nodefaults -device isa-debug-exit,iobase=0xf4,iosize=0x4 -display none -serial stdio -kernel X.flat";
    private const string Rom = "-M pc -cpu 486 -m 16 -bios FILE -display none -serial none -debugcon file:post.out";

    private const int DiskBytes = 1 << 20, DisketteBytes = 1_474_560, Patience = 120_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-test-").FullName;

    public PcGuestTests()
    {
        Write("fs.img", Encoding.ASCII.GetBytes("text of the second disk\r\n\0"), DiskBytes);
        Write("xv6.img", Guest("sector"), DiskBytes);
        Write("X", Guest("sector"), DisketteBytes);
        Write("X.flat", Guest("flat"), 0);
        Write("FILE", Guest("rom"), 0);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Xv6)]
    [InlineData(Xv6 + " -bios mimus")]
    [InlineData(Xv6WithMonitor)]
    public void Xv6_on_Mimus(string line) => CheckXv6(Mimus, line);

    [TheoryNeeding(Need.QemuX64)]
    [InlineData(Xv6)]
    [InlineData(Xv6WithMonitor + " -display none")] // there is no window here
    public void Xv6_on_QEMU(string line) => CheckXv6(TestNeeds.QemuX64, line);

    [Theory]
    [InlineData(Diskette)]
    [InlineData(Diskette + " -bios mimus")]
    public void A_diskette_on_Mimus(string line) => CheckDiskette(Mimus, line);

    [FactNeeding(Need.QemuX64)]
    public void A_diskette_on_QEMU() => CheckDiskette(TestNeeds.QemuX64, Diskette + " -display none -serial stdio");

    [Fact]
    public void Kvm_unit_tests_on_Mimus() => CheckFlat(Mimus);

    [FactNeeding(Need.QemuX64)]
    public void Kvm_unit_tests_on_QEMU() => CheckFlat(TestNeeds.QemuX64);

    /// <summary>The ROM never touches a local APIC; QEMU passes the 8259s' interrupts to a processor that has one only once firmware arranges it, or on KVM.</summary>
    [Theory]
    [InlineData(Rom)]
    [InlineData("-M pc -m 16 -bios FILE -display none -serial none -debugcon file:post.out")]
    public void A_ROM_on_Mimus(string line) => CheckRom(Mimus, line);

    [FactNeeding(Need.QemuX64)]
    public void A_ROM_on_QEMU() => CheckRom(TestNeeds.QemuX64, Rom);

    [Theory]
    [InlineData("pc")]
    [InlineData("q35")]
    [InlineData("pc -cpu pentium3")]
    [InlineData("q35 -accel interp")]
    public void System_management_mode_on_Mimus(string board) => CheckManagement(Mimus, board);

    /// <summary>QEMU's 440FX has no lock.</summary>
    [FactNeeding(Need.QemuX64)]
    public void System_management_mode_on_QEMU() => CheckManagement(TestNeeds.QemuX64, "q35 -vga std");

    private static string Mimus => typeof(Failures).Assembly.Location;

    private void CheckXv6(string program, string line)
    {
        var (status, output, _) = Run(program, line);
        Assert.Equal(0, status);
        // QEMU's firmware moves its cursor in between.
        Assert.Contains("text of the second disk", output, StringComparison.Ordinal);
        Assert.Contains("processors: 2", output, StringComparison.Ordinal);
    }

    private void CheckDiskette(string program, string line)
    {
        var (status, output, errors) = Run(program, line);
        Assert.Equal((0, ""), (status, errors));
        Assert.Contains("written to the diskette and read\r\nprocessors: 1\r\n", output, StringComparison.Ordinal);
        // The snapshot has taken what was written.
        Assert.Equal(Guest("sector"), File.ReadAllBytes(Path.Combine(_folder, "X"))[..512]);
        Assert.All(File.ReadAllBytes(Path.Combine(_folder, "X"))[512..1024], b => Assert.Equal(0, b));
    }

    private void CheckFlat(string program) => Assert.Equal((0x21 << 1 | 1, "flat kernel\n", ""), Run(program, Flat));

    private void CheckManagement(string program, string board)
    {
        var kernel = Path.Combine(TestNeeds.Repository, "guests", "smm", "smm.bin");
        var line = $"-M {board} -nodefaults -device isa-debug-exit,iobase=0xf4,iosize=0x4 -display none -serial stdio -kernel {kernel}";
        Assert.Equal((0x21 << 1 | 1, "system management mode is right\n", ""), Run(program, line));
    }

    private void CheckRom(string program, string line)
    {
        Assert.Equal((0, "", ""), Run(program, line));
        Assert.StartsWith("POST\n...", File.ReadAllText(Path.Combine(_folder, "post.out")), StringComparison.Ordinal);
        Assert.EndsWith("\nthree ticks\n", File.ReadAllText(Path.Combine(_folder, "post.out")), StringComparison.Ordinal);
    }

    private (int Status, string Output, string Errors) Run(string program, string line)
    {
        var isOurs = program == Mimus;
        var start = new ProcessStartInfo(isOurs ? "dotnet" : program, [.. isOurs ? ["exec", program, "--as=system-x86_64"] : Array.Empty<string>(), .. CommandLine.Words(line)])
        {
            WorkingDirectory = _folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"it did not end; it said: {output.Result} {errors.Result}");
        }
        return (process.ExitCode, output.Result, errors.Result);
    }

    private static byte[] Guest(string name) => File.ReadAllBytes(Path.Combine(TestNeeds.Repository, "guests", "lines", name + ".bin"));

    private void Write(string name, byte[] data, int length)
    {
        var file = new byte[Math.Max(length, data.Length)];
        data.CopyTo(file, 0);
        File.WriteAllBytes(Path.Combine(_folder, name), file);
    }
}
