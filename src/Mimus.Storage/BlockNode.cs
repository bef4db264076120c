namespace Mimus.Storage;

/// <summary>
/// A place in the graph of layers where another one can be put while the disk is used: requests that run are waited for, and
/// those that come meanwhile wait.
/// </summary>
public sealed class BlockNode : ImageDisk
{
    private readonly ReaderWriterLockSlim _use = new(); // shared by requests, exclusive for the exchange; the child's own locks come after it
    private ImageDisk _child;

    public BlockNode(ImageDisk child)
    {
        _child = child;
        Length = child.Length;
    }

    public override string Format => _child.Format;

    public override long Length { get; }

    public override bool IsReadOnly => _child.IsReadOnly;

    public override ImageDisk? Backing => _child.Backing;

    public override int ClusterSize => _child.ClusterSize;

    /// <summary>Puts another layer here, of the same length; what was here before is returned and belongs to the caller.</summary>
    public ImageDisk Replace(Func<ImageDisk, ImageDisk> exchange)
    {
        _use.EnterWriteLock();
        try
        {
            var before = _child;
            var after = exchange(before);
            if (after.Length != Length) throw new DiskImageException($"a layer of {after.Length} bytes cannot take the place of one of {Length} bytes");
            _child = after;
            return before;
        }
        finally
        {
            _use.ExitWriteLock();
        }
    }

    public override void Flush()
    {
        using var use = new Use(_use);
        _child.Flush();
    }

    protected override void ReadCore(long offset, Span<byte> destination)
    {
        using var use = new Use(_use);
        _child.Read(offset, destination);
    }

    protected override void WriteCore(long offset, ReadOnlySpan<byte> source)
    {
        using var use = new Use(_use);
        _child.Write(offset, source);
    }

    protected override void DiscardCore(long offset, long length)
    {
        using var use = new Use(_use);
        _child.Discard(offset, length);
    }

    protected override void WriteZeroesCore(long offset, long length, bool mayUnmap)
    {
        using var use = new Use(_use);
        _child.WriteZeroes(offset, length, mayUnmap);
    }

    protected override Extent GetExtentCore(long offset, long length)
    {
        using var use = new Use(_use);
        return _child.GetExtent(offset, length);
    }

    protected override void Dispose(bool disposing)
    {
        _child.Dispose();
        _use.Dispose();
    }

    private readonly ref struct Use
    {
        private readonly ReaderWriterLockSlim _lock;

        public Use(ReaderWriterLockSlim @lock)
        {
            _lock = @lock;
            _lock.EnterReadLock();
        }

        public void Dispose() => _lock.ExitReadLock();
    }
}
