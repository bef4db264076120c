using Mimus.Storage.Formats;

namespace Mimus.Storage.Tests;

public sealed class RawDiskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-raw-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_is_written_can_be_read_and_is_in_the_file()
    {
        var path = NewFile(8192);
        await using (var disk = RawDisk.Open(path, readOnly: false))
        {
            Assert.Equal(8192, disk.Length);
            await disk.WriteAsync(1000, "mimus"u8.ToArray());
            await disk.FlushAsync();
            Assert.Equal("mimus"u8.ToArray(), await ReadAsync(disk, 1000, 5));
        }
        Assert.Equal("mimus"u8.ToArray(), (await File.ReadAllBytesAsync(path))[1000..1005]);
        Assert.Equal(8192, new FileInfo(path).Length);
    }

    [Fact]
    public async Task The_end_of_an_odd_file_is_padded_with_zeroes()
    {
        var path = NewFile(700, 0x55);
        await using var disk = RawDisk.Open(path, readOnly: false);
        Assert.Equal(1024, disk.Length);
        var end = await ReadAsync(disk, 512, 512);
        Assert.Equal(188, end.Count(b => b == 0x55));
        Assert.All(end[188..], b => Assert.Equal(0, b));
        await disk.WriteAsync(1020, new byte[] { 1, 2, 3, 4 });
        Assert.Equal([1, 2, 3, 4], await ReadAsync(disk, 1020, 4));
    }

    [Fact]
    public async Task An_empty_file_is_a_disk_of_no_sectors()
    {
        await using var disk = RawDisk.Open(NewFile(0), readOnly: true);
        Assert.Equal(0, disk.Length);
        await Assert.ThrowsAsync<DiskImageException>(async () => await ReadAsync(disk, 0, 1));
    }

    [Fact]
    public async Task Ranges_become_zero_and_the_length_stays()
    {
        var path = NewFile(1 << 20, 0x55);
        await using var disk = RawDisk.Open(path, readOnly: false);
        await disk.WriteZeroesAsync(4096, 65536, mayUnmap: true);
        await disk.WriteZeroesAsync(200_000, 1000, mayUnmap: false);
        await disk.WriteZeroesAsync((1 << 20) - 512, 512, mayUnmap: true);
        await disk.WriteZeroesAsync(0, 0, mayUnmap: true);
        var all = await ReadAsync(disk, 0, 1 << 20);
        Assert.Equal(65536 + 1000 + 512, all.Count(b => b == 0));
        Assert.All(all[4096..(4096 + 65536)], b => Assert.Equal(0, b));
        await disk.DiscardAsync(0, 1 << 20);
        Assert.Equal(1 << 20, new FileInfo(path).Length);
    }

    [Fact]
    public async Task Accesses_outside_the_disk_are_refused()
    {
        var path = NewFile(4096);
        await using var disk = RawDisk.Open(path, readOnly: false);
        foreach (var offset in new[] { -1L, 4096, 4090, long.MaxValue })
        {
            await Assert.ThrowsAsync<DiskImageException>(async () => await ReadAsync(disk, offset, 10));
            await Assert.ThrowsAsync<DiskImageException>(async () => await disk.WriteAsync(offset, new byte[10]));
            await Assert.ThrowsAsync<DiskImageException>(async () => await disk.WriteZeroesAsync(offset, 10, true));
        }
        Assert.Equal(4096, new FileInfo(path).Length);
    }

    [Fact]
    public async Task A_read_only_disk_is_not_written()
    {
        await using var disk = RawDisk.Open(NewFile(4096), readOnly: true);
        Assert.True(disk.IsReadOnly);
        await Assert.ThrowsAsync<DiskImageException>(async () => await disk.WriteAsync(0, new byte[1]));
        await Assert.ThrowsAsync<DiskImageException>(async () => await disk.DiscardAsync(0, 512));
        await disk.FlushAsync();
    }

    [Fact]
    public void What_is_wrong_with_a_path_is_said()
    {
        Assert.Contains("does not exist", Refused(Path.Combine(_folder, "none.img"), true), StringComparison.Ordinal);
        Assert.Contains("does not exist", Refused(Path.Combine(_folder, "no", "none.img"), true), StringComparison.Ordinal);
        Assert.Contains("is a folder", Refused(_folder, true), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_has_one_writer_or_many_readers()
    {
        var path = NewFile(4096);
        await using (var writer = RawDisk.Open(path, readOnly: false))
        {
            var message = Refused(path, readOnly: false);
            Assert.Contains(path, message, StringComparison.Ordinal);
            Assert.Contains("another process", message, StringComparison.Ordinal);
            Assert.Contains("read-only", message, StringComparison.Ordinal);
            Assert.Contains("being written", Refused(path, readOnly: true), StringComparison.Ordinal);
        }
        await using var first = RawDisk.Open(path, readOnly: true);
        await using var second = RawDisk.Open(path, readOnly: true);
        Refused(path, readOnly: false);
    }

    [Fact]
    public async Task An_overlay_leaves_its_base_alone()
    {
        var path = NewFile(300_000, 0x55);
        var reference = new byte[300_032];
        reference.AsSpan(0, 300_000).Fill(0x55);
        var random = new Random(3);
        await using (var disk = new SnapshotOverlayDisk(RawDisk.Open(path, readOnly: true), _folder))
        {
            Assert.False(disk.IsReadOnly);
            Assert.Equal(reference.Length, disk.Length);
            for (var i = 0; i < 300; i++)
            {
                var offset = random.Next(reference.Length);
                var length = random.Next(Math.Min(random.Next(3) == 0 ? 200_000 : 5000, reference.Length - offset) + 1);
                switch (random.Next(3))
                {
                    case 0:
                        var data = new byte[length];
                        random.NextBytes(data);
                        data.CopyTo(reference, offset);
                        await disk.WriteAsync(offset, data);
                        break;
                    case 1:
                        reference.AsSpan(offset, length / 4).Clear();
                        await disk.WriteZeroesAsync(offset, length / 4, mayUnmap: true);
                        break;
                    default:
                        Assert.Equal(reference[offset..(offset + length)], await ReadAsync(disk, offset, length));
                        break;
                }
            }
            Assert.Equal(reference, await ReadAsync(disk, 0, reference.Length));
        }
        Assert.All(await File.ReadAllBytesAsync(path), b => Assert.Equal(0x55, b));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Writers_of_one_cluster_do_not_lose_each_others_data()
    {
        await using var disk = new SnapshotOverlayDisk(RawDisk.Open(NewFile(1 << 20, 0x55), readOnly: true), _folder);
        await Task.WhenAll(Enumerable.Range(0, 256).Select(i => Task.Run(async () =>
            await disk.WriteAsync(i * 4096 + 100, Enumerable.Repeat((byte)i, 1000).ToArray()))));
        for (var i = 0; i < 256; i++)
        {
            var cluster = await ReadAsync(disk, i * 4096, 4096);
            Assert.All(cluster[100..1100], b => Assert.Equal((byte)i, b));
            Assert.Equal(0x55, cluster[99]);
            Assert.Equal(0x55, cluster[1100]);
        }
    }

    private static async Task<byte[]> ReadAsync(Mimus.Core.Backends.IDisk disk, long offset, int length)
    {
        var data = new byte[length];
        Array.Fill(data, (byte)0xee);
        await disk.ReadAsync(offset, data);
        return data;
    }

    private static string Refused(string path, bool readOnly) =>
        Assert.Throws<DiskImageException>(() => RawDisk.Open(path, readOnly)).Message;

    private string NewFile(int length, byte fill = 0)
    {
        var path = Path.Combine(_folder, $"{Guid.NewGuid():n}.img");
        var contents = new byte[length];
        Array.Fill(contents, fill);
        File.WriteAllBytes(path, contents);
        return path;
    }
}
