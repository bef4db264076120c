using Microsoft.Win32.SafeHandles;
using Mimus.Core.Backends;
using Mimus.Host;

namespace Mimus.Storage;

/// <summary>
/// A disk that can be written and leaves its base as it is: what is written goes to a temporary file that disappears with the
/// disk. The file is sparse and has each cluster at its own place, so all that is kept in memory is one bit for each.
/// </summary>
public sealed class SnapshotOverlayDisk : IDisk
{
    private const int ClusterSize = 1 << 16;

    private readonly IDisk _base;
    private readonly SafeFileHandle _file;
    private readonly uint[] _written; // one bit for each cluster that is in the file, as a whole
    private readonly SemaphoreSlim _filling = new(1, 1); // held while a cluster comes into the file

    /// <param name="base">The disk below, which the overlay disposes of with itself.</param>
    /// <param name="folder">Where the temporary file is; null for the system's place.</param>
    public SnapshotOverlayDisk(IDisk @base, string? folder = null)
    {
        _base = @base;
        _written = new uint[checked((int)((Length + ClusterSize - 1) / ClusterSize + 31) / 32)];
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

    public long Length => _base.Length;

    public bool IsReadOnly => false;

    public async ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        while (!destination.IsEmpty)
        {
            // As much as lies in one place.
            var written = IsWritten(offset / ClusterSize);
            var length = InCluster(offset, destination.Length);
            while (length < destination.Length && IsWritten((offset + length) / ClusterSize) == written)
                length += InCluster(offset + length, destination.Length - length);
            if (written) ReadFile(offset, destination.Span[..length]);
            else await _base.ReadAsync(offset, destination[..length], cancellation).ConfigureAwait(false);
            offset += length;
            destination = destination[length..];
        }
    }

    public async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellation = default)
    {
        while (!source.IsEmpty)
        {
            var length = InCluster(offset, source.Length);
            await BringAsync(offset, length, cancellation).ConfigureAwait(false);
            RandomAccess.Write(_file, source.Span[..length], offset);
            offset += length;
            source = source[length..];
        }
    }

    /// <summary>Nothing of this disk outlives its process, so nothing needs to be durable.</summary>
    public ValueTask FlushAsync(CancellationToken cancellation = default) => ValueTask.CompletedTask;

    /// <summary>A discarded range may read as anything, so also as what it was.</summary>
    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation = default) => ValueTask.CompletedTask;

    public async ValueTask WriteZeroesAsync(long offset, long length, bool mayUnmap, CancellationToken cancellation = default)
    {
        byte[]? zeroes = null;
        while (length > 0)
        {
            var count = InCluster(offset, length);
            await BringAsync(offset, count, cancellation).ConfigureAwait(false);
            if (!FileSpace.TryPunchHole(_file, offset, count))
            {
                zeroes ??= new byte[ClusterSize];
                RandomAccess.Write(_file, zeroes.AsSpan(0, count), offset);
            }
            offset += count;
            length -= count;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _file.Dispose();
        _filling.Dispose();
        await _base.DisposeAsync().ConfigureAwait(false);
    }

    private static int InCluster(long offset, long length) => (int)Math.Min(length, ClusterSize - offset % ClusterSize);

    private bool IsWritten(long cluster) => (Volatile.Read(ref _written[cluster / 32]) & (1u << (int)cluster)) != 0;

    /// <summary>Copies a cluster from the base to the file before a part of it is written there.</summary>
    private async ValueTask BringAsync(long offset, int length, CancellationToken cancellation)
    {
        var cluster = offset / ClusterSize;
        if (IsWritten(cluster)) return;
        await _filling.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (IsWritten(cluster)) return;
            var start = cluster * ClusterSize;
            var size = (int)Math.Min(ClusterSize, Length - start);
            // What is about to be written as a whole need not be copied; who reads it meanwhile may see anything on a real disk too.
            if (length < size)
            {
                var buffer = new byte[size];
                await _base.ReadAsync(start, buffer, cancellation).ConfigureAwait(false);
                RandomAccess.Write(_file, buffer, start);
                Interlocked.Or(ref _written[cluster / 32], 1u << (int)cluster);
                return;
            }
            Interlocked.Or(ref _written[cluster / 32], 1u << (int)cluster);
        }
        finally
        {
            _filling.Release();
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
