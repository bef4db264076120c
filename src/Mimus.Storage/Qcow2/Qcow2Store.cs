using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>
/// The parts of an open image and the order in which they reach the file (docs/decisions/0021-disks.md): counts of what is taken,
/// then what refers to it, then counts of what nothing refers to any more. Who calls anything that changes is alone.
/// </summary>
internal sealed class Qcow2Store : IDisposable
{
    private const long MapMemory = 32L << 20, RefcountMemory = 4L << 20;

    private readonly TableCache _tables;
    private bool _hasBegun;

    public Qcow2Store(IImageFile file, Qcow2Header header, IImageFile? dataFile, long l1Offset, uint l1Entries)
    {
        File = file;
        Header = header;
        DataFile = dataFile ?? file;
        Places = new MetadataPlaces(file, header.ClusterBits);
        _tables = new TableCache(file, header.ClusterSize, MapMemory);
        Map = new ClusterMap(file, header, _tables, Places, l1Offset, l1Entries);
        Refcounts = new Refcounts(file, header, new TableCache(file, header.ClusterSize, RefcountMemory), Places);
    }

    public IImageFile File { get; }

    public IImageFile DataFile { get; }

    public Qcow2Header Header { get; }

    public MetadataPlaces Places { get; }

    public ClusterMap Map { get; }

    public Refcounts Refcounts { get; }

    public bool CountsLater => (Header.Compatible & Qcow2Header.LazyRefcounts) != 0;

    /// <summary>Checks what writing relies on, and says in the file that it is written: before the first change.</summary>
    public void Begin()
    {
        if (Places.IsDamaged) throw Places.Corrupt("damage was found while it was used");
        if (_hasBegun) return;
        if ((Header.Incompatible & Qcow2Header.Corrupt) != 0) throw Places.Corrupt("it is marked so");
        NoteTables();
        // What is not known here cannot be kept true.
        Header.Autoclear &= Qcow2Header.RawExternalData;
        if (CountsLater) Header.Incompatible |= Qcow2Header.Dirty;
        Header.WriteFields(File);
        File.Flush();
        _hasBegun = true;
    }

    /// <summary>Makes sure that the entry of a cluster can be changed.</summary>
    public void TakeTable(long cluster)
    {
        if (!Map.NeedsTable(cluster, out var shared)) return;
        var table = Refcounts.AllocateTable(Header.ClusterSize);
        Map.PutTable(cluster, table, shared);
        if (shared != 0) Refcounts.EndUse(shared, 1);
    }

    /// <summary>Changes the entry of a cluster and notes the end of its old place's use.</summary>
    public void SetCluster(long cluster, in ClusterState before, in ClusterState after, bool giveBack = false)
    {
        TakeTable(cluster);
        Map.Set(cluster, after);
        if (before.IsCompressed && before.Compressed != after.Compressed)
        {
            var (offset, length) = CompressedPlace(before.Compressed);
            var first = offset >> Header.ClusterBits;
            Refcounts.EndUse(first << Header.ClusterBits, ((offset + length - 1) >> Header.ClusterBits) - first + 1);
        }
        else if (before.HasHost && !(after.HasHost && after.Host == before.Host) && !Header.HasDataFile)
            Refcounts.EndUse(before.Host, 1, giveBack);
    }

    /// <summary>Writes changes that have become too many to wait; called between whole requests.</summary>
    public void Relieve()
    {
        if (_tables.IsCrowded || Refcounts.IsCrowded) Commit();
    }

    /// <summary>Brings all changes into the file, in their order.</summary>
    public void Commit()
    {
        if (!_hasBegun) return;
        if (Places.IsDamaged) throw Places.Corrupt("damage was found while it was used");
        // Where the image is marked as not counted, that can wait.
        if (!CountsLater || Refcounts.IsCrowded) Refcounts.Write();
        if (Map.HasChanges)
        {
            Barrier();
            Map.WriteL2();
            if (Map.HasL1Changes)
            {
                Barrier();
                Map.WriteL1();
            }
        }
        if (Refcounts.HasEndedUses)
        {
            Barrier();
            Refcounts.TakeBack(_tables);
        }
    }

    /// <summary>All that is written so far is durable when this returns.</summary>
    public void Barrier()
    {
        if (DataFile != File) DataFile.Flush();
        File.Flush();
    }

    /// <summary>Where a compressed cluster is: up to the end of its last sector.</summary>
    public (long Offset, int Length) CompressedPlace(ulong descriptor)
    {
        var offsetBits = 62 - (Header.ClusterBits - 8);
        var offset = (long)(descriptor & ((1ul << offsetBits) - 1));
        var more = (int)(descriptor >> offsetBits & ((1ul << (62 - offsetBits)) - 1));
        return (offset, ((more + 1) * ImageDisk.SectorSize) - (int)(offset & (ImageDisk.SectorSize - 1)));
    }

    /// <summary>Leaves the image as it should be found: everything counted, and not marked as in use.</summary>
    public void End()
    {
        if (!_hasBegun || Places.IsDamaged) return;
        if (File.Length % ImageDisk.SectorSize != 0) File.SetLength(File.Length + ImageDisk.SectorSize - (File.Length % ImageDisk.SectorSize));
        // The second time writes what the first has taken back.
        Commit();
        Refcounts.Write();
        Commit();
        Refcounts.Write();
        if ((Header.Incompatible & Qcow2Header.Dirty) != 0)
        {
            Barrier();
            Header.Incompatible &= ~Qcow2Header.Dirty;
            Header.WriteFields(File);
        }
        Barrier();
        _hasBegun = false;
    }

    public void Dispose()
    {
        if (DataFile != File) DataFile.Dispose();
        File.Dispose();
    }

    private void NoteTables()
    {
        if (Header.L1Entries > 0) Places.Add(Header.L1Offset, Header.L1Entries * 8L);
        Places.Add(Header.RefcountTableOffset, (long)Header.RefcountTableClusters << Header.ClusterBits);
        foreach (var block in Refcounts.Table) NoteTable(block & ClusterMap.OffsetMask);
        if (Header.SnapshotCount > 0) Places.Add(Header.SnapshotsOffset, Qcow2Snapshots.Read(File, Header).Length);
        foreach (var entry in Map.L1) NoteTable(entry & ClusterMap.OffsetMask);
    }

    private void NoteTable(ulong offset)
    {
        if (offset == 0) return;
        if ((offset & (ulong)(Header.ClusterSize - 1)) != 0 || (long)offset >= File.Length) throw Places.Corrupt($"one of its tables is said to be at {offset}");
        Places.Add((long)offset, Header.ClusterSize);
    }
}
