using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Mimus.TestSupport;

namespace Mimus.Cli.Tests;

/// <summary>Linux writes to a qcow2 overlay and its machine is killed: QEMU finds the image in order, with all that was flushed.</summary>
public sealed partial class KilledGuestTests : IDisposable
{
    private const int Chunk = 64 << 10, Chunks = 256;

    // Each chunk has lines that tell when it was written; the steps go all over the disk.
    private const string Work = "for m in virtio_mmio virtio_blk; do insmod /modules/$m.ko; done; i=0; while [ $i -lt 250 ]; do "
        + "yes \"line $i\" | head -c 65536 | dd of=/dev/vda bs=64k seek=$((i*7%256)) iflag=fullblock conv=notrunc,fsync 2>/dev/null && echo flushed $i; i=$((i+1)); done\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-killed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [FactNeeding(Need.RiscVLinux, Need.DiskModules, Need.QemuImg)]
    public async Task What_the_guest_has_flushed_is_there_after_its_machine_is_killed()
    {
        var random = new Random(TestSeed.Value);
        var below = new byte[Chunk * Chunks];
        random.NextBytes(below);
        await File.WriteAllBytesAsync(At("below.raw"), below);
        QemuImg("create", "-q", "-f", "qcow2", "-b", "below.raw", "-F", "raw", At("top.qcow2"));
        await File.WriteAllBytesAsync(At("initramfs"), Initramfs());

        var last = await RunAndKillAsync(flushes: random.Next(5, 40), delay: TimeSpan.FromMilliseconds(random.Next(50)));

        QemuImg("check", At("top.qcow2"));
        QemuImg("convert", "-O", "raw", At("top.qcow2"), At("top.raw"));
        Assert.Equal(below, await File.ReadAllBytesAsync(At("below.raw")));
        var disk = await File.ReadAllBytesAsync(At("top.raw"));
        for (var i = 0; i < Chunks; i++)
        {
            if (i == last + 1) continue; // it may have been under way
            var range = new Range(i * 7 % Chunks * Chunk, ((i * 7 % Chunks) + 1) * Chunk);
            var expected = i <= last ? Lines(i) : below.AsSpan(range);
            Assert.True(disk.AsSpan(range).SequenceEqual(expected), $"chunk {i} of those up to {last} is something else");
        }
    }

    [GeneratedRegex(@"flushed (\d+)\r?\n")]
    private static partial Regex Flushed();

    /// <summary>Kills the machine after some flushes; the last one that the guest has told of.</summary>
    private async Task<int> RunAndKillAsync(int flushes, TimeSpan delay)
    {
        string[] words = ["exec", typeof(Failures).Assembly.Location, "--as=system-riscv64", "-M", "virt", "-m", "256", "-nographic",
            "-kernel", TestNeeds.LinuxImage, "-initrd", At("initramfs"), "-append", "console=ttyS0 panic=-1 quiet shell",
            "-drive", $"file={At("top.qcow2")},if=none,id=disk,format=qcow2,follow=on", "-device", "virtio-blk-device,drive=disk"];
        using var machine = Process.Start(new ProcessStartInfo("dotnet", words) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        await using var end = patience.Token.Register(machine.Kill);
        var said = new StringBuilder();
        var isTold = false;
        var buffer = new char[4096];
        var killed = Task.CompletedTask;
        while (await machine.StandardOutput.ReadAsync(buffer) is > 0 and var count)
        {
            said.Append(buffer, 0, count);
            var text = said.ToString();
            if (!isTold && text.Contains("# ", StringComparison.Ordinal))
            {
                isTold = true;
                await machine.StandardInput.WriteAsync(Work);
                await machine.StandardInput.FlushAsync();
            }
            if (killed.IsCompleted && Flushed().Count(text) >= flushes) killed = Task.Delay(delay).ContinueWith(_ => machine.Kill(), TaskScheduler.Default);
        }
        await machine.WaitForExitAsync();
        await killed;
        var told = Flushed().Matches(said.ToString());
        Assert.True(told.Count >= flushes, $"the guest said only: {said}");
        return int.Parse(told[^1].Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>The initramfs, and behind it, from a multiple of 4 bytes on, the modules.</summary>
    private static byte[] Initramfs()
    {
        var first = File.ReadAllBytes(TestNeeds.Initramfs);
        return [.. first, .. new byte[-first.Length & 3], .. File.ReadAllBytes(TestNeeds.DiskModules)];
    }

    private static byte[] Lines(int number)
    {
        var line = $"line {number}\n";
        return Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, (Chunk / line.Length) + 1))[..Chunk]);
    }

    private static void QemuImg(params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(TestNeeds.QemuImg, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        // 3: there are clusters that are counted and not used, which is what a crash may leave.
        Assert.True(process.ExitCode == 0 || (words[0] == "check" && process.ExitCode == 3), $"qemu-img {words[0]}: {process.ExitCode}: {output}{errors.Result}");
    }

    private string At(string name) => Path.Combine(_folder, name);
}
