using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>
/// How often each cluster of the file is used, and with that which ones are free. A use that ends is only noted: the cluster is
/// counted down, and can be given out again, when nothing in the file can refer to it any more (docs/decisions/0021-disks.md).
/// </summary>
internal sealed class Refcounts
{
    private const ulong OffsetMask = ~0x1FFul;
    private const int MostNotes = 65536;

    private readonly IImageFile _file;
    private readonly Qcow2Header _header;
    private readonly TableCache _blocks;
    private readonly MetadataPlaces _places;
    private readonly List<EndedUse> _ended = [];
    private readonly int _blockBits; // clusters a refcount block counts, as a power of two
    private ulong[] _table;
    private int _firstChanged = int.MaxValue, _lastChanged = -1;
    private bool _hasMoved; // the table is at another place than the header says
    private (long Offset, long Clusters) _newPlace;
    private long _searchFrom;

    public Refcounts(IImageFile file, Qcow2Header header, TableCache blocks, MetadataPlaces places)
    {
        _file = file;
        _header = header;
        _blocks = blocks;
        _places = places;
        _blockBits = header.ClusterBits + 3 - header.RefcountOrder;
        _table = Tables.Read(file, header.RefcountTableOffset, (int)(((long)header.RefcountTableClusters << header.ClusterBits) / 8));
    }

    public ulong Largest => _header.RefcountOrder == 6 ? ulong.MaxValue : (1ul << (1 << _header.RefcountOrder)) - 1;

    /// <summary>The refcount blocks' places, 0 where there is none.</summary>
    public ReadOnlySpan<ulong> Table => _table;

    public bool HasEndedUses => _ended.Count > 0;

    /// <summary>So much has changed that it should be written.</summary>
    public bool IsCrowded => _blocks.IsCrowded || _ended.Count > MostNotes;

    public ulong Get(long cluster)
    {
        var block = BlockOf(cluster);
        return block == 0 ? 0 : Entry(block, cluster, out var index) is var data ? Decode(data, index) : 0;
    }

    /// <summary>Uses clusters one more time that are used already.</summary>
    public void AddUse(long cluster)
    {
        var count = Get(cluster);
        if (count == 0) throw _places.Corrupt($"cluster {cluster} is used and counted as free");
        if (count == Largest) throw new DiskImageException($"a cluster of disk image '{_file.Name}' is used {count} times, and its refcounts cannot be larger; make the image with larger refcount_bits");
        Set(cluster, count + 1);
    }

    /// <summary>Gives out free clusters that follow each other: at most as many as wanted, at least one.</summary>
    public (long Offset, long Count) Allocate(long wanted, bool exactly = false)
    {
        long start = _searchFrom, count = 0;
        while (count < wanted)
        {
            var cluster = start + count;
            if (cluster >= 1L << (55 - _header.ClusterBits)) throw new DiskImageException($"disk image '{_file.Name}' cannot become larger");
            EnsureBlock(cluster);
            if (Get(cluster) == 0)
            {
                count++;
                continue;
            }
            if (count > 0 && !exactly) break;
            if (count == 0 && start == _searchFrom) _searchFrom++;
            start = cluster + 1;
            count = 0;
        }
        for (var i = 0L; i < count; i++)
        {
            _places.CheckFree(start + i);
            Set(start + i, 1);
        }
        if (start == _searchFrom) _searchFrom += count;
        return (start << _header.ClusterBits, count);
    }

    /// <summary>Gives out clusters for a table, all following each other.</summary>
    public long AllocateTable(long bytes)
    {
        var clusters = Math.Max(1, (bytes + _header.ClusterSize - 1) >> _header.ClusterBits);
        var offset = Allocate(clusters, exactly: true).Offset;
        _places.Add(offset, clusters << _header.ClusterBits);
        return offset;
    }

    /// <summary>Notes that clusters are used one time less.</summary>
    public void EndUse(long offset, long clusters, bool giveBack = false)
    {
        var cluster = offset >> _header.ClusterBits;
        if (_ended.Count > 0 && _ended[^1] is var last && last.Cluster + last.Count == cluster && last.GiveBack == giveBack)
            _ended[^1] = last with { Count = last.Count + clusters };
        else
            _ended.Add(new EndedUse(cluster, clusters, giveBack));
    }

    /// <summary>Counts down what is noted; nothing in the file refers to it any more.</summary>
    public void TakeBack(TableCache tables)
    {
        foreach (var (first, count, giveBack) in _ended)
        {
            var freeFrom = first; // from here to the cluster in question, all are free
            for (var cluster = first; cluster < first + count; cluster++)
            {
                var uses = Get(cluster);
                if (uses == 0) throw _places.Corrupt($"cluster {cluster} was used and is counted as free");
                Set(cluster, uses - 1);
                if (uses > 1)
                {
                    if (giveBack) GiveBack(freeFrom, cluster);
                    freeFrom = cluster + 1;
                    continue;
                }
                _searchFrom = Math.Min(_searchFrom, cluster);
                if (!_places.Remove(cluster)) continue;
                tables.Forget(cluster << _header.ClusterBits, _header.ClusterSize);
                _blocks.Forget(cluster << _header.ClusterBits, _header.ClusterSize);
            }
            if (giveBack) GiveBack(freeFrom, first + count);
        }
        _ended.Clear();
    }

    /// <summary>Writes blocks, then the table that refers to them, then the header that refers to that.</summary>
    public void Write()
    {
        _blocks.WriteChanges();
        if (_hasMoved)
        {
            _file.Flush();
            Tables.Write(_file, _newPlace.Offset, _table, 0, _table.Length);
            _file.Flush();
            var (offset, clusters) = (_header.RefcountTableOffset, _header.RefcountTableClusters);
            _header.RefcountTableOffset = _newPlace.Offset;
            _header.RefcountTableClusters = (uint)_newPlace.Clusters;
            _header.WriteFields(_file);
            _hasMoved = false;
            EndUse(offset, clusters);
        }
        else if (_lastChanged >= 0)
        {
            _file.Flush();
            Tables.Write(_file, _header.RefcountTableOffset, _table, _firstChanged, _lastChanged - _firstChanged + 1);
        }
        (_firstChanged, _lastChanged) = (int.MaxValue, -1);
    }

    private void GiveBack(long from, long to)
    {
        if (to > from) _ = _file.TryPunchHole(from << _header.ClusterBits, (to - from) << _header.ClusterBits);
    }

    private void Set(long cluster, ulong count)
    {
        var block = EnsureBlock(cluster);
        var index = cluster & ((1L << _blockBits) - 1);
        var data = _blocks.GetForChange(PieceOf(block, index));
        Encode(data, (int)(index & (EntriesPerPiece - 1)), count);
    }

    private long EntriesPerPiece => (long)_blocks.PieceSize * 8 >> _header.RefcountOrder;

    private long PieceOf(long block, long index) => block + (index / EntriesPerPiece * _blocks.PieceSize);

    private byte[] Entry(long block, long cluster, out int index)
    {
        var inBlock = cluster & ((1L << _blockBits) - 1);
        index = (int)(inBlock & (EntriesPerPiece - 1));
        return _blocks.Get(PieceOf(block, inBlock));
    }

    private long BlockOf(long cluster)
    {
        var number = cluster >> _blockBits;
        if (number >= _table.Length) return 0;
        var block = (long)(_table[number] & OffsetMask);
        if (block == 0) return 0;
        if ((block & (_header.ClusterSize - 1)) != 0 || block >= _file.Length) throw _places.Corrupt($"refcount block {number} is said to be at {block}");
        return block;
    }

    /// <summary>A new block counts itself: it is the first cluster of those that it is there for.</summary>
    private long EnsureBlock(long cluster)
    {
        var block = BlockOf(cluster);
        if (block != 0) return block;
        var number = cluster >> _blockBits;
        if (number == 0) throw _places.Corrupt("the first clusters, which are in use, have no refcounts");
        if (number >= _table.Length) GrowTable(number);
        if (BlockOf(cluster) is var made and not 0) return made;
        block = number << _blockBits << _header.ClusterBits;
        _places.CheckFree(block >> _header.ClusterBits);
        _blocks.Forget(block, _header.ClusterSize); // what it was when it was another's
        _file.Write(block, new byte[_header.ClusterSize]);
        _places.Add(block, _header.ClusterSize);
        _table[number] = (ulong)block;
        _firstChanged = Math.Min(_firstChanged, (int)number);
        _lastChanged = Math.Max(_lastChanged, (int)number);
        Set(block >> _header.ClusterBits, 1);
        return block;
    }

    private void GrowTable(long number)
    {
        var perCluster = _header.ClusterSize / 8;
        var entries = Math.Max(number + 1, _table.Length + (_table.Length / 2));
        // The new table may need blocks of its own to be counted.
        entries += (entries * 8 / _header.ClusterSize >> _blockBits) + 2;
        var clusters = (entries + perCluster - 1) / perCluster;
        if (clusters << _header.ClusterBits > Qcow2Header.LongestRefcountTable) throw new DiskImageException($"disk image '{_file.Name}' cannot become larger with clusters of {_header.ClusterSize} bytes");
        if (_hasMoved) EndUse(_newPlace.Offset, _newPlace.Clusters);
        Array.Resize(ref _table, (int)(clusters * perCluster));
        _hasMoved = true;
        _newPlace = (0, clusters);
        _newPlace = (AllocateTable(clusters << _header.ClusterBits), clusters);
    }

    private ulong Decode(ReadOnlySpan<byte> data, int index) => RefcountCodec.Get(data, index, _header.RefcountOrder);

    private void Encode(Span<byte> data, int index, ulong count) => RefcountCodec.Set(data, index, _header.RefcountOrder, count);

    /// <summary>Clusters that are used one time less.</summary>
    private sealed record EndedUse(long Cluster, long Count, bool GiveBack);
}
