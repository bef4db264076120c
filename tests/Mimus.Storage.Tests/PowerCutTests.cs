using System.Globalization;
using Mimus.Storage.Files;
using Mimus.Storage.Formats;
using Mimus.Storage.Operations;
using Mimus.Storage.Qcow2;

namespace Mimus.Storage.Tests;

/// <summary>The power goes off at any moment: the image opens, is in order, and has all that was flushed.</summary>
public sealed class PowerCutTests
{
    private const int Sector = 512;

    [Fact]
    public void What_was_flushed_is_there_after_a_power_cut()
    {
        var runs = FuzzBudget.Of(300, 5000);
        for (var run = 0; run < runs; run++)
        {
            var seed = FuzzBudget.Seed + run;
            try
            {
                CutOnce(seed, askQemu: QemuImg.IsThere && run % 25 == 0);
            }
            catch (Exception e) when (e is not PowerCutException)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
    }

    private static void CutOnce(int seed, bool askQemu)
    {
        var random = new Random(seed);
        var options = RandomImage.RandomOptions(random) with { ClusterSize = 1 << random.Next(9, 15) };
        if (options.HasExtendedL2) options = options with { ClusterSize = 1 << 14 };
        var sectors = random.Next(64, 1500);
        var backing = new byte[sectors * Sector];
        var hasBacking = random.Next(2) == 0;
        if (hasBacking) random.NextBytes(backing);
        options = options with { BackingName = hasBacking ? "below" : null, BackingFormat = hasBacking ? "raw" : null };
        var file = new PowerCutFile(int.MaxValue);
        Qcow2Creator.Create(file, null, sectors * Sector, options);
        file.Flush();
        file.CallsLeft = random.Next(10, 600);

        // What each sector may be: first what was flushed, then what was written since; null is anything.
        var allowed = new List<byte[]?>[sectors];
        for (var i = 0; i < sectors; i++) allowed[i] = [backing[(i * Sector)..((i + 1) * Sector)]];
        try
        {
            var disk = Open(file, options, backing);
            for (var i = 0; i < 400; i++) Operate(random, disk, allowed, options);
            disk.Dispose();
            foreach (var list in allowed) list.RemoveRange(0, list.Count - 1);
            file.CallsLeft = -1;
        }
        catch (PowerCutException)
        {
        }

        var image = new MemoryFile(file.AfterPowerCut(random));
        var header = Qcow2Header.Read(image);
        if ((header.Incompatible & Qcow2Header.Dirty) == 0)
        {
            var check = ImageCheck.Run(image, null, RepairScope.Nothing);
            Assert.True(check.Corruptions == 0, $"{options}: {string.Join('\n', check.Messages.Take(5))}");
        }
        using (var disk = Open(image, options, backing))
        {
            for (var i = 0; i < sectors; i++)
            {
                var read = new byte[Sector];
                disk.Read(i * Sector, read);
                if (!allowed[i].Exists(a => a is null || read.AsSpan().SequenceEqual(a))) Assert.Fail($"{options}: sector {i} of {sectors} is none of {allowed[i].Count} things it may be; it begins with {read[0]:x2}{read[1]:x2}");
            }
            disk.Write(0, new byte[Sector]);
        }
        var after = ImageCheck.Run(image, null, RepairScope.Leaks);
        Assert.True(after.IsClean, string.Join('\n', after.Messages.Take(5)));
        if (askQemu) AskQemu(image);
    }

    private static Qcow2Disk Open(IImageFile file, Qcow2Options options, byte[] backing)
    {
        // As DiskImages does it, with a backing file in memory.
        var disk = DiskImages.Open(file, new ImageOptions { IsAlone = true });
        if (options.BackingName is null) return (Qcow2Disk)disk;
        return new Qcow2Disk(file, Qcow2Header.Read(file), null, new RawDisk(new MemoryFile(backing, readOnly: true)));
    }

    private static void Operate(Random random, Qcow2Disk disk, List<byte[]?>[] allowed, Qcow2Options options)
    {
        var first = random.Next(allowed.Length);
        var count = Math.Min(random.Next(1, random.Next(4) == 0 ? 200 : 12), allowed.Length - first);
        switch (random.Next(10))
        {
            case < 5:
                var data = new byte[count * Sector];
                random.NextBytes(data);
                for (var i = 0; i < count; i++) allowed[first + i].Add(data[(i * Sector)..((i + 1) * Sector)]);
                disk.Write(first * Sector, data);
                break;
            case 5:
                for (var i = 0; i < count; i++) allowed[first + i].Add(new byte[Sector]);
                disk.WriteZeroes(first * Sector, count * Sector, random.Next(2) == 0);
                break;
            case 6:
                for (var i = 0; i < count; i++) allowed[first + i].Add(null);
                disk.Discard(first * Sector, count * Sector);
                break;
            case 7 when options.Version > 2 && random.Next(3) == 0:
                OperateOnSnapshots(random, disk);
                break;
            default:
                disk.Flush();
                foreach (var list in allowed) list.RemoveRange(0, list.Count - 1);
                break;
        }
    }

    private static void OperateOnSnapshots(Random random, Qcow2Disk disk)
    {
        if (disk.Snapshots.Count > 0 && random.Next(2) == 0) disk.DeleteSnapshot(disk.Snapshots[random.Next(disk.Snapshots.Count)]);
        else if (disk.Details.RefcountBits >= 16) disk.CreateSnapshot("s" + disk.Snapshots.Count.ToString(CultureInfo.InvariantCulture), 1);
    }

    private static void AskQemu(MemoryFile image)
    {
        var path = Path.Combine(Path.GetTempPath(), $"mimus-cut-{Guid.NewGuid():n}.qcow2");
        try
        {
            File.WriteAllBytes(path, image.Contents);
            var (status, output) = QemuImg.Run("check", "-U", path);
            Assert.True(status == 0 || output.Contains("below", StringComparison.Ordinal), output);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
