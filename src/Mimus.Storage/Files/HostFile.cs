using Microsoft.Win32.SafeHandles;
using Mimus.Host;

namespace Mimus.Storage.Files;

/// <summary>A file of the host, locked while it is open: for this process alone, or, read-only, together with other readers.</summary>
public sealed class HostFile : IImageFile
{
    private readonly SafeFileHandle _file;
    private readonly CacheMode _cache;
    private long _length; // nobody else changes it: the file is locked

    private HostFile(SafeFileHandle file, string name, bool readOnly, CacheMode cache)
    {
        _file = file;
        Name = name;
        IsReadOnly = readOnly;
        _cache = cache;
        _length = RandomAccess.GetLength(file);
    }

    public string Name { get; }

    public long Length => Volatile.Read(ref _length);

    public bool IsReadOnly { get; }

    /// <exception cref="DiskImageException">The file cannot be used.</exception>
    public static HostFile Open(string path, bool readOnly, CacheMode cache = CacheMode.WriteBack, bool shared = false) =>
        Open(path, FileMode.Open, readOnly, cache, shared);

    /// <summary>Makes a file, or empties the one that is there.</summary>
    /// <exception cref="DiskImageException">The file cannot be made.</exception>
    public static HostFile Create(string path, CacheMode cache = CacheMode.Unsafe)
    {
        var file = Open(path, FileMode.OpenOrCreate, readOnly: false, cache, shared: false);
        try
        {
            file.SetLength(0); // only now: the file of somebody who has locked it stays as it is
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Read(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var count = RandomAccess.Read(_file, destination, offset);
            if (count == 0)
            {
                destination.Clear();
                return;
            }
            destination = destination[count..];
            offset += count;
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        RandomAccess.Write(_file, source, offset);
        Grow(offset + source.Length);
        if (_cache == CacheMode.WriteThrough) RandomAccess.FlushToDisk(_file);
    }

    public void SetLength(long length)
    {
        RandomAccess.SetLength(_file, length);
        Volatile.Write(ref _length, length);
    }

    public void Flush()
    {
        if (!IsReadOnly && _cache != CacheMode.Unsafe) RandomAccess.FlushToDisk(_file);
    }

    public bool TryPunchHole(long offset, long length) => FileSpace.TryPunchHole(_file, offset, length);

    public bool TryZero(long offset, long length)
    {
        if (!FileSpace.TryZero(_file, offset, length)) return false;
        if (offset + length > Length) SetLength(offset + length);
        return true;
    }

    public bool TryReserve(long offset, long length)
    {
        if (!FileSpace.TryReserve(_file, offset, length)) return false;
        Grow(offset + length);
        return true;
    }

    public (bool IsData, long Length) FindData(long offset, long length) => FileSpace.FindData(_file, offset, length);

    public void Dispose() => _file.Dispose();

    private static HostFile Open(string path, FileMode mode, bool readOnly, CacheMode cache, bool shared)
    {
        if (Directory.Exists(path)) throw new DiskImageException($"disk image '{path}' is a folder; name a file in it");
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, mode, readOnly ? FileAccess.Read : FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
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
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            throw new DiskImageException($"disk image '{path}' cannot be opened: {e.Message}", e);
        }

        try
        {
            if (!shared && !FileLock.TryAcquire(file, exclusive: !readOnly))
            {
                throw new DiskImageException(readOnly
                    ? $"disk image '{path}' is being written by another process; stop that process first"
                    : $"disk image '{path}' is used by another process; stop that process first, or open the image read-only in both");
            }
            return new HostFile(file, path, readOnly, cache);
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

    private void Grow(long end)
    {
        var seen = Volatile.Read(ref _length);
        while (seen < end)
        {
            var before = Interlocked.CompareExchange(ref _length, end, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
