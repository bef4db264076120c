using Microsoft.Win32.SafeHandles;
using Mimus.Core.Backends;
using Mimus.Host;

namespace Mimus.Storage;

/// <summary>
/// A disk whose contents are those of a host file, byte for byte. Calls do their work before they return: a worker of the
/// device makes them, and handing them to yet another thread costs more than a read from the page cache.
/// </summary>
public sealed class RawDisk : IDisk
{
    /// <summary>The length of a disk is a multiple of this; the end of a shorter file reads as zeroes.</summary>
    public const int SectorSize = 512;

    private const int ZeroesAtOnce = 1 << 20;

    private readonly SafeFileHandle _file;

    private RawDisk(SafeFileHandle file, long length, bool readOnly)
    {
        _file = file;
        Length = length;
        IsReadOnly = readOnly;
    }

    public long Length { get; }

    public bool IsReadOnly { get; }

    /// <summary>
    /// Opens a file as a disk and locks it: for this process alone, or, read-only, together with other readers.
    /// </summary>
    /// <exception cref="DiskImageException">The file cannot be used.</exception>
    public static RawDisk Open(string path, bool readOnly)
    {
        if (Directory.Exists(path)) throw new DiskImageException($"disk image '{path}' is a folder; name a file in it");
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, readOnly ? FileAccess.Read : FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DiskImageException($"disk image '{path}' does not exist; create it or correct the path", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new DiskImageException(readOnly
                ? $"disk image '{path}' cannot be read: permission denied; change its permissions"
                : $"disk image '{path}' cannot be written: permission denied; change its permissions or open it read-only", e);
        }
        catch (IOException e)
        {
            throw new DiskImageException($"disk image '{path}' cannot be opened: {e.Message}", e);
        }

        try
        {
            if (!FileLock.TryAcquire(file, exclusive: !readOnly))
            {
                throw new DiskImageException(readOnly
                    ? $"disk image '{path}' is being written by another process; stop that process first"
                    : $"disk image '{path}' is used by another process; stop that process first, or open the image read-only in both");
            }
            var length = RandomAccess.GetLength(file);
            if (length > long.MaxValue - SectorSize) throw new DiskImageException($"disk image '{path}' is too long");
            return new RawDisk(file, (length + SectorSize - 1) / SectorSize * SectorSize, readOnly);
        }
        catch (NotSupportedException e)
        {
            file.Dispose();
            throw new DiskImageException($"disk image '{path}' is not a plain file", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellation = default)
    {
        CheckRange(offset, destination.Length);
        var span = destination.Span;
        while (!span.IsEmpty)
        {
            var count = RandomAccess.Read(_file, span, offset);
            if (count == 0)
            {
                // The file ends inside its last sector, or somebody has cut it off.
                span.Clear();
                break;
            }
            span = span[count..];
            offset += count;
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source, CancellationToken cancellation = default)
    {
        CheckWrite(offset, source.Length);
        RandomAccess.Write(_file, source.Span, offset);
        return ValueTask.CompletedTask;
    }

    public ValueTask FlushAsync(CancellationToken cancellation = default)
    {
        if (!IsReadOnly) RandomAccess.FlushToDisk(_file);
        return ValueTask.CompletedTask;
    }

    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellation = default)
    {
        CheckWrite(offset, length);
        _ = FileSpace.TryPunchHole(_file, offset, length); // a file system that cannot keeps the data, which a discard allows
        return ValueTask.CompletedTask;
    }

    public ValueTask WriteZeroesAsync(long offset, long length, bool mayUnmap, CancellationToken cancellation = default)
    {
        CheckWrite(offset, length);
        if ((mayUnmap && FileSpace.TryPunchHole(_file, offset, length)) || FileSpace.TryZero(_file, offset, length)) return ValueTask.CompletedTask;
        var zeroes = new byte[Math.Min(length, ZeroesAtOnce)];
        while (length > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = (int)Math.Min(length, zeroes.Length);
            RandomAccess.Write(_file, zeroes.AsSpan(0, count), offset);
            offset += count;
            length -= count;
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

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
