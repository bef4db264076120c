namespace Mimus.Storage.Qcow2;

// Writing: in place where that is possible, else into clusters that are taken for it.
public sealed partial class Qcow2Disk
{
    private const int MostClustersAtOnce = 4096;

    private static readonly byte[] s_zeroes = new byte[1 << Qcow2Header.MaximumClusterBits];

    private long _compressedEnd; // behind the last compressed cluster, if others fit after it

    /// <summary>Writes a whole cluster that the caller has compressed. False when it needs more room than it saves.</summary>
    public bool TryWriteCompressed(long offset, ReadOnlySpan<byte> compressed)
    {
        if ((offset & (ClusterSize - 1)) != 0 || Header.HasDataFile) throw new DiskImageException("compressed clusters are written whole, and into the image itself");
        if (compressed.Length >= ClusterSize) return false;
        using var alone = AloneForWriting();
        var place = TakeBytes(compressed.Length);
        _store.File.Write(place, compressed);
        _compressed.Forget();
        var cluster = offset >> Header.ClusterBits;
        var sectors = ((place + compressed.Length - 1) / SectorSize) - (place / SectorSize);
        var descriptor = ClusterMap.CompressedBit | ((ulong)sectors << (62 - (Header.ClusterBits - 8))) | (ulong)place;
        var before = _store.Map.Get(cluster);
        _store.SetCluster(cluster, before, new ClusterState(false, 0, false, 0, 0, descriptor));
        _store.Relieve();
        return true;
    }

    protected override void WriteCore(long offset, ReadOnlySpan<byte> source)
    {
        var written = _isWriting ? WriteInPlace(offset, source) : 0;
        if (written == source.Length) return;
        using var alone = AloneForWriting();
        WriteAlone(offset + written, source[written..]);
        _store.Relieve();
    }

    protected override void WriteZeroesCore(long offset, long length, bool mayUnmap)
    {
        using var alone = AloneForWriting();
        while (length > 0)
        {
            var inCluster = offset & (ClusterSize - 1);
            var cluster = offset >> Header.ClusterBits;
            if (inCluster == 0 && _backing is null && _store.Map.EmptyRun(cluster) is var empty and > 0 && !Header.HasDataFile)
            {
                var skipped = Math.Min(empty << Header.ClusterBits, length);
                offset += skipped;
                length -= skipped;
                continue;
            }
            var count = Math.Min(length, ClusterSize - inCluster);
            ZeroInCluster(cluster, (int)inCluster, (int)count, offset + count == Length, mayUnmap);
            offset += count;
            length -= count;
            _store.Relieve();
        }
    }

    protected override void DiscardCore(long offset, long length)
    {
        if (Header.HasDataFile || (Header.Version == 2 && _backing is not null)) return; // what is below would come to light
        using var alone = AloneForWriting();
        var end = offset + length == Length ? (offset + length + ClusterSize - 1) >> Header.ClusterBits : (offset + length) >> Header.ClusterBits;
        for (var cluster = (offset + ClusterSize - 1) >> Header.ClusterBits; cluster < end; cluster++)
        {
            if (_store.Map.EmptyRun(cluster) is var empty and > 0)
            {
                cluster += empty - 1;
                continue;
            }
            var before = _store.Map.Get(cluster);
            if (!before.HasHost && !before.IsCompressed) continue;
            _store.SetCluster(cluster, before, _backing is null ? default : default(ClusterState) with { Zero = _store.Map.AllUnits }, giveBack: true);
            _store.Relieve();
        }
    }

    /// <summary>Drops all that this layer has, so that what is below shows everywhere.</summary>
    public void Empty()
    {
        using var alone = AloneForWriting();
        DropFrom(0);
    }

    /// <summary>Drops the clusters from one on to the end of the disk.</summary>
    private void DropFrom(long cluster)
    {
        var end = (Length + ClusterSize - 1) >> Header.ClusterBits;
        for (; cluster < end; cluster++)
        {
            if (_store.Map.EmptyRun(cluster) is var empty and > 0)
            {
                cluster += empty - 1;
                continue;
            }
            var before = _store.Map.Get(cluster);
            if (before != default) _store.SetCluster(cluster, before, default, giveBack: true);
            _store.Relieve();
        }
    }

    private GateHolder Alone() => new(_gate);

    private GateHolder AloneForWriting()
    {
        var alone = new GateHolder(_gate);
        try
        {
            _store.Begin();
            _isWriting = true;
            return alone;
        }
        catch
        {
            alone.Dispose();
            throw;
        }
    }

    /// <summary>Writes as much of the beginning as has its place; how much that was.</summary>
    private int WriteInPlace(long offset, ReadOnlySpan<byte> source)
    {
        var map = _store.Map;
        var written = 0;
        _gate.EnterReadLock();
        try
        {
            if (_store.Places.IsDamaged) return 0;
            while (written < source.Length)
            {
                var at = offset + written;
                var run = FindRun(at, source.Length - written);
                if (run.Kind != UnitKind.Data) break;
                // The run is of one kind and one place, but each of its clusters must be nobody else's.
                var length = 0L;
                while (length < run.Length && map.Get((at + length) >> Header.ClusterBits).IsInPlace)
                {
                    CheckNoTable(run.Host + length);
                    length += ClusterSize - ((at + length) & (ClusterSize - 1));
                }
                length = Math.Min(length, run.Length);
                if (length == 0) break;
                _store.DataFile.Write(run.Host, source.Slice(written, (int)length));
                written += (int)length;
            }
            return written;
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    private void CheckNoTable(long host)
    {
        if (!Header.HasDataFile && _store.Places.Contains(host)) throw _store.Places.Corrupt($"data are said to be at {host}, where a table is");
    }

    private void WriteAlone(long offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var cluster = offset >> Header.ClusterBits;
            var inCluster = (int)(offset & (ClusterSize - 1));
            var state = _store.Map.Get(cluster);
            int count;
            if (state.IsInPlace)
            {
                CheckNoTable(state.Host);
                count = Math.Min(source.Length, ClusterSize - inCluster);
                var after = FillAround(cluster, state, state.Host, inCluster, inCluster + count);
                _store.DataFile.Write(state.Host + inCluster, source[..count]);
                if (after != state) _store.SetCluster(cluster, state, after);
            }
            else
            {
                count = WriteNew(offset, source);
            }
            offset += count;
            source = source[count..];
        }
    }

    /// <summary>Takes clusters for as much of the source as may lie together, and writes it there; how much that was.</summary>
    private int WriteNew(long offset, ReadOnlySpan<byte> source)
    {
        var first = offset >> Header.ClusterBits;
        var inCluster = (int)(offset & (ClusterSize - 1));
        var most = Math.Min(MostClustersAtOnce, ((long)inCluster + source.Length + ClusterSize - 1) >> Header.ClusterBits);
        var wanted = 1L;
        while (wanted < most && !_store.Map.Get(first + wanted).IsInPlace) wanted++;
        var (host, got) = Header.HasDataFile ? (first << Header.ClusterBits, wanted) : _store.Refcounts.Allocate(wanted);
        var count = (int)Math.Min(source.Length, (got << Header.ClusterBits) - inCluster);
        try
        {
            var end = inCluster + count;
            var last = (end - 1) >> Header.ClusterBits;
            var afterFirst = FillAround(first, _store.Map.Get(first), host, inCluster, Math.Min(end, ClusterSize));
            var lastHost = host + ((long)last << Header.ClusterBits);
            var afterLast = last == 0 ? afterFirst : FillAround(first + last, _store.Map.Get(first + last), lastHost, 0, end - (last << Header.ClusterBits));
            _store.DataFile.Write(host + inCluster, source[..count]);
            for (var i = 0; i <= last; i++)
            {
                var after = i == 0 ? afterFirst : i == last ? afterLast
                    : new ClusterState(true, host + ((long)i << Header.ClusterBits), true, _store.Map.AllUnits, 0, 0);
                _store.SetCluster(first + i, _store.Map.Get(first + i), after);
            }
        }
        catch
        {
            // What was entered already is read again by nobody who was told that the write succeeded; what was not goes back.
            for (var i = 0L; i < got && !Header.HasDataFile; i++)
            {
                if (_store.Map.Get(first + i).Host != host + (i << Header.ClusterBits)) _store.Refcounts.EndUse(host + (i << Header.ClusterBits), 1);
            }
            throw;
        }
        return count;
    }

    /// <summary>
    /// Writes to a cluster's place what it holds beside the range that is about to be written: the rest of the range's first and
    /// last unit, and, in a new place, units that were in the old one. Returns what the cluster's entry is to be then.
    /// </summary>
    private ClusterState FillAround(long cluster, in ClusterState before, long host, int from, int to)
    {
        int unitSize = _store.Map.UnitSize, first = from / unitSize, last = (to - 1) / unitSize;
        var isNew = !before.HasHost || before.Host != host || before.IsCompressed;
        var touched = (uint)((1ul << (last + 1)) - (1ul << first));
        var kept = before.IsCompressed ? _store.Map.AllUnits & ~touched : isNew ? before.Allocated & ~touched : 0;
        for (var unit = 0; kept != 0 && unit < ClusterSize / unitSize; unit++)
        {
            if ((kept >> unit & 1) != 0) CopyOld(cluster, before.KindOf(unit), host, unit * unitSize, (unit + 1) * unitSize);
        }
        if (isNew || before.KindOf(first) != UnitKind.Data) CopyOld(cluster, before.KindOf(first), host, first * unitSize, from);
        if (isNew || before.KindOf(last) != UnitKind.Data) CopyOld(cluster, before.KindOf(last), host, to, (last + 1) * unitSize);
        return new ClusterState(true, host, true, touched | (before.IsCompressed ? kept : before.Allocated), before.IsCompressed ? 0 : before.Zero & ~touched, 0);
    }

    private void CopyOld(long cluster, UnitKind kind, long host, int from, int to)
    {
        if (from >= to) return;
        var file = _store.DataFile;
        var readsZero = kind == UnitKind.Zero || (kind == UnitKind.Missing && _backing is null);
        if (readsZero && host + from >= file.Length) return; // what is behind the end becomes zero with the next write
        if (readsZero)
        {
            file.Write(host + from, s_zeroes.AsSpan(0, to - from));
            return;
        }
        var old = new byte[to - from];
        var at = (cluster << Header.ClusterBits) + from;
        var length = (int)Math.Clamp(Length - at, 0, old.Length);
        if (length > 0) ReadShared(at, old.AsSpan(0, length));
        file.Write(host + from, old);
    }

    private void ZeroInCluster(long cluster, int from, int count, bool toEnd, bool mayUnmap)
    {
        var map = _store.Map;
        int unitSize = map.UnitSize, to = from + count;
        var before = map.Get(cluster);
        var start = cluster << Header.ClusterBits;
        if (Header.Version == 2 || Header.HasDataFile)
        {
            if (!before.HasHost && !before.IsCompressed && _backing is null && !Header.HasDataFile) return;
            if (count == ClusterSize && mayUnmap && _backing is null && !Header.HasDataFile) _store.SetCluster(cluster, before, default, giveBack: true);
            else WriteAlone(start + from, s_zeroes.AsSpan(0, count));
            return;
        }
        // Whole units are marked; what is left at both ends is written, unless it is zero already.
        int first = (from + unitSize - 1) / unitSize, end = toEnd ? (to + unitSize - 1) / unitSize : to / unitSize;
        if (first > end || before.IsCompressed && (first > 0 || end < ClusterSize / unitSize))
        {
            WriteZeroBytes(before, start, from, to);
            return;
        }
        WriteZeroBytes(before, start, from, first * unitSize);
        WriteZeroBytes(map.Get(cluster), start, end * unitSize, to);
        before = map.Get(cluster);
        var mask = (uint)((1ul << end) - (1ul << first));
        if (mask == 0 || (before.Zero & mask) == mask && !(before.HasHost && mayUnmap && mask == map.AllUnits)) return;
        if (!before.HasHost && !before.IsCompressed && before.Zero == 0 && _backing is null) return;
        var after = mask == map.AllUnits && (mayUnmap || !before.IsInPlace)
            ? default(ClusterState) with { Zero = mask }
            : before with { Allocated = before.Allocated & ~mask, Zero = before.Zero | mask };
        _store.SetCluster(cluster, before, after, giveBack: mayUnmap);
    }

    private void WriteZeroBytes(in ClusterState state, long start, int from, int to)
    {
        if (from >= to) return;
        var kind = state.KindOf(from / _store.Map.UnitSize);
        if (kind == UnitKind.Zero || (kind == UnitKind.Missing && _backing is null)) return;
        WriteAlone(start + from, s_zeroes.AsSpan(0, to - from));
    }

    /// <summary>Takes room for a compressed cluster, which may begin where the one before ended.</summary>
    private long TakeBytes(int length)
    {
        var clusterSize = ClusterSize;
        var used = _compressedEnd & (clusterSize - 1);
        var last = (_compressedEnd - 1) >> Header.ClusterBits;
        var mayShare = used != 0 && _store.Refcounts.Get(last) is > 0 and var uses && uses < _store.Refcounts.Largest;
        if (mayShare && used + length <= clusterSize)
        {
            _store.Refcounts.AddUse(last);
            _compressedEnd += length;
            return _compressedEnd - length;
        }
        var fresh = _store.Refcounts.Allocate(1).Offset;
        if (mayShare && fresh >> Header.ClusterBits == last + 1)
        {
            _store.Refcounts.AddUse(last);
            fresh = _compressedEnd;
        }
        _compressedEnd = fresh + length;
        return fresh;
    }

    private readonly ref struct GateHolder
    {
        private readonly ReaderWriterLockSlim _gate;

        public GateHolder(ReaderWriterLockSlim gate)
        {
            _gate = gate;
            _gate.EnterWriteLock();
        }

        public void Dispose() => _gate.ExitWriteLock();
    }
}
