using Mimus.Storage.Qcow2;

namespace Mimus.Storage.Tests;

/// <summary>A disk with random contents in random pieces, and what it must read as; a sequence of random operations on it.</summary>
internal sealed class RandomImage(Random random, ImageDisk disk, byte[] expected, bool hasSnapshots = true)
{
    private readonly List<(string Name, byte[] Contents)> _snapshots = [];

    public byte[] Expected { get; private set; } = expected;

    public static Qcow2Options RandomOptions(Random random)
    {
        var version = random.Next(4) == 0 ? 2 : 3;
        var extended = version == 3 && random.Next(4) == 0;
        return new Qcow2Options
        {
            Version = version,
            ClusterSize = 1 << random.Next(extended ? 14 : 9, random.Next(3) == 0 ? 22 : 17),
            RefcountBits = version == 2 ? 16 : 1 << random.Next(7),
            HasLazyRefcounts = version == 3 && random.Next(3) == 0,
            HasExtendedL2 = extended,
        };
    }

    public void Operate(int count)
    {
        for (var i = 0; i < count; i++) OperateOnce();
    }

    public void OperateOnce()
    {
        var offset = random.Next(Expected.Length);
        var length = random.Next(Math.Min(random.Next(3) == 0 ? 300_000 : 8000, Expected.Length - offset) + 1);
        if (random.Next(3) == 0)
        {
            offset &= ~4095;
            length = Math.Min((length + 4095) & ~4095, Expected.Length - offset);
        }
        switch (random.Next(12))
        {
            case < 5:
                var data = new byte[length];
                random.NextBytes(data);
                disk.Write(offset, data);
                data.CopyTo(Expected, offset);
                break;
            case 5 or 6:
                disk.WriteZeroes(offset, length, random.Next(2) == 0);
                Expected.AsSpan(offset, length).Clear();
                break;
            case 7:
                disk.Discard(offset, length);
                // What is discarded may read as anything, so the expectation follows.
                disk.Read(offset, Expected.AsSpan(offset, length));
                break;
            case 8:
                disk.Flush();
                break;
            case 9 when hasSnapshots && disk is Qcow2Disk qcow2:
                OperateOnSnapshots(qcow2);
                break;
            case 10 when hasSnapshots && disk is Qcow2Disk qcow2 && (random.Next(4) == 0):
                Resize(qcow2);
                break;
            default:
                var read = new byte[length];
                disk.Read(offset, read);
                Assert.True(read.AsSpan().SequenceEqual(Expected.AsSpan(offset, length)), $"{length} bytes at {offset} read as something else");
                break;
        }
    }

    public void CheckAll()
    {
        var read = new byte[Expected.Length];
        disk.Read(0, read);
        var same = read.AsSpan().CommonPrefixLength(Expected);
        Assert.True(same == read.Length, $"the disk differs at {same}");
    }

    private void OperateOnSnapshots(Qcow2Disk qcow2)
    {
        switch (random.Next(4))
        {
            case 0 or 1 when _snapshots.Count < 4:
                var name = $"s{random.Next(1000)}";
                try
                {
                    qcow2.CreateSnapshot(name, 1);
                    _snapshots.Add((name, (byte[])Expected.Clone()));
                }
                catch (DiskImageException e) when (e.Message.Contains("refcount_bits", StringComparison.Ordinal))
                {
                    Assert.True(qcow2.Details.RefcountBits < 16);
                }
                break;
            case 2 when _snapshots.Count > 0:
                var chosen = random.Next(_snapshots.Count);
                qcow2.ApplySnapshot(qcow2.Snapshots[chosen]);
                Expected = (byte[])_snapshots[chosen].Contents.Clone();
                break;
            case 3 when _snapshots.Count > 0:
                var gone = random.Next(_snapshots.Count);
                qcow2.DeleteSnapshot(qcow2.Snapshots[gone]);
                _snapshots.RemoveAt(gone);
                break;
        }
    }

    private void Resize(Qcow2Disk qcow2)
    {
        if (qcow2.Details.Version == 2 && qcow2.Snapshots.Count > 0) return;
        var length = (int)Math.Clamp(Expected.Length + random.Next(-40, 60) * 8192L, 65536, 8 << 20);
        qcow2.Resize(length);
        var after = new byte[length];
        Expected.AsSpan(0, Math.Min(length, Expected.Length)).CopyTo(after);
        Expected = after;
    }
}
