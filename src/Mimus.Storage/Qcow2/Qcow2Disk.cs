using Mimus.Storage.Files;
using Mimus.Storage.Formats;

namespace Mimus.Storage.Qcow2;

/// <summary>
/// A disk in a qcow2 image: its clusters are where two levels of tables say, or compressed, or in a backing file below. Requests
/// share the image while they read, or write what has its place already; what gives or takes places is alone.
/// </summary>
public sealed partial class Qcow2Disk : ImageDisk
{
    private readonly ReaderWriterLockSlim _gate = new(); // held through a request; locks of files and of what is below come after it
    private readonly ImageDisk? _backing;
    private readonly CompressedReader _compressed;
    private Qcow2Store _store;
    private long _length;
    private bool _isView; // of a snapshot
    private volatile bool _isWriting;

    internal Qcow2Disk(IImageFile file, Qcow2Header header, IImageFile? dataFile, ImageDisk? backing)
    {
        _store = new Qcow2Store(file, header, dataFile, header.L1Offset, header.L1Entries);
        _backing = backing;
        _length = (header.Size + SectorSize - 1) / SectorSize * SectorSize;
        _compressed = new CompressedReader(file, header);
        Snapshots = Qcow2Snapshots.Read(file, header).List;
    }

    public override string Format => ImageFormats.Qcow2;

    public override long Length => _length;

    public override bool IsReadOnly => _isView || _store.File.IsReadOnly;

    public override ImageDisk? Backing => _backing;

    public override int ClusterSize => _store.Header.ClusterSize;

    public IReadOnlyList<Qcow2Snapshot> Snapshots { get; private set; }

    internal Qcow2Header Header => _store.Header;

    /// <summary>Shows, from now on and only to look at, what the disk was when a snapshot was made.</summary>
    public void View(Qcow2Snapshot snapshot)
    {
        _store = new Qcow2Store(_store.File, Header, _store.DataFile == _store.File ? null : _store.DataFile, snapshot.L1Offset, snapshot.L1Entries);
        _length = (snapshot.DiskSize + SectorSize - 1) / SectorSize * SectorSize;
        _isView = true;
    }

    public override void Flush()
    {
        if (!_isWriting) return;
        using var alone = Alone();
        _store.Commit();
        _store.Barrier();
    }

    protected override void ReadCore(long offset, Span<byte> destination)
    {
        _gate.EnterReadLock();
        try
        {
            ReadShared(offset, destination);
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    protected override Extent GetExtentCore(long offset, long length)
    {
        _gate.EnterReadLock();
        try
        {
            var run = FindRun(offset, length);
            return run.Kind switch
            {
                UnitKind.Missing => new Extent(run.Length, IsPresent: false, IsZero: _backing is null, IsData: false),
                UnitKind.Zero => new Extent(run.Length, IsPresent: true, IsZero: true, IsData: false, FileOffset: null),
                UnitKind.Compressed => new Extent(run.Length, IsPresent: true, IsZero: false, IsData: true, IsCompressed: true),
                _ => new Extent(run.Length, IsPresent: true, IsZero: false, IsData: true, FileOffset: run.Host),
            };
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    protected override void Dispose(bool disposing)
    {
        try
        {
            if (_isWriting) _store.End();
        }
        finally
        {
            _store.Dispose();
            _backing?.Dispose();
            _gate.Dispose();
        }
    }

    private void ReadShared(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var run = FindRun(offset, destination.Length);
            var part = destination[..(int)run.Length];
            switch (run.Kind)
            {
                case UnitKind.Missing:
                    ReadBacking(offset, part);
                    break;
                case UnitKind.Zero:
                    part.Clear();
                    break;
                case UnitKind.Data:
                    _store.DataFile.Read(run.Host, part);
                    break;
                default:
                    _compressed.Read(run.Compressed, (int)(offset & (ClusterSize - 1)), part, _store);
                    break;
            }
            offset += part.Length;
            destination = destination[part.Length..];
        }
    }

    private void ReadBacking(long offset, Span<byte> destination)
    {
        var length = _backing is null ? 0 : (int)Math.Clamp(_backing.Length - offset, 0, destination.Length);
        if (length > 0) _backing!.Read(offset, destination[..length]);
        destination[length..].Clear();
    }

    /// <summary>The longest beginning of a range that is in one place, or of one kind.</summary>
    private Run FindRun(long offset, long length)
    {
        var map = _store.Map;
        int clusterBits = Header.ClusterBits, unitSize = map.UnitSize;
        var cluster = offset >> clusterBits;
        var state = map.Get(cluster);
        var inCluster = offset & (ClusterSize - 1);
        var unit = (int)(inCluster / unitSize);
        var kind = state.KindOf(unit);
        var host = state.Host + inCluster;
        if (kind == UnitKind.Compressed) return new Run(kind, Math.Min(length, ClusterSize - inCluster), 0, state.Compressed);
        if (kind == UnitKind.Data && host - inCluster >= _store.DataFile.Length && !Header.HasDataFile)
            throw _store.Places.Corrupt($"cluster {cluster} is said to be at {state.Host}, behind the end of the file");
        var run = unitSize - (inCluster % unitSize);
        while (run < length)
        {
            if (++unit == ClusterSize / unitSize)
            {
                unit = 0;
                cluster++;
                if (kind == UnitKind.Missing && map.EmptyRun(cluster) is var empty and > 0)
                {
                    run += Math.Min(empty << clusterBits, length);
                    cluster += empty - 1;
                    unit = (ClusterSize / unitSize) - 1;
                    continue;
                }
                state = map.Get(cluster);
                if (kind == UnitKind.Data && state.Host != host + run) break;
            }
            if (state.KindOf(unit) != kind) break;
            run += unitSize;
        }
        return new Run(kind, Math.Min(run, length), host, 0);
    }

    private readonly record struct Run(UnitKind Kind, long Length, long Host, ulong Compressed);
}
