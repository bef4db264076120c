using System.Diagnostics;
using System.Globalization;
using Mimus.Storage.Files;

namespace Mimus.Storage.Tests;

/// <summary>A process that writes an image is killed at any moment: the image opens, is in order, and has all that was flushed.</summary>
public sealed class KilledWriterTests
{
    private const int MostOperations = 20_000;

    [Fact]
    public void What_was_flushed_is_there_after_the_writer_is_killed()
    {
        var random = new Random(FuzzBudget.Seed);
        var folder = Directory.CreateTempSubdirectory("mimus-killed-");
        try
        {
            var runs = FuzzBudget.Of(20, 500);
            var interrupted = 0;
            for (var run = 0; run < runs; run++)
            {
                var path = Path.Combine(folder.FullName, $"{run}.qcow2");
                if (KillOnce(path, FuzzBudget.Seed + run, TimeSpan.FromMicroseconds(random.Next(60_000)))) interrupted++;
                File.Delete(path);
            }
            Assert.True(interrupted > runs / 2, $"only {interrupted} of {runs} writers were killed at work");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>What the other process does: says before each operation that it begins, as a byte, which outlives the process.</summary>
    internal static void Write(string path, int seed)
    {
        using var said = Console.OpenStandardOutput();
        var work = FlushedWork.Start(new Random(seed));
        // Killing loses nothing that a call has written, so that the operations need not wait for the host's disk.
        var file = HostFile.Create(path, CacheMode.Unsafe);
        work.Create(file);
        using var disk = work.Open(file);
        for (var i = 0; i < MostOperations; i++)
        {
            said.WriteByte((byte)'.');
            work.Operate(disk);
        }
    }

    /// <summary>False when the writer was done before.</summary>
    private static bool KillOnce(string path, int seed, TimeSpan delay)
    {
        string[] command = ["exec", typeof(KilledWriterTests).Assembly.Location, "write", path, seed.ToString(CultureInfo.InvariantCulture)];
        using var writer = Process.Start(new ProcessStartInfo("dotnet", command) { RedirectStandardOutput = true })!;
        var said = writer.StandardOutput.BaseStream;
        var begun = said.ReadByte() >= 0 ? 1 : 0;
        var rest = Task.Run(() => Count(said)); // so that a full pipe does not hold up the writer
        Thread.Sleep(delay);
        writer.Kill();
        writer.WaitForExit();
        begun += rest.GetAwaiter().GetResult();
        Assert.True(begun > 0, $"seed {seed}: the writer did not begin");

        try
        {
            // The same work again, in memory, as far as it is known to have come.
            var work = FlushedWork.Start(new Random(seed));
            var again = new MemoryFile([]);
            work.Create(again);
            using (var disk = work.Open(again))
            {
                for (var i = 0; i < begun - 1; i++) work.Operate(disk);
                work.OperateInVain(disk);
            }
            work.CheckAndRepair(new MemoryFile(File.ReadAllBytes(path)));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}, killed in operation {begun}: {e.Message}", e);
        }
        return writer.ExitCode != 0;
    }

    private static int Count(Stream stream)
    {
        var buffer = new byte[4096];
        var count = 0;
        while (stream.Read(buffer) is > 0 and var read) count += read;
        return count;
    }
}
