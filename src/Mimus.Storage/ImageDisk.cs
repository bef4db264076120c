using Mimus.Core.Backends;

namespace Mimus.Storage;

/// <summary>
/// A layer of a disk: a format over a file, or a view on another layer. Its calls do their work before they return: a worker of the
/// device makes them, and handing them to yet another thread costs more than a read from the page cache.
/// </summary>
public abstract class ImageDisk : IDisk, IDisposable
{
    /// <summary>The length of a disk is a multiple of this; the end of a shorter file reads as zeroes.</summary>
    public const int SectorSize = 512;

    /// <summary>What the format is called.</summary>
    public abstract string Format { get; }

    public abstract long Length { get; }

    public abstract bool IsReadOnly { get; }

    /// <summary>The layer that shines through where this one has nothing; null without one.</summary>
    public virtual ImageDisk? Backing => null;

    /// <summary>In which steps space is given out; 0 where any will do.</summary>
    public virtual int ClusterSize => 0;

    public void Read(long offset, Span<byte> destination)
    {
        CheckRange(offset, destination.Length);
        if (!destination.IsEmpty) ReadCore(offset, destination);
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        CheckWrite(offset, source.Length);
        if (!source.IsEmpty) WriteCore(offset, source);
    }

    /// <summary>The contents are no longer needed; they may read as anything afterwards.</summary>
    public void Discard(long offset, long length)
    {
        CheckWrite(offset, length);
        if (length > 0) DiscardCore(offset, length);
    }

    /// <summary>The range reads as zeroes afterwards.</summary>
    public void WriteZeroes(long offset, long length, bool mayUnmap)
    {
        CheckWrite(offset, length);
        if (length > 0) WriteZeroesCore(offset, length, mayUnmap);
    }

    /// <summary>Makes durable what has been written.</summary>
    public abstract void Flush();

    /// <summary>What the beginning of a range, which is not empty, is made of.</summary>
    public Extent GetExtent(long offset, long length)
    {
        CheckRange(offset, length);
        return GetExtentCore(offset, length);
    }

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        Read(offset, destination.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellation = default)
    {
        Write(offset, source.Span);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellation = default)
    {
        Flush();
        return ValueTask.CompletedTask;
    }

    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation = default)
    {
        Discard(offset, length);
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteZeroesAsync(long offset, long length, bool mayUnmap, CancellationToken cancellation = default)
    {
        WriteZeroes(offset, length, mayUnmap);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Brings everything into order and lets go of the files, also of those below.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void ReadCore(long offset, Span<byte> destination);

    protected abstract void WriteCore(long offset, ReadOnlySpan<byte> source);

    protected abstract void DiscardCore(long offset, long length);

    protected abstract void WriteZeroesCore(long offset, long length, bool mayUnmap);

    protected abstract Extent GetExtentCore(long offset, long length);

    protected abstract void Dispose(bool disposing);

    private void CheckWrite(long offset, long length)
    {
        if (IsReadOnly) throw new DiskImageException("the disk is read-only");
        CheckRange(offset, length);
    }

    // The device has checked the guest's request; this keeps a mistake there from making the file longer.
    private void CheckRange(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length || length > Length - offset)
            throw new DiskImageException($"{length} bytes at {offset} are outside a disk of {Length} bytes");
    }
}
