using System.Buffers.Binary;
using System.Text;
using Mimus.Storage.Files;
using Mimus.Storage.Operations;
using Mimus.Storage.Qcow2;

namespace Mimus.Storage.Tests;

/// <summary>Images that lie: an error or other contents, in bounded time and memory, and nothing is written to what was only looked at.</summary>
public sealed class HostileImageTests
{
    private const int ClusterSize = 65536;

    /// <summary>Where the fields are that a lie is told about: offset, length in bytes, the lie, and whether opening must refuse it.</summary>
    public static TheoryData<string, int, int, ulong, bool> Lies => new()
    {
        { "version 0", 4, 4, 0, true },
        { "version 4", 4, 4, 4, true },
        { "version of all ones", 4, 4, uint.MaxValue, true },
        { "backing name behind the header", 8, 8, 1 << 20, true },
        { "backing name at all ones", 8, 8, ulong.MaxValue, true },
        { "clusters of 2^0", 20, 4, 0, true },
        { "clusters of 2^8", 20, 4, 8, true },
        { "clusters of 2^22", 20, 4, 22, true },
        { "clusters of 2^32", 20, 4, 32, true },
        { "clusters of 2^all ones", 20, 4, uint.MaxValue, true },
        { "a negative size", 24, 8, 1ul << 63, true },
        { "a size of all ones", 24, 8, ulong.MaxValue, true },
        { "a size that the L1 table does not cover", 24, 8, 1ul << 50, true },
        { "AES", 32, 4, 1, true },
        { "LUKS", 32, 4, 2, true },
        { "an encryption that there is not", 32, 4, 77, true },
        { "an L1 table of nothing", 36, 4, 0, true },
        { "an L1 table of 2^31", 36, 4, 1u << 31, true },
        { "an L1 table of all ones", 36, 4, uint.MaxValue, true },
        { "an L1 table that wraps", 36, 4, 0x2000_0001, true },
        { "an L1 table at the header", 40, 8, 0, true },
        { "an L1 table within a cluster", 40, 8, 0x30008, true },
        { "an L1 table behind the end", 40, 8, 1ul << 40, true },
        { "an L1 table at a negative place", 40, 8, 1ul << 63, true },
        { "a refcount table at the header", 48, 8, 0, true },
        { "a refcount table within a cluster", 48, 8, 512, true },
        { "a refcount table behind the end", 48, 8, 1ul << 50, true },
        { "a refcount table at all ones", 48, 8, ulong.MaxValue, true },
        { "a refcount table of nothing", 56, 4, 0, true },
        { "a refcount table of 2^31", 56, 4, 1u << 31, true },
        { "a refcount table of all ones", 56, 4, uint.MaxValue, true },
        { "2^31 snapshots", 60, 4, 1u << 31, true },
        { "snapshots of all ones", 60, 4, uint.MaxValue, true },
        { "snapshots at the header", 60, 4, 5, true },
        { "an unknown feature that is needed", 72, 8, 1ul << 40, true },
        { "all features", 72, 8, ulong.MaxValue, true },
        { "extended L2 entries that there are not", 72, 8, 16, false },
        { "a data file that is not named", 72, 8, 4, true },
        { "a compression type that is not there", 72, 8, 8, true },
        { "refcounts of 2^7 bits", 96, 4, 7, true },
        { "refcounts of 2^all ones bits", 96, 4, uint.MaxValue, true },
        { "a header of nothing", 100, 4, 0, true },
        { "a header of 2^31", 100, 4, 1u << 31, true },
        { "a header of odd length", 100, 4, 105, true },
        { "a compression of number 9", 104, 1, 9, true },
        { "an extension of 2^31", 112, 8, 0x1234_5678_8000_0000, true },
        { "an L2 table within a cluster", 0x30000, 8, 0x40200, false },
        { "an L2 table behind the end", 0x30000, 8, 1ul << 50, false },
        { "an L2 table in the L1 table", 0x30000, 8, 0x30000, false },
        { "an L2 table in the header", 0x30000, 8, ClusterMap.Own | 0, false },
        { "a cluster within a cluster", 0x40000, 8, ClusterMap.Own | 0x50200, false },
        { "a cluster behind the end", 0x40000, 8, ClusterMap.Own | (1ul << 50), false },
        { "a cluster in the L2 table", 0x40000, 8, ClusterMap.Own | 0x40000, false },
        { "a cluster in the refcounts", 0x40000, 8, ClusterMap.Own | 0x20000, false },
        { "a compressed cluster behind the end", 0x40000, 8, ClusterMap.CompressedBit | (1ul << 50), false },
        { "a compressed cluster in the header", 0x40000, 8, ClusterMap.CompressedBit | 16, false },
        { "a compressed cluster of all ones", 0x40000, 8, ulong.MaxValue, false },
        { "a refcount block within a cluster", 0x10000, 8, 0x20200, false },
        { "a refcount block behind the end", 0x10000, 8, 1ul << 50, false },
        { "a refcount block in the header", 0x10000, 8, 0, false },
        { "a refcount block in the L1 table", 0x10000, 8, 0x30000, false },
        { "no counts at all", 0x20000, 8, 0, false },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_lie_is_refused_or_harmless(string what, int offset, int length, ulong lie, bool isRefused)
    {
        var image = Honest();
        for (var i = 0; i < length; i++) image[offset + i] = (byte)(lie >> (8 * (length - 1 - i)));
        var opened = Use(image);
        Assert.True(!isRefused || !opened, $"an image with {what} was opened");
    }

    [Fact]
    public void Mutated_images_end_in_an_error_or_other_contents()
    {
        var runs = FuzzBudget.Of(1500, 100_000);
        var random = new Random(FuzzBudget.Seed);
        byte[][] bases = [Honest(), WithSnapshots(), Packed(isZstd: false)];
        for (var run = 0; run < runs; run++)
        {
            var image = (byte[])bases[run % bases.Length].Clone();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                // Most lies are told where tables are.
                var at = random.Next(3) switch { 0 => random.Next(120), 1 => random.Next(image.Length), _ => (random.Next(image.Length / 4096) * 4096) + random.Next(64) };
                image[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => 0xFF, _ => (byte)(image[at] ^ (1 << random.Next(8))) };
            }
            if (random.Next(8) == 0) image = image[..random.Next(image.Length)];
            try
            {
                Use(image);
            }
            catch (Exception e) when (e is not IOException)
            {
                throw new InvalidOperationException($"run {run}: {e.GetType().Name}: {e.Message}", e);
            }
        }
    }

    [Fact]
    public void A_compressed_cluster_does_not_inflate_without_end()
    {
        foreach (var isZstd in new[] { false, true })
        {
            var image = Packed(isZstd);
            var file = new MemoryFile(image, readOnly: true);
            using var disk = DiskImages.Open(file, new ImageOptions { IsReadOnly = true });
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                disk.Read(0, new byte[ClusterSize]);
            }
            catch (DiskImageException e)
            {
                Assert.Contains("decompressed", e.Message, StringComparison.Ordinal);
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20);
        }
    }

    [Fact]
    public void Images_that_are_below_themselves_are_refused()
    {
        var folder = Directory.CreateTempSubdirectory("mimus-cycle-").FullName;
        try
        {
            string one = Path.Combine(folder, "one.qcow2"), other = Path.Combine(folder, "other.qcow2");
            ImageCreation.CreateQcow2(one, 1 << 20, new Qcow2Options { BackingName = "other.qcow2", BackingFormat = "qcow2" });
            ImageCreation.CreateQcow2(other, 1 << 20, new Qcow2Options { BackingName = "one.qcow2", BackingFormat = "qcow2" });
            Assert.Contains("below itself", Assert.Throws<DiskImageException>(() => DiskImages.Open(one, new ImageOptions { IsReadOnly = true, Follows = true })).Message, StringComparison.Ordinal);
            var refusal = Assert.Throws<DiskImageException>(() => DiskImages.Open(one, new ImageOptions { IsReadOnly = true })).Message;
            Assert.Contains("--follow", refusal, StringComparison.Ordinal);
            Assert.Contains("other.qcow2", refusal, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_guest_cannot_turn_its_raw_disk_into_an_image_that_names_files()
    {
        using var guessed = DiskImages.Open(new MemoryFile(new byte[1 << 20]), new ImageOptions());
        Assert.Equal("raw", guessed.Format);
        Assert.Contains("format=raw", Assert.Throws<DiskImageException>(() => guessed.Write(0, Honest().AsSpan(0, 512))).Message, StringComparison.Ordinal);
        guessed.Write(512, Honest().AsSpan(0, 512));
        using var told = DiskImages.Open(new MemoryFile(new byte[1 << 20]), new ImageOptions { Format = "raw" });
        told.Write(0, Honest().AsSpan(0, 512));
    }

    /// <summary>Does with an image what is done with one; whether it could be opened. Failures are errors for people.</summary>
    private static bool Use(byte[] image)
    {
        var looked = new MemoryFile((byte[])image.Clone(), readOnly: true);
        var opened = false;
        try
        {
            using var disk = (Qcow2Disk)DiskImages.Open(looked, new ImageOptions { Format = "qcow2", IsReadOnly = true, IsAlone = false });
            opened = true;
            var buffer = new byte[4096];
            for (var i = 0; i < 64; i++)
            {
                var offset = disk.Length / 64 * i / 512 * 512;
                if (offset + buffer.Length <= disk.Length) Attempt(() => disk.Read(offset, buffer));
            }
            foreach (var snapshot in disk.Snapshots) Attempt(() => disk.View(snapshot));
        }
        catch (DiskImageException)
        {
        }
        Attempt(() => ImageCheck.Run(new MemoryFile((byte[])image.Clone(), readOnly: true), "qcow2", RepairScope.Nothing));
        Assert.False(looked.WasWritten);

        var written = new MemoryFile((byte[])image.Clone());
        Attempt(() =>
        {
            using var disk = (Qcow2Disk)DiskImages.Open(written, new ImageOptions { Format = "qcow2" });
            if (disk.Length < 8192) return;
            Attempt(() => disk.Write(0, new byte[8192]));
            Attempt(() => disk.Write(disk.Length - 8192, new byte[8192]));
            Attempt(() => disk.Discard(0, Math.Min(disk.Length, 1 << 20)));
            Attempt(() => disk.CreateSnapshot("x", 0));
            Attempt(disk.Flush);
        });
        Attempt(() => ImageCheck.Run(written, "qcow2", RepairScope.All));
        return opened;
    }

    private static void Attempt(Action action)
    {
        try
        {
            action();
        }
        catch (IOException)
        {
        }
    }

    private static byte[] Honest()
    {
        var file = new MemoryFile([]);
        Qcow2Creator.Create(file, null, 4 << 20, new Qcow2Options());
        using (var disk = DiskImages.Open(file, new ImageOptions()))
        {
            for (var i = 0; i < 4; i++) disk.Write(i * 2 * ClusterSize, Encoding.ASCII.GetBytes("contents"));
        }
        return file.Contents.ToArray();
    }

    private static byte[] WithSnapshots()
    {
        var file = new MemoryFile(Honest());
        using (var disk = (Qcow2Disk)DiskImages.Open(file, new ImageOptions()))
        {
            disk.CreateSnapshot("first", 1);
            disk.Write(0, new byte[100_000]);
            disk.CreateSnapshot("second", 2);
        }
        return file.Contents.ToArray();
    }

    /// <summary>An image whose first cluster is compressed, and says to be 16 MiB of zeroes.</summary>
    private static byte[] Packed(bool isZstd)
    {
        var file = new MemoryFile([]);
        Qcow2Creator.Create(file, null, 4 << 20, new Qcow2Options { IsZstd = isZstd });
        using (var disk = (Qcow2Disk)DiskImages.Open(file, new ImageOptions()))
        {
            byte[] bomb;
            if (isZstd)
            {
                // One frame of blocks that each are one byte 2 MiB long.
                bomb = new byte[6 + (8 * 4)];
                BinaryPrimitives.WriteUInt32LittleEndian(bomb, 0xFD2FB528);
                bomb[5] = 0x78;
                for (var i = 0; i < 8; i++) BinaryPrimitives.WriteUInt32LittleEndian(bomb.AsSpan(6 + (4 * i)), (0x1FFFFFu << 3 | 2) & 0xFFFFFF);
            }
            else
            {
                var stream = new MemoryStream();
                using (var deflate = new System.IO.Compression.DeflateStream(stream, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true)) deflate.Write(new byte[16 << 20]);
                bomb = stream.ToArray();
            }
            Assert.True(disk.TryWriteCompressed(0, bomb));
        }
        return file.Contents.ToArray();
    }
}
