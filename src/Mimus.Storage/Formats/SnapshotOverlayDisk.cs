using Microsoft.Win32.SafeHandles;
using Mimus.Host;

namespace Mimus.Storage.Formats;

/// <summary>
/// A disk that can be written and leaves its base as it is: what is written goes to a temporary file that disappears with the
/// disk. The file is sparse and has each cluster at its own place, so all that is kept in memory is one bit for each.
/// </summary>
public sealed class SnapshotOverlayDisk : ImageDisk
{
    private const int ClusterBytes = 1 << 16;

    private readonly ImageDisk _base;
    private readonly SafeFileHandle _file;
    private readonly uint[] _written; // one bit for each cluster that is in the file, as a whole
    private readonly Lock _filling = new(); // held while a cluster comes into the file

    /// <param name="base">The disk below, which the overlay disposes of with itself.</param>
    /// <param name="folder">Where the temporary file is; null for the system's place.</param>
    public SnapshotOverlayDisk(ImageDisk @base, string? folder = null)
    {
        _base = @base;
        _written = new uint[checked((int)((Length + ClusterBytes - 1) / ClusterBytes + 31) / 32)];
        var path = Path.Combine(folder ?? Path.GetTempPath(), $"mimus-{Guid.NewGuid():n}.overlay");
        try
        {
            _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            File.Delete(path); // the file lives as long as its handle, whatever becomes of this process
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiskImageException($"cannot create the temporary file '{path}' for a snapshot disk: {e.Message}", e);
        }
    }

    public override string Format => _base.Format;

    public override long Length => _base.Length;

    public override bool IsReadOnly => false;

    /// <summary>Nothing of this disk outlives its process, so nothing needs to be durable.</summary>
    public override void Flush()
    {
    }

    protected override void ReadCore(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var (written, length) = Run(offset, destination.Length);
            if (written) ReadFile(offset, destination[..(int)length]);
            else _base.Read(offset, destination[..(int)length]);
            offset += length;
            destination = destination[(int)length..];
        }
    }

    protected override void WriteCore(long offset, ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            var length = InCluster(offset, source.Length);
            Bring(offset, length);
            RandomAccess.Write(_file, source[..length], offset);
            offset += length;
            source = source[length..];
        }
    }

    /// <summary>A discarded range may read as anything, so also as what it was.</summary>
    protected override void DiscardCore(long offset, long length)
    {
    }

    protected override void WriteZeroesCore(long offset, long length, bool mayUnmap)
    {
        byte[]? zeroes = null;
        while (length > 0)
        {
            var count = InCluster(offset, length);
            Bring(offset, count);
            if (!FileSpace.TryPunchHole(_file, offset, count))
            {
                zeroes ??= new byte[ClusterBytes];
                RandomAccess.Write(_file, zeroes.AsSpan(0, count), offset);
            }
            offset += count;
            length -= count;
        }
    }

    protected override Extent GetExtentCore(long offset, long length)
    {
        var (written, run) = Run(offset, length);
        return written ? new Extent(run, IsPresent: true, IsZero: false, IsData: true) : _base.GetExtent(offset, run);
    }

    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        _base.Dispose();
    }

    private static int InCluster(long offset, long length) => (int)Math.Min(length, ClusterBytes - offset % ClusterBytes);

    private bool IsWritten(long cluster) => (Volatile.Read(ref _written[cluster / 32]) & (1u << (int)cluster)) != 0;

    /// <summary>How much lies in one place, from an offset on.</summary>
    private (bool IsWritten, long Length) Run(long offset, long length)
    {
        var written = IsWritten(offset / ClusterBytes);
        long run = InCluster(offset, length);
        while (run < length && IsWritten((offset + run) / ClusterBytes) == written) run += InCluster(offset + run, length - run);
        return (written, run);
    }

    /// <summary>Copies a cluster from the base to the file before a part of it is written there.</summary>
    private void Bring(long offset, int length)
    {
        var cluster = offset / ClusterBytes;
        if (IsWritten(cluster)) return;
        lock (_filling)
        {
            if (IsWritten(cluster)) return;
            var start = cluster * ClusterBytes;
            var size = (int)Math.Min(ClusterBytes, Length - start);
            // What is about to be written as a whole need not be copied; who reads it meanwhile may see anything on a real disk too.
            if (length < size)
            {
                var buffer = new byte[size];
                _base.Read(start, buffer);
                RandomAccess.Write(_file, buffer, start);
            }
            Interlocked.Or(ref _written[cluster / 32], 1u << (int)cluster);
        }
    }

    private void ReadFile(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(_file, destination, offset);
            if (count == 0)
            {
                destination.Clear(); // behind the last byte that was written
                break;
            }
            destination = destination[count..];
            offset += count;
        }
    }
}
