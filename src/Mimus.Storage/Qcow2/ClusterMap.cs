using System.Buffers.Binary;
using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>Where the clusters of a disk are in the file: the L1 table, in memory, and the L2 tables that it refers to.</summary>
internal sealed class ClusterMap
{
    public const ulong OffsetMask = 0x00FF_FFFF_FFFF_FE00;
    public const ulong Own = 1ul << 63, CompressedBit = 1ul << 62, ZeroBit = 1;

    private readonly IImageFile _file;
    private readonly Qcow2Header _header;
    private readonly TableCache _cache;
    private readonly MetadataPlaces _places;
    private ulong[] _l1;
    private int _firstChanged = int.MaxValue, _lastChanged = -1; // in the L1 table

    public ClusterMap(IImageFile file, Qcow2Header header, TableCache cache, MetadataPlaces places, long l1Offset, uint l1Entries)
    {
        _file = file;
        _header = header;
        _cache = cache;
        _places = places;
        _l1 = Tables.Read(file, l1Offset, (int)l1Entries);
    }

    public ReadOnlySpan<ulong> L1 => _l1;

    public bool HasChanges => _cache.HasChanges || HasL1Changes;

    public bool HasL1Changes => _lastChanged >= 0;

    /// <summary>How many units a cluster consists of, as a mask.</summary>
    public uint AllUnits => _header.HasExtendedL2 ? uint.MaxValue : 1;

    public int UnitSize => _header.HasExtendedL2 ? _header.ClusterSize / 32 : _header.ClusterSize;

    public ClusterState Get(long cluster)
    {
        var table = TableOf(cluster);
        if (table == 0) return default;
        var piece = _cache.Get(PieceOf(table, cluster, out var at));
        var descriptor = BinaryPrimitives.ReadUInt64BigEndian(piece.AsSpan(at));
        return Decode(cluster, descriptor, _header.HasExtendedL2 ? BinaryPrimitives.ReadUInt64BigEndian(piece.AsSpan(at + 8)) : 0);
    }

    /// <summary>How many clusters from this one on have no L2 table, which is a quick way over what is empty.</summary>
    public long EmptyRun(long cluster)
    {
        var index = cluster >> _header.L2Bits;
        var first = index;
        while (index < _l1.Length && (_l1[index] & OffsetMask) == 0) index++;
        return index == first ? 0 : (index << _header.L2Bits) - cluster;
    }

    /// <summary>Changes an entry. Its table must be the disk's own: <see cref="NeedsTable"/>.</summary>
    public void Set(long cluster, in ClusterState state)
    {
        var piece = _cache.GetForChange(PieceOf(TableOf(cluster), cluster, out var at));
        var descriptor = state.IsCompressed ? state.Compressed
            : state.HasHost ? (ulong)state.Host | (state.IsOwn ? Own : 0)
            : 0;
        if (_header.HasExtendedL2)
            BinaryPrimitives.WriteUInt64BigEndian(piece.AsSpan(at + 8), state.IsCompressed ? 0 : ((ulong)state.Zero << 32) | state.Allocated);
        else if (!state.IsCompressed && state.Zero != 0)
            descriptor |= ZeroBit;
        BinaryPrimitives.WriteUInt64BigEndian(piece.AsSpan(at), descriptor);
    }

    /// <summary>Whether a cluster's entry has no table yet, or one that a snapshot uses too; and that one.</summary>
    public bool NeedsTable(long cluster, out long shared)
    {
        var entry = _l1[cluster >> _header.L2Bits];
        shared = TableOf(cluster);
        return shared == 0 || (entry & Own) == 0;
    }

    /// <summary>Puts a new table in place, empty or as the one that was there.</summary>
    public void PutTable(long cluster, long table, long copyOf)
    {
        _cache.Forget(table, _header.ClusterSize); // what it was when it was another's
        // Nothing refers to it yet, so it may reach the file at once.
        if (copyOf == 0) _file.Write(table, new byte[_header.ClusterSize]);
        for (var at = 0; copyOf != 0 && at < _header.ClusterSize; at += _cache.PieceSize) _file.Write(table + at, _cache.Get(copyOf + at));
        SetL1((int)(cluster >> _header.L2Bits), (ulong)table | Own);
    }

    public void SetL1(int index, ulong entry)
    {
        _l1[index] = entry;
        _firstChanged = Math.Min(_firstChanged, index);
        _lastChanged = Math.Max(_lastChanged, index);
    }

    /// <summary>Takes another table in place of this one, which the header refers to already.</summary>
    public void ReplaceL1(ulong[] table)
    {
        _l1 = table;
        (_firstChanged, _lastChanged) = (int.MaxValue, -1);
    }

    public void WriteL2() => _cache.WriteChanges();

    public void WriteL1()
    {
        Tables.Write(_file, _header.L1Offset, _l1, _firstChanged, _lastChanged - _firstChanged + 1);
        (_firstChanged, _lastChanged) = (int.MaxValue, -1);
    }

    public ClusterState Decode(long cluster, ulong descriptor, ulong bitmap)
    {
        if ((descriptor & CompressedBit) != 0)
        {
            if (_header.HasDataFile) throw _places.Corrupt($"cluster {cluster} is compressed, and the data are in another file");
            return new ClusterState(false, 0, false, 0, 0, descriptor);
        }
        var host = (long)(descriptor & OffsetMask);
        if ((host & (_header.ClusterSize - 1)) != 0) throw _places.Corrupt($"cluster {cluster} is said to be at {host}, which is not the start of a cluster");
        var own = (descriptor & Own) != 0;
        var hasHost = host != 0 || (_header.HasDataFile && own);
        if (!_header.HasExtendedL2)
        {
            var zero = _header.Version > 2 && (descriptor & ZeroBit) != 0;
            return new ClusterState(hasHost, host, own, hasHost && !zero ? 1u : 0, zero ? 1u : 0, 0);
        }
        uint allocated = (uint)bitmap, zeroes = (uint)(bitmap >> 32);
        if ((allocated & zeroes) != 0 || (allocated != 0 && !hasHost)) throw _places.Corrupt($"the entry of cluster {cluster} contradicts itself");
        return new ClusterState(hasHost, host, own, allocated, zeroes, 0);
    }

    private long TableOf(long cluster)
    {
        var index = cluster >> _header.L2Bits;
        var table = index < _l1.Length ? (long)(_l1[index] & OffsetMask) : 0;
        if (table != 0 && ((table & (_header.ClusterSize - 1)) != 0 || table >= _file.Length))
            throw _places.Corrupt($"L2 table {index} is said to be at {table}");
        return table;
    }

    private long PieceOf(long table, long cluster, out int at)
    {
        var inTable = (cluster & ((1L << _header.L2Bits) - 1)) * _header.L2EntrySize;
        at = (int)(inTable & (_cache.PieceSize - 1));
        return table + inTable - at;
    }
}
