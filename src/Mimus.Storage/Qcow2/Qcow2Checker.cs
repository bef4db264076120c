using System.Buffers.Binary;
using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>
/// Counts how often each cluster is used by walking all tables, compares that with what the image says, and can write the counts
/// anew. Each table is read once, however many refer to it, so a look takes as long as the file is large.
/// </summary>
internal sealed class Qcow2Checker
{
    private readonly IImageFile _file;
    private readonly Qcow2Header _header;
    private readonly ClusterCounts _uses = new();
    private readonly CheckResult _result = new();
    private readonly Dictionary<long, (long Active, uint All)> _l2 = []; // the first index in the active L1, or -1; and uses by all
    private readonly List<(long Place, ulong Entry)> _ownership = []; // entries whose flag is to be what the counts say
    private readonly long _clusters; // that the file has room for
    private ulong[] _refcountTable;
    private bool _countsAreWrong;

    private Qcow2Checker(IImageFile file, Qcow2Header header)
    {
        _file = file;
        _header = header;
        _clusters = (file.Length + header.ClusterSize - 1) >> header.ClusterBits;
        _refcountTable = [];
    }

    private long EntriesPerBlock => (long)_header.ClusterSize * 8 >> _header.RefcountOrder;

    public static CheckResult Check(IImageFile file, Qcow2Header header) => new Qcow2Checker(file, header).Look();

    /// <summary>Looks, repairs counts and flags, and looks again; the header says then that the image is in order.</summary>
    public static CheckResult Repair(IImageFile file, Qcow2Header header, bool leaksOnly)
    {
        var checker = new Qcow2Checker(file, header);
        var before = checker.Look();
        var wasMarked = (header.Incompatible & (Qcow2Header.Dirty | Qcow2Header.Corrupt)) != 0;
        if (before.IsClean && !wasMarked) return before;
        if (leaksOnly && before.Corruptions > 0) return before;
        if (before.Leaks > 0 || checker._countsAreWrong) checker.WriteCounts();
        checker.WriteOwnership();
        file.Flush();
        var after = new Qcow2Checker(file, header).Look();
        if (after.Corruptions == 0 && wasMarked)
        {
            header.Incompatible &= ~(Qcow2Header.Dirty | Qcow2Header.Corrupt);
            header.WriteFields(file);
            file.Flush();
        }
        after.LeaksFixed = before.Leaks - after.Leaks;
        after.CorruptionsFixed = before.Corruptions - after.Corruptions;
        after.Messages.InsertRange(0, before.Messages.Select(m => m.Replace("ERROR", "Repairing", StringComparison.Ordinal)));
        return after;
    }

    private CheckResult Look()
    {
        _result.TotalClusters = (_header.Size + _header.ClusterSize - 1) >> _header.ClusterBits;
        Use("header", 0, 1);
        Use("refcount table", _header.RefcountTableOffset, (long)_header.RefcountTableClusters << _header.ClusterBits);
        UseBlocks();
        UseL1(_header.L1Offset, _header.L1Entries, isActive: true);
        if (_header.SnapshotCount > 0)
        {
            var snapshots = Qcow2Snapshots.Read(_file, _header);
            Use("snapshot table", _header.SnapshotsOffset, snapshots.Length);
            foreach (var snapshot in snapshots.List) UseL1(snapshot.L1Offset, snapshot.L1Entries, isActive: false);
        }
        BitmapDirectory.ForEachUse(_file, _header, Use, _result);
        foreach (var (offset, uses) in _l2) UseL2(offset, uses.Active, uses.All);
        CompareCounts();
        CompareOwnership();
        _result.ImageEnd = _uses.End << _header.ClusterBits;
        return _result;
    }

    private void Wrong(string message)
    {
        _result.Corruptions++;
        _result.Report("ERROR " + message);
    }

    /// <summary>Counts a use of each cluster that a range touches. False when the range is not in the file.</summary>
    private bool Use(string what, long offset, long length, uint times = 1)
    {
        if (length <= 0) return true;
        if (offset < 0 || (offset >> _header.ClusterBits) >= _clusters || ((offset + length - 1) >> _header.ClusterBits) >= _clusters)
        {
            Wrong($"{what} at offset {(ulong)offset} is behind the end of the file");
            return false;
        }
        for (var cluster = offset >> _header.ClusterBits; cluster <= (offset + length - 1) >> _header.ClusterBits; cluster++) _uses.Add(cluster, times);
        return true;
    }

    private bool UseTable(string what, long offset, uint times = 1)
    {
        if ((offset & (_header.ClusterSize - 1)) == 0) return Use(what, offset, _header.ClusterSize, times);
        Wrong($"{what} at offset {offset} is not at the start of a cluster");
        return false;
    }

    private void UseBlocks()
    {
        _refcountTable = Tables.Read(_file, _header.RefcountTableOffset, (int)(((long)_header.RefcountTableClusters << _header.ClusterBits) / 8));
        for (var i = 0; i < _refcountTable.Length; i++)
        {
            var block = (long)(_refcountTable[i] & ~0x1FFul);
            if (block == 0) continue;
            var seen = block >> _header.ClusterBits < _clusters && _uses[block >> _header.ClusterBits] > 0;
            if (seen) Wrong($"refcount block {i} at offset {block} is where another table is");
            if (!UseTable($"refcount block {i}", block) || seen)
            {
                _refcountTable[i] = 0;
                _countsAreWrong = true;
            }
        }
    }

    private void UseL1(long offset, uint entries, bool isActive)
    {
        if (entries == 0) return;
        Use("L1 table", offset, entries * 8L);
        var l1 = Tables.Read(_file, offset, (int)entries);
        for (var i = 0; i < l1.Length; i++)
        {
            var table = (long)(l1[i] & ClusterMap.OffsetMask);
            if (table == 0) continue;
            if (!UseTable($"L2 table {i}", table)) continue;
            var (active, all) = _l2.TryGetValue(table, out var known) ? known : (-1, 0);
            _l2[table] = (isActive && active < 0 ? i : active, all + 1);
            if (isActive) _ownership.Add((offset + (i * 8L), l1[i]));
        }
    }

    private void UseL2(long offset, long activeIndex, uint times)
    {
        if (_file.FindData(offset, _header.ClusterSize) is (false, var hole) && hole >= _header.ClusterSize) return; // nothing in it
        var table = Tables.Read(_file, offset, _header.ClusterSize / 8);
        var next = 0L;
        for (var i = 0; i < table.Length; i += _header.L2EntrySize / 8)
        {
            var entry = table[i];
            if (entry == 0) continue;
            if ((entry & ClusterMap.CompressedBit) != 0)
            {
                var offsetBits = 62 - (_header.ClusterBits - 8);
                var place = (long)(entry & ((1ul << offsetBits) - 1));
                var sectors = (long)(entry >> offsetBits & ((1ul << (62 - offsetBits)) - 1)) + 1;
                var start = place & ~(ImageDisk.SectorSize - 1L);
                if (_header.HasDataFile) Wrong($"cluster {i} of the L2 table at offset {offset} is compressed, and data are in another file");
                else Use("compressed cluster", start, Math.Min(sectors * ImageDisk.SectorSize, Math.Max(1, (_clusters << _header.ClusterBits) - start)), times);
                if (activeIndex >= 0) _result.CompressedClusters++;
                if (activeIndex >= 0) _result.AllocatedClusters++;
                if (activeIndex >= 0) _result.FragmentedClusters++; // its neighbour never follows at once
                continue;
            }
            var host = (long)(entry & ClusterMap.OffsetMask);
            if (host == 0 || _header.HasDataFile) continue;
            if (!UseTable("data cluster", host, times)) continue;
            if (activeIndex < 0) continue;
            _ownership.Add((offset + (i * 8L), entry));
            if (!_header.HasExtendedL2 && (entry & ClusterMap.ZeroBit) != 0) continue;
            _result.AllocatedClusters++;
            if (next != 0 && host != next) _result.FragmentedClusters++;
            next = host + _header.ClusterSize;
        }
    }

    private void CompareCounts()
    {
        for (var number = 0; number < _refcountTable.Length; number++)
        {
            var first = number * EntriesPerBlock;
            if (_refcountTable[number] == 0) continue;
            var block = new byte[_header.ClusterSize];
            _file.Read((long)(_refcountTable[number] & ~0x1FFul), block);
            for (var i = 0; i < EntriesPerBlock; i++) Compare(first + i, RefcountCodec.Get(block, i, _header.RefcountOrder));
        }
        foreach (var part in _uses.Parts)
        {
            for (var cluster = part; cluster < part + ClusterCounts.PartLength; cluster++)
            {
                if (!HasBlock(cluster) && _uses[cluster] > 0) Compare(cluster, 0);
            }
        }
    }

    private bool HasBlock(long cluster) => cluster / EntriesPerBlock < _refcountTable.Length && _refcountTable[cluster / EntriesPerBlock] != 0;

    private void Compare(long cluster, ulong said)
    {
        var used = _uses[cluster];
        if (said == used) return;
        if (said > used)
        {
            _result.Leaks++;
            _result.Report($"Leaked cluster {cluster} refcount={said} reference={used}");
            return;
        }
        _countsAreWrong = true;
        Wrong($"cluster {cluster} refcount={said} reference={used}");
    }

    private void CompareOwnership()
    {
        foreach (var (place, entry) in _ownership)
        {
            var cluster = (long)(entry & ClusterMap.OffsetMask) >> _header.ClusterBits;
            if ((CountInFile(cluster) == 1) != ((entry & ClusterMap.Own) != 0))
                Wrong($"OFLAG_COPIED of the entry at offset {place}: entry={entry:x} refcount={CountInFile(cluster)}");
        }
    }

    private long _lastBlockNumber = -1;
    private byte[] _lastBlock = [];

    private ulong CountInFile(long cluster)
    {
        var number = cluster / EntriesPerBlock;
        if (!HasBlock(cluster)) return 0;
        if (number != _lastBlockNumber)
        {
            _lastBlock = new byte[_header.ClusterSize];
            _file.Read((long)(_refcountTable[number] & ~0x1FFul), _lastBlock);
            _lastBlockNumber = number;
        }
        return RefcountCodec.Get(_lastBlock, (int)(cluster % EntriesPerBlock), _header.RefcountOrder);
    }

    /// <summary>Writes refcounts as they were found, behind everything else; the old ones stay until the header names the new.</summary>
    private void WriteCounts()
    {
        // The old blocks and table are used no more.
        for (var i = 0; i < _refcountTable.Length; i++)
        {
            if (_refcountTable[i] != 0) _uses.Add((long)(_refcountTable[i] & ~0x1FFul) >> _header.ClusterBits, uint.MaxValue);
        }
        for (var i = 0; i < _header.RefcountTableClusters; i++) _uses.Add((_header.RefcountTableOffset >> _header.ClusterBits) + i, uint.MaxValue);

        var start = Math.Max(_clusters, _uses.End);
        var numbers = new SortedSet<long>();
        foreach (var part in _uses.Parts)
        {
            for (var cluster = part; cluster < part + ClusterCounts.PartLength; cluster++)
            {
                if (_uses[cluster] > 0) numbers.Add(cluster / EntriesPerBlock);
            }
        }
        long tableClusters = 0, end;
        while (true)
        {
            end = start + tableClusters + numbers.Count;
            var wanted = (((end / EntriesPerBlock) + 1) * 8 + _header.ClusterSize - 1) >> _header.ClusterBits;
            var before = numbers.Count;
            for (var number = start / EntriesPerBlock; number <= (end - 1) / EntriesPerBlock; number++) numbers.Add(number);
            if (wanted <= tableClusters && numbers.Count == before) break;
            tableClusters = Math.Max(tableClusters, wanted);
        }
        for (var cluster = start; cluster < end; cluster++) _uses.Add(cluster);
        var largest = _header.RefcountOrder == 6 ? ulong.MaxValue : (1ul << (1 << _header.RefcountOrder)) - 1;
        var table = new ulong[(tableClusters << _header.ClusterBits) / 8];
        var place = (start + tableClusters) << _header.ClusterBits;
        foreach (var number in numbers)
        {
            var block = new byte[_header.ClusterSize];
            for (var i = 0; i < EntriesPerBlock; i++)
            {
                var uses = _uses[(number * EntriesPerBlock) + i];
                if (uses > largest) throw new DiskImageException($"a cluster of disk image '{_file.Name}' is used {uses} times, which its refcounts cannot say; it cannot be repaired");
                RefcountCodec.Set(block, i, _header.RefcountOrder, uses);
            }
            _file.Write(place, block);
            table[number] = (ulong)place;
            place += _header.ClusterSize;
        }
        Tables.Write(_file, start << _header.ClusterBits, table, 0, table.Length);
        _file.Flush();
        _header.RefcountTableOffset = start << _header.ClusterBits;
        _header.RefcountTableClusters = (uint)tableClusters;
        _header.WriteFields(_file);
        _file.Flush();
    }

    private void WriteOwnership()
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (var (place, entry) in _ownership)
        {
            var own = _uses[(long)(entry & ClusterMap.OffsetMask) >> _header.ClusterBits] == 1;
            var right = (entry & ~ClusterMap.Own) | (own ? ClusterMap.Own : 0);
            if (right == entry) continue;
            BinaryPrimitives.WriteUInt64BigEndian(bytes, right);
            _file.Write(place, bytes);
        }
    }
}
