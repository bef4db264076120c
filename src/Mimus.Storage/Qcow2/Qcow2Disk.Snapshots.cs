using System.Globalization;

namespace Mimus.Storage.Qcow2;

// Snapshots and the disk's length: changes of the image as a whole. While they are under way the image is marked as not counted,
// where its version allows that, so that who opens it after a crash puts counts and flags in order.
public sealed partial class Qcow2Disk
{
    /// <summary>Keeps the disk as it is now under a name.</summary>
    public void CreateSnapshot(string name, uint seconds, uint nanoseconds = 0)
    {
        if (Header.HasDataFile) throw new DiskImageException("a disk whose data are in a file of their own cannot have snapshots in its image");
        if (Snapshots.Count >= Qcow2Header.MostSnapshots) throw new DiskImageException($"an image has room for {Qcow2Header.MostSnapshots} snapshots; delete one first");
        using var alone = AloneForWriting();
        Settle();
        foreach (var (_, _, l2) in L2Tables(_store.Map.L1.ToArray()))
        {
            foreach (var (first, count) in Uses(l2))
            {
                for (var cluster = first; cluster < first + count; cluster++)
                {
                    if (_store.Refcounts.Get(cluster) > _store.Refcounts.Largest / 2)
                        throw new DiskImageException($"the refcounts of the image, of {1 << Header.RefcountOrder} bits, are too small for one more snapshot; make it anew with larger refcount_bits");
                }
            }
        }
        MarkUncounted();
        AddUses(_store.Map.L1.ToArray());
        RefreshOwnership(); // before anything can see the snapshot: what is shared is not written in place
        var l1 = _store.Map.L1.ToArray();
        for (var i = 0; i < l1.Length; i++) l1[i] &= ~ClusterMap.Own;
        var l1Offset = _store.Refcounts.AllocateTable(Math.Max(8, l1.Length * 8L));
        Tables.Write(_store.File, l1Offset, l1, 0, l1.Length);
        var id = 1 + Snapshots.Select(s => long.TryParse(s.Id, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0).DefaultIfEmpty(0).Max();
        PutSnapshots([.. Snapshots, new Qcow2Snapshot
        {
            Id = id.ToString(CultureInfo.InvariantCulture), Name = name, L1Offset = l1Offset, L1Entries = (uint)l1.Length, Seconds = seconds, Nanoseconds = nanoseconds, DiskSize = Header.Size,
        }]);
        MarkCounted();
    }

    /// <summary>Makes the disk what it was when the snapshot was made; what was written since is lost.</summary>
    public void ApplySnapshot(Qcow2Snapshot snapshot)
    {
        using var alone = AloneForWriting();
        Settle();
        MarkUncounted();
        var before = _store.Map.L1.ToArray();
        var (beforeOffset, beforeEntries) = (Header.L1Offset, Header.L1Entries);
        var l1 = Tables.Read(_store.File, snapshot.L1Offset, (int)snapshot.L1Entries);
        AddUses(l1);
        var offset = _store.Refcounts.AllocateTable(Math.Max(8, l1.Length * 8L));
        for (var i = 0; i < l1.Length; i++) l1[i] &= ~ClusterMap.Own;
        Tables.Write(_store.File, offset, l1, 0, l1.Length);
        _store.Refcounts.Write();
        SwitchL1(offset, l1, snapshot.DiskSize);
        EndUses(before);
        EndTable(beforeOffset, beforeEntries * 8L);
        Settle();
        RefreshOwnership();
        MarkCounted();
    }

    public void DeleteSnapshot(Qcow2Snapshot snapshot)
    {
        using var alone = AloneForWriting();
        Settle();
        MarkUncounted();
        PutSnapshots([.. Snapshots.Where(s => s != snapshot)]);
        EndUses(Tables.Read(_store.File, snapshot.L1Offset, (int)snapshot.L1Entries));
        EndTable(snapshot.L1Offset, snapshot.L1Entries * 8L);
        Settle();
        RefreshOwnership();
        MarkCounted();
    }

    /// <summary>Makes the disk longer, with zeroes, or shorter.</summary>
    public void Resize(long length)
    {
        if (length < 0 || length % SectorSize != 0) throw new DiskImageException($"a disk cannot have {length} bytes; its length is a multiple of {SectorSize}");
        if (Header.Version == 2 && Snapshots.Count > 0) throw new DiskImageException("an image of version 2 with snapshots cannot be resized; amend it to version 3 first");
        var entries = Header.L1EntriesFor(length);
        if (entries > Qcow2Header.LongestL1 / 8) throw new DiskImageException($"a disk of {length} bytes is too large for clusters of {ClusterSize} bytes");
        using var alone = AloneForWriting();
        var before = _length;
        if (length < before) Cut(length);
        if (entries > Header.L1Entries)
        {
            Settle();
            var perCluster = ClusterSize / 8;
            var l1 = new ulong[(entries + perCluster - 1) / perCluster * perCluster];
            if (l1.Length > Qcow2Header.LongestL1 / 8) Array.Resize(ref l1, (int)entries);
            _store.Map.L1.CopyTo(l1);
            var (oldOffset, oldEntries) = (Header.L1Offset, Header.L1Entries);
            var offset = _store.Refcounts.AllocateTable(l1.Length * 8L);
            Tables.Write(_store.File, offset, l1, 0, l1.Length);
            _store.Refcounts.Write();
            SwitchL1(offset, l1, Header.Size);
            EndTable(oldOffset, oldEntries * 8L);
        }
        _length = length;
        if (length > before)
        {
            if (_backing is not null) HideBacking(before, Math.Min(length, _backing.Length));
            if (Header.HasDataFile && (Header.Autoclear & Qcow2Header.RawExternalData) != 0) _store.DataFile.SetLength(length);
        }
        Settle();
        Header.Size = length;
        Header.WriteFields(_store.File);
        _store.Barrier();
    }

    /// <summary>Gives every cluster of the disk its place; they read as zeroes.</summary>
    public void Preallocate(long from, Preallocation preallocation)
    {
        var reserve = Qcow2Creator.ReservationOf(preallocation);
        using var alone = AloneForWriting();
        var end = (Length + ClusterSize - 1) >> Header.ClusterBits;
        for (var cluster = from >> Header.ClusterBits; cluster < end;)
        {
            var wanted = Math.Min(end - cluster, MostClustersAtOnce);
            var (host, got) = Header.HasDataFile ? (cluster << Header.ClusterBits, wanted) : _store.Refcounts.Allocate(wanted);
            var bytes = got << Header.ClusterBits;
            if (!reserve(_store.DataFile, host, bytes)) throw new DiskImageException("the file system cannot give space out without writing it; use preallocation=full or metadata");
            if (_store.DataFile.Length < host + bytes) _store.DataFile.SetLength(host + bytes);
            for (var i = 0L; i < got; i++)
                _store.SetCluster(cluster + i, default, new ClusterState(true, host + (i << Header.ClusterBits), true, _store.Map.AllUnits, 0, 0));
            cluster += got;
            _store.Relieve();
        }
    }

    private void Cut(long length)
    {
        // What is left of the last cluster must not come back when the disk grows again.
        var clusterEnd = Math.Min(Length, (length + ClusterSize - 1) & ~(ClusterSize - 1L));
        if (clusterEnd > length && _store.Map.Get(length >> Header.ClusterBits) is { } state)
            ZeroInCluster(length >> Header.ClusterBits, (int)(length & (ClusterSize - 1)), (int)(clusterEnd - length), false, mayUnmap: false);
        DropFrom((length + ClusterSize - 1) >> Header.ClusterBits);
    }

    private void HideBacking(long from, long to)
    {
        while (from < to)
        {
            var count = Math.Min(to - from, ClusterSize - (from & (ClusterSize - 1)));
            ZeroInCluster(from >> Header.ClusterBits, (int)(from & (ClusterSize - 1)), (int)count, from + count == to, mayUnmap: true);
            from += count;
        }
    }

    /// <summary>All that was changed is in the file, and nothing waits to be taken back.</summary>
    private void Settle()
    {
        _store.Commit();
        _store.Commit();
        _store.Barrier();
    }

    private void MarkUncounted()
    {
        if (Header.Version == 2 || (Header.Incompatible & Qcow2Header.Dirty) != 0) return;
        Header.Incompatible |= Qcow2Header.Dirty;
        Header.WriteFields(_store.File);
        _store.Barrier();
    }

    private void MarkCounted()
    {
        Settle();
        _store.Refcounts.Write();
        _store.Barrier();
        if (Header.Version == 2 || _store.CountsLater) return;
        Header.Incompatible &= ~Qcow2Header.Dirty;
        Header.WriteFields(_store.File);
        _store.Barrier();
    }

    private void SwitchL1(long offset, ulong[] l1, long size)
    {
        _store.Barrier();
        Header.L1Offset = offset;
        Header.L1Entries = (uint)l1.Length;
        Header.Size = size;
        Header.WriteFields(_store.File);
        _store.Barrier();
        _store.Map.ReplaceL1(l1);
        _length = (size + SectorSize - 1) / SectorSize * SectorSize;
    }

    private void PutSnapshots(List<Qcow2Snapshot> list)
    {
        var table = Qcow2Snapshots.Encode(list);
        var (oldOffset, oldLength) = (Header.SnapshotsOffset, Header.SnapshotCount == 0 ? 0 : Qcow2Snapshots.Read(_store.File, Header).Length);
        var offset = list.Count == 0 ? 0 : _store.Refcounts.AllocateTable(table.Length);
        if (list.Count > 0) _store.File.Write(offset, table);
        _store.Refcounts.Write();
        _store.Commit();
        _store.Barrier();
        Header.SnapshotsOffset = offset;
        Header.SnapshotCount = (uint)list.Count;
        Header.WriteFields(_store.File);
        _store.Barrier();
        EndTable(oldOffset, oldLength);
        Snapshots = list;
    }

    private void EndTable(long offset, long length)
    {
        if (length > 0) _store.Refcounts.EndUse(offset, (length + ClusterSize - 1) >> Header.ClusterBits);
    }

    private void AddUses(ulong[] l1)
    {
        foreach (var (_, table, l2) in L2Tables(l1))
        {
            _store.Refcounts.AddUse(table >> Header.ClusterBits);
            foreach (var (first, count) in Uses(l2))
            {
                for (var cluster = first; cluster < first + count; cluster++) _store.Refcounts.AddUse(cluster);
            }
        }
    }

    private void EndUses(ulong[] l1)
    {
        foreach (var (_, table, l2) in L2Tables(l1))
        {
            foreach (var (first, count) in Uses(l2)) _store.Refcounts.EndUse(first << Header.ClusterBits, count, giveBack: true);
            _store.Refcounts.EndUse(table, 1);
            _store.Relieve();
        }
    }

    /// <summary>Notes in the tables which clusters nobody else uses.</summary>
    private void RefreshOwnership()
    {
        var l1 = _store.Map.L1.ToArray();
        foreach (var (index, table, l2) in L2Tables(l1))
        {
            var isOwn = _store.Refcounts.Get(table >> Header.ClusterBits) == 1;
            var first = (long)index << Header.L2Bits;
            for (var i = 0; i < 1 << Header.L2Bits; i++)
            {
                var state = _store.Map.Decode(first + i, l2[i * Header.L2EntrySize / 8], Header.HasExtendedL2 ? l2[(i * 2) + 1] : 0);
                if (!state.HasHost) continue;
                var hostIsOwn = _store.Refcounts.Get(state.Host >> Header.ClusterBits) == 1;
                if (hostIsOwn != state.IsOwn) _store.Map.Set(first + i, state with { IsOwn = hostIsOwn });
            }
            var entry = (ulong)table | (isOwn ? ClusterMap.Own : 0);
            if (l1[index] != entry) _store.Map.SetL1(index, entry);
            _store.Relieve();
        }
    }

    /// <summary>The L2 tables of an L1 table, as they are in the file.</summary>
    private IEnumerable<(int Index, long Offset, ulong[] Entries)> L2Tables(ulong[] l1)
    {
        for (var i = 0; i < l1.Length; i++)
        {
            var table = (long)(l1[i] & ClusterMap.OffsetMask);
            if (table == 0) continue;
            if ((table & (ClusterSize - 1)) != 0 || table >= _store.File.Length) throw _store.Places.Corrupt($"L2 table {i} is said to be at {table}");
            yield return (i, table, Tables.Read(_store.File, table, ClusterSize / 8));
        }
    }

    private IEnumerable<(long First, long Count)> Uses(ulong[] l2)
    {
        for (var i = 0; i < l2.Length; i += Header.L2EntrySize / 8)
        {
            if (l2[i] == 0) continue;
            if ((l2[i] & ClusterMap.CompressedBit) != 0)
            {
                var (offset, length) = _store.CompressedPlace(l2[i]);
                yield return (offset >> Header.ClusterBits, ((offset + length - 1) >> Header.ClusterBits) - (offset >> Header.ClusterBits) + 1);
            }
            else if ((l2[i] & ClusterMap.OffsetMask) is var host and not 0)
                yield return ((long)host >> Header.ClusterBits, 1);
        }
    }
}
