using System.Diagnostics;
using Mimus.Cli.Tests.Support;
using Mimus.Storage.Formats;

namespace Mimus.Cli.Tests;

/// <summary>Bad input: exit status 1, and one sentence that says what to do.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("-kernel /nowhere/k", "kernel '/nowhere/k' does not exist; check the path")]
    [InlineData("-initrd i", "needs a kernel")]
    [InlineData("-bios /nowhere/b", "firmware '/nowhere/b' does not exist")]
    [InlineData("-dtb /nowhere/t", "device tree '/nowhere/t' does not exist")]
    [InlineData("-device loader,file=/nowhere/l,addr=0x80000000", "'/nowhere/l' does not exist")]
    [InlineData("-drive file=/nowhere/d", "'/nowhere/d' does not exist")]
    [InlineData("-icount 11", "'shift' must be auto or a number from 0 to 10, not '11'")]
    [InlineData("-icount shift=fast", "not 'fast'")]
    [InlineData("-icount 3,sleep=maybe", "'sleep' must be on or off")]
    [InlineData("-icount 3,align=on", "align=on is not possible")]
    [InlineData("-icount 3,rr=record,rrfile=r", "rr=record is not possible")]
    [InlineData("-icount 3,slep=off", "did you mean 'sleep'?")]
    [InlineData("-seed x", "'x' is not a number")]
    [InlineData("-m 0", "-m")]
    [InlineData("-m lots", "'lots' is not a size")]
    [InlineData("-m 16777215T", "ask for less memory")]
    [InlineData("-smp 0", "1 to 512 processors, not 0")]
    [InlineData("-smp 10000", "1 to 512 processors, not 10000")]
    [InlineData("-smp x", "'cpus' must be a whole number")]
    [InlineData("-smp 4,maxcpus=2", "maxcpus=2")]
    [InlineData("-machine vrit", "did you mean 'virt'?")]
    [InlineData("-machine virt,aceel=tcg", "did you mean 'accel'?")]
    [InlineData("-cpu rv46", "did you mean 'rv64'?")]
    [InlineData("-cpu rv64,zbq=on", "no property 'zbq'")]
    [InlineData("-accel tgc", "did you mean 'tcg'?")]
    [InlineData("-device virtio-blk-devise", "did you mean 'virtio-blk-device'?")]
    [InlineData("-device virtio-rng-device,max-byte=1", "did you mean 'max-bytes'?")]
    [InlineData("-device virtio-blk-device", "needs drive=ID")]
    [InlineData("-device virtio-blk-device,drive=nope", "'nope', which does not exist")]
    [InlineData("-device virtio-rng-device,bus=pcie.0", "no bus 'pcie.0'")]
    [InlineData("-device virtconsole,chardev=x", "virtio-serial-device")]
    [InlineData("-global virtio-mmio.force-legcy=off", "did you mean 'force-legacy'?")]
    [InlineData("-global nonsense", "DRIVER.PROPERTY=VALUE")]
    [InlineData("-kernal x", "did you mean '-kernel'?")]
    [InlineData("-nographics", "did you mean '-nographic'?")]
    [InlineData("-drive file=x,fromat=raw", "did you mean 'format'?")]
    [InlineData("-serial stdo", "did you mean 'stdio'?")]
    [InlineData("-serial chardev:nope", "no character device 'nope'")]
    [InlineData("-serial file:/nowhere/f", "cannot write console output to '/nowhere/f'")]
    [InlineData("-chardev stdio,id=a -chardev stdio,id=a", "given twice")]
    [InlineData("-d gest_errors", "did you mean 'guest_errors'?")]
    [InlineData("-echr 99", "from 1 (Ctrl-A)")]
    [InlineData("-kernel", "needs an argument")]
    [InlineData("-blockdev driver=raw,node-name=a,file=b -blockdev driver=raw,node-name=b,file=a -device virtio-blk-device,drive=a", "below itself")]
    public void Is_refused_by_a_sentence(string line, string expected)
    {
        // What is checked last stands alone, without the words that the helper appends.
        var sentence = line == "-kernel" ? Failures.Sentence(Record.Exception(() => CommandLine.Plan(line))!) : CommandLine.Refusal(line);
        Assert.Contains(expected, sentence, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
    }

    [Fact]
    public void Files_that_are_not_what_they_should_be()
    {
        var elf = File.ReadAllBytes(Path.Combine(TestSupport.TestNeeds.Repository, "guests", "demo", "demo.elf"));
        var foreign = (byte[])elf.Clone();
        foreign[18] = 62;
        Assert.Contains("another machine", CommandLine.Refusal($"-kernel {Write("foreign", foreign)}"), StringComparison.Ordinal);
        Assert.Contains("cut short", CommandLine.Refusal($"-kernel {Write("short", elf[..60])}"), StringComparison.Ordinal);
        Assert.Contains("cut short", CommandLine.Refusal($"-kernel {Write("half", elf[..(elf.Length / 2)])}"), StringComparison.Ordinal);
        Assert.Contains("is empty", CommandLine.Refusal($"-kernel {Write("empty", [])}"), StringComparison.Ordinal);
        Assert.Contains("does not fit in memory", CommandLine.Refusal($"-m 8M -kernel {Write("big", new byte[9 << 20])}"), StringComparison.Ordinal);
        Assert.Contains("not a usable device tree", CommandLine.Refusal($"-dtb {Write("tree", new byte[100])}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_another_process_uses()
    {
        var path = Write("disk", new byte[4096]);
        var holder = RawDisk.Open(path, readOnly: false);
        // Locks belong to open files, so this process stands for another one.
        Assert.Contains("another process", CommandLine.Refusal($"-drive file={path}"), StringComparison.Ordinal);
        await holder.DisposeAsync();
    }

    [Theory]
    [InlineData("-kernel /nowhere/k", "mimus-system-riscv64: kernel '/nowhere/k' does not exist; check the path\n")]
    [InlineData("-gdb tcp:nonsense", null)]
    [InlineData("-wrong", "mimus-system-riscv64: there is no option '-wrong'; '-help' lists all\n")]
    [InlineData("-loadvm /nowhere/s", "mimus-system-riscv64: snapshot '/nowhere/s' does not exist; check the path\n")]
    public async Task The_process_says_one_line_and_ends_with_status_1(string line, string? expected)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(Failures).Assembly.Location, "--as=system-riscv64", .. CommandLine.Words(line)])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal((1, ""), (process.ExitCode, output));
        Assert.Equal(expected ?? errors, errors);
        Assert.Matches("^mimus-system-riscv64: [^\n]{20,}\n$", errors);
    }

    private string Write(string name, byte[] data)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, data);
        return path;
    }
}
