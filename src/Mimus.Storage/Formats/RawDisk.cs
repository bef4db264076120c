using System.Buffers;
using Mimus.Storage.Files;

namespace Mimus.Storage.Formats;

/// <summary>A disk whose contents are those of a file, byte for byte.</summary>
public sealed class RawDisk : ImageDisk
{
    private const int ZeroesAtOnce = 1 << 20;

    private readonly IImageFile _file;
    private readonly bool _isGuess;
    private long _length;

    /// <param name="file">The contents, of which the disk disposes with itself.</param>
    /// <param name="isGuess">
    /// Nobody said that the file is raw. Its first sector then refuses what would make it look like another format next time: a
    /// guest could otherwise have its host open any file as its backing file.
    /// </param>
    public RawDisk(IImageFile file, bool isGuess = false)
    {
        if (file.Length > long.MaxValue - SectorSize) throw new DiskImageException($"disk image '{file.Name}' is too long");
        _file = file;
        _isGuess = isGuess;
        _length = WholeSectors(file.Length);
    }

    public override string Format => "raw";

    public override long Length => _length;

    public override bool IsReadOnly => _file.IsReadOnly;

    /// <summary>Opens a file as a disk and locks it.</summary>
    /// <exception cref="DiskImageException">The file cannot be used.</exception>
    public static RawDisk Open(string path, bool readOnly)
    {
        var file = HostFile.Open(path, readOnly);
        try
        {
            return new RawDisk(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override void Flush()
    {
        if (!IsReadOnly) _file.Flush();
    }

    public void Resize(long length)
    {
        _file.SetLength(length);
        _length = WholeSectors(length);
    }

    protected override void ReadCore(long offset, Span<byte> destination) => _file.Read(offset, destination);

    protected override void WriteCore(long offset, ReadOnlySpan<byte> source)
    {
        if (_isGuess && offset < SectorSize) CheckFirstSector(offset, source);
        _file.Write(offset, source);
    }

    protected override void DiscardCore(long offset, long length) =>
        _ = _file.TryPunchHole(offset, length); // a file system that cannot keeps the data, which a discard allows

    protected override void WriteZeroesCore(long offset, long length, bool mayUnmap)
    {
        if ((mayUnmap && _file.TryPunchHole(offset, length)) || _file.TryZero(offset, length)) return;
        var zeroes = new byte[Math.Min(length, ZeroesAtOnce)];
        while (length > 0)
        {
            var count = (int)Math.Min(length, zeroes.Length);
            _file.Write(offset, zeroes.AsSpan(0, count));
            offset += count;
            length -= count;
        }
    }

    protected override Extent GetExtentCore(long offset, long length)
    {
        var (isData, run) = _file.FindData(offset, length);
        return new Extent(run, IsPresent: true, IsZero: !isData, IsData: isData, FileOffset: offset);
    }

    protected override void Dispose(bool disposing) => _file.Dispose();

    private static long WholeSectors(long length) => (length + SectorSize - 1) / SectorSize * SectorSize;

    private void CheckFirstSector(long offset, ReadOnlySpan<byte> source)
    {
        Span<byte> sector = stackalloc byte[SectorSize];
        _file.Read(0, sector);
        source[..(int)Math.Min(source.Length, SectorSize - offset)].CopyTo(sector[(int)offset..]);
        if (ImageFormats.Recognize(sector) is { } format)
        {
            throw new DiskImageException($"the write would make disk image '{_file.Name}', whose format nobody said, look like a {format} image; "
                + "give format=raw if the disk shall hold it");
        }
    }
}
