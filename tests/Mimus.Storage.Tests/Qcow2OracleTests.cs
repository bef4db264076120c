using System.Globalization;
using Mimus.Storage.Files;
using Mimus.Storage.Formats;
using Mimus.Storage.Operations;
using Mimus.Storage.Qcow2;

namespace Mimus.Storage.Tests;

/// <summary>Images of Mimus before QEMU's eyes, and the other way round.</summary>
public sealed class Qcow2OracleTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-qcow2-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [FactNeedingQemuImg]
    public void Random_operations_leave_images_that_QEMU_finds_in_order()
    {
        var runs = FuzzBudget.Of(25, 1000);
        for (var run = 0; run < runs; run++)
        {
            var seed = FuzzBudget.Seed + run;
            try
            {
                RunOne(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
    }

    [FactNeedingQemuImg]
    public void Images_of_QEMU_read_the_same()
    {
        var variants = new[]
        {
            "cluster_size=512", "cluster_size=4k,refcount_bits=1", "cluster_size=64k,refcount_bits=2", "refcount_bits=64", "compat=0.10", "cluster_size=2M",
            "extended_l2=on,cluster_size=16k", "extended_l2=on", "lazy_refcounts=on", "preallocation=metadata", "compression_type=zstd",
        };
        var random = new Random(FuzzBudget.Seed);
        var raw = NewPath("raw");
        File.WriteAllBytes(raw, RandomContents(random, 3 << 20));
        foreach (var variant in variants)
        {
            foreach (var compressed in new[] { false, true })
            {
                var path = NewPath("qcow2");
                if (compressed && variant.Contains("preallocation", StringComparison.Ordinal)) continue;
                QemuImg.Must([.. new[] { "convert", "-O", "qcow2", "-o", variant }, .. compressed ? new[] { "-c" } : [], raw, path]);
                using var disk = DiskImages.Open(path, new ImageOptions { IsReadOnly = true });
                using var expected = RawDisk.Open(raw, readOnly: true);
                var difference = ImageComparer.FirstDifference(disk, expected);
                Assert.True(difference is null, $"{variant}, compressed {compressed}: differs at {difference}");
            }
        }
    }

    [FactNeedingQemuImg]
    public void Compressed_copies_read_the_same_in_QEMU()
    {
        var random = new Random(FuzzBudget.Seed);
        var raw = NewPath("raw");
        File.WriteAllBytes(raw, RandomContents(random, 5 << 20));
        foreach (var clusterSize in new[] { 512, 4096, 65536, 2 << 20 })
        {
            foreach (var extended in new[] { false, true })
            {
                if (extended && clusterSize < 16384) continue;
                var path = NewPath("qcow2");
                ImageCreation.CreateQcow2(path, 5 << 20, new Qcow2Options { ClusterSize = clusterSize, HasExtendedL2 = extended });
                using (var source = RawDisk.Open(raw, readOnly: true))
                using (var target = DiskImages.Open(path, new ImageOptions()))
                {
                    new ImageCopier(source, target) { Compresses = true, Workers = 3 }.Run();
                }
                QemuImg.Must("check", path);
                QemuImg.Must("compare", raw, path);
                if (clusterSize == 65536) Assert.True(new FileInfo(path).Length < 3 << 20);
                // Overwriting parts of what is compressed.
                using (var disk = DiskImages.Open(path, new ImageOptions()))
                {
                    var expected = new byte[5 << 20];
                    disk.Read(0, expected);
                    new RandomImage(random, disk, expected).Operate(40);
                }
                QemuImg.Must("check", path);
            }
        }
    }

    [FactNeedingQemuImg]
    public void External_data_files_work_both_ways()
    {
        foreach (var isRaw in new[] { false, true })
        {
            var path = NewPath("qcow2");
            ImageCreation.CreateQcow2(path, 4 << 20, new Qcow2Options { DataFileName = path + ".data", IsDataFileRaw = isRaw });
            byte[] expected;
            using (var disk = (Qcow2Disk)DiskImages.Open(path, new ImageOptions { Follows = true }))
            {
                var image = new RandomImage(new Random(5), disk, new byte[4 << 20], hasSnapshots: false);
                image.Operate(100);
                expected = image.Expected;
            }
            QemuImg.Must("check", path);
            var raw = NewPath("raw");
            File.WriteAllBytes(raw, expected);
            QemuImg.Must("compare", "-f", "qcow2", "-F", "raw", path, raw);
            if (isRaw) QemuImg.Must("compare", "-f", "raw", "-F", "raw", path + ".data", raw);
            Assert.Contains("names", Assert.Throws<DiskImageException>(() => DiskImages.Open(path, new ImageOptions())).Message, StringComparison.Ordinal);
        }
    }

    [FactNeedingQemuImg]
    public void Snapshots_of_QEMU_are_read_applied_and_deleted()
    {
        var path = NewPath("qcow2");
        QemuImg.Must("create", "-f", "qcow2", path, "8M");
        string[] states = ["0x11", "0x22", "0x33"];
        foreach (var pattern in states)
        {
            QemuImg.RunIo("-f", "qcow2", "-c", $"write -P {pattern} 1M 1M", path);
            QemuImg.Must("snapshot", "-c", "at" + pattern, path);
        }
        using (var disk = (Qcow2Disk)DiskImages.Open(path, new ImageOptions { IsReadOnly = true }))
        {
            Assert.Equal(3, disk.Snapshots.Count);
            disk.View(disk.Snapshots[0]);
            var data = new byte[4096];
            disk.Read(1 << 20, data);
            Assert.All(data, b => Assert.Equal(0x11, b));
        }
        using (var disk = (Qcow2Disk)DiskImages.Open(path, new ImageOptions()))
        {
            disk.ApplySnapshot(disk.Snapshots[1]);
            disk.DeleteSnapshot(disk.Snapshots[0]);
            var data = new byte[4096];
            disk.Read(1 << 20, data);
            Assert.All(data, b => Assert.Equal(0x22, b));
        }
        QemuImg.Must("check", path);
        Assert.Contains("at0x33", QemuImg.Must("snapshot", "-l", path), StringComparison.Ordinal);
    }

    [FactNeedingQemuImg]
    public void Leaks_and_wrong_counts_that_QEMU_sees_are_repaired()
    {
        var path = NewPath("qcow2");
        QemuImg.Must("create", "-f", "qcow2", path, "8M");
        QemuImg.RunIo("-f", "qcow2", "-c", "write -P 0x55 0 4M", path);
        // The refcounts of the default layout begin at 128 KiB: one too many for free clusters, one too few for one in use.
        using (var stream = File.OpenWrite(path))
        {
            stream.Position = 131072 + (2 * 200);
            stream.Write([0, 1, 0, 1]);
            stream.Position = 131072 + (2 * 10);
            stream.Write([0, 0]);
        }
        Assert.Equal(2, QemuImg.Run("check", path).Status);
        using (var file = HostFile.Open(path, readOnly: true))
        {
            var found = ImageCheck.Run(file, null, RepairScope.Nothing);
            Assert.Equal(2, found.Leaks);
            Assert.True(found.Corruptions > 0);
        }
        using (var file = HostFile.Open(path, readOnly: false)) Assert.True(ImageCheck.Run(file, null, RepairScope.All).IsClean);
        QemuImg.Must("check", path);
    }

    private static byte[] RandomContents(Random random, int length)
    {
        var contents = new byte[length];
        for (var at = 0; at < length;)
        {
            var end = Math.Min(length, at + random.Next(1, 100_000));
            var part = contents.AsSpan(at, end - at);
            switch (random.Next(4))
            {
                case 0:
                    random.NextBytes(part);
                    break;
                case 1:
                    for (var i = 0; i < part.Length; i++) part[i] = (byte)"the quick brown fox jumps over a lazy dog "[(i * 7 / 5 + random.Next(2)) % 42];
                    break;
                case 2:
                    part.Fill((byte)random.Next(256));
                    break;
            }
            at = end;
        }
        return contents;
    }

    private void RunOne(int seed)
    {
        var random = new Random(seed);
        var options = RandomImage.RandomOptions(random);
        var length = random.Next(1, 400) * 8192;
        var path = NewPath("qcow2");
        var expected = new byte[length];
        string? below = null;
        if (random.Next(3) == 0)
        {
            below = NewPath("raw");
            var contents = RandomContents(random, random.Next(1, 400) * 8192);
            File.WriteAllBytes(below, contents);
            contents.AsSpan(0, Math.Min(length, contents.Length)).CopyTo(expected);
            options = options with { BackingName = below, BackingFormat = "raw" };
        }
        ImageCreation.CreateQcow2(path, length, options);
        for (var session = 0; session < 3; session++)
        {
            using var disk = DiskImages.Open(path, new ImageOptions { Follows = true, Cache = CacheMode.Unsafe });
            var image = new RandomImage(random, disk, expected);
            image.Operate(40);
            image.CheckAll();
            expected = image.Expected;
            // A new session does not know the names of snapshots; they go, so that their contents need not be remembered.
            foreach (var snapshot in ((Qcow2Disk)disk).Snapshots.ToList())
            {
                if (session < 2 || random.Next(2) == 0) ((Qcow2Disk)disk).DeleteSnapshot(snapshot);
            }
        }
        var (status, output) = QemuImg.Run("check", path);
        Assert.True(status == 0, $"{options}: {output}");
        var raw = NewPath("raw");
        File.WriteAllBytes(raw, expected);
        QemuImg.Must("compare", "-f", "qcow2", "-F", "raw", path, raw);
        using (var file = HostFile.Open(path, readOnly: true))
        {
            var check = ImageCheck.Run(file, null, RepairScope.Nothing);
            Assert.True(check.IsClean, string.Join('\n', check.Messages));
        }
        foreach (var file in new[] { path, raw, below }) if (file is not null) File.Delete(file);
    }

    private string NewPath(string extension) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{Guid.NewGuid():n}.{extension}"));
}
