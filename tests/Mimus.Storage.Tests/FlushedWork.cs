using System.Globalization;
using Mimus.Storage.Files;
using Mimus.Storage.Formats;
using Mimus.Storage.Operations;
using Mimus.Storage.Qcow2;

namespace Mimus.Storage.Tests;

/// <summary>
/// Random work on a random image, and what each sector may be if it ends at any moment: first what was flushed, then what was
/// written since. The same random numbers make the same work.
/// </summary>
internal sealed class FlushedWork
{
    private const int Sector = 512;

    private readonly Random _random;
    private readonly Qcow2Options _options;
    private readonly byte[] _backing;
    private readonly List<byte[]?>[] _allowed; // null is anything

    private FlushedWork(Random random, Qcow2Options options, byte[] backing)
    {
        _random = random;
        _options = options;
        _backing = backing;
        _allowed = new List<byte[]?>[backing.Length / Sector];
        for (var i = 0; i < _allowed.Length; i++) _allowed[i] = [backing[(i * Sector)..((i + 1) * Sector)]];
    }

    public static FlushedWork Start(Random random)
    {
        var options = RandomImage.RandomOptions(random) with { ClusterSize = 1 << random.Next(9, 15) };
        if (options.HasExtendedL2) options = options with { ClusterSize = 1 << 14 };
        var backing = new byte[random.Next(64, 1500) * Sector];
        var hasBacking = random.Next(2) == 0;
        if (hasBacking) random.NextBytes(backing);
        return new FlushedWork(random, options with { BackingName = hasBacking ? "below" : null, BackingFormat = hasBacking ? "raw" : null }, backing);
    }

    public void Create(IImageFile file) => Qcow2Creator.Create(file, null, _backing.Length, _options);

    public Qcow2Disk Open(IImageFile file)
    {
        // As DiskImages does it, with a backing file in memory.
        var disk = DiskImages.Open(file, new ImageOptions { IsAlone = true });
        if (_options.BackingName is null) return (Qcow2Disk)disk;
        return new Qcow2Disk(file, Qcow2Header.Read(file), null, new RawDisk(new MemoryFile(_backing, readOnly: true)));
    }

    public void Operate(Qcow2Disk disk)
    {
        var first = _random.Next(_allowed.Length);
        var count = Math.Min(_random.Next(1, _random.Next(4) == 0 ? 200 : 12), _allowed.Length - first);
        switch (_random.Next(10))
        {
            case < 5:
                var data = new byte[count * Sector];
                _random.NextBytes(data);
                for (var i = 0; i < count; i++) _allowed[first + i].Add(data[(i * Sector)..((i + 1) * Sector)]);
                disk.Write(first * Sector, data);
                break;
            case 5:
                for (var i = 0; i < count; i++) _allowed[first + i].Add(new byte[Sector]);
                disk.WriteZeroes(first * Sector, count * Sector, _random.Next(2) == 0);
                break;
            case 6:
                for (var i = 0; i < count; i++) _allowed[first + i].Add(null);
                disk.Discard(first * Sector, count * Sector);
                break;
            case 7 when _options.Version > 2 && _random.Next(3) == 0:
                OperateOnSnapshots(disk);
                break;
            default:
                disk.Flush();
                NoteFlush();
                break;
        }
    }

    public void NoteFlush()
    {
        foreach (var list in _allowed) list.RemoveRange(0, list.Count - 1);
    }

    /// <summary>Does one operation of which nobody knows how far it went: what could be before it can be after it.</summary>
    public void OperateInVain(Qcow2Disk disk)
    {
        var before = Array.ConvertAll(_allowed, list => list.ToArray());
        Operate(disk);
        for (var i = 0; i < before.Length; i++) _allowed[i].InsertRange(0, before[i]);
    }

    /// <summary>The image is in order, or says that it is not; it has what was flushed, and can be written and repaired.</summary>
    public void CheckAndRepair(MemoryFile image)
    {
        if ((Qcow2Header.Read(image).Incompatible & Qcow2Header.Dirty) == 0)
        {
            var check = ImageCheck.Run(image, null, RepairScope.Nothing);
            Assert.True(check.Corruptions == 0, $"{_options}: {string.Join('\n', check.Messages.Take(5))}");
        }
        using (var disk = Open(image))
        {
            var read = new byte[Sector];
            for (var i = 0; i < _allowed.Length; i++)
            {
                disk.Read(i * Sector, read);
                if (!_allowed[i].Exists(a => a is null || read.AsSpan().SequenceEqual(a))) Assert.Fail($"{_options}: sector {i} of {_allowed.Length} is none of {_allowed[i].Count} things it may be; it begins with {read[0]:x2}{read[1]:x2}");
            }
            disk.Write(0, new byte[Sector]);
        }
        var after = ImageCheck.Run(image, null, RepairScope.Leaks);
        Assert.True(after.IsClean, string.Join('\n', after.Messages.Take(5)));
    }

    private void OperateOnSnapshots(Qcow2Disk disk)
    {
        if (disk.Snapshots.Count > 0 && _random.Next(2) == 0) disk.DeleteSnapshot(disk.Snapshots[_random.Next(disk.Snapshots.Count)]);
        else if (disk.Details.RefcountBits >= 16) disk.CreateSnapshot("s" + disk.Snapshots.Count.ToString(CultureInfo.InvariantCulture), 1);
    }
}
