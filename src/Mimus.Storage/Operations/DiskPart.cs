namespace Mimus.Storage.Operations;

/// <summary>A range of a disk as a disk of its own, only to read. It leaves the disk to its owner.</summary>
public sealed class DiskPart(ImageDisk disk, long start, long size) : ImageDisk
{
    public override string Format => disk.Format;

    public override long Length => (size + SectorSize - 1) / SectorSize * SectorSize;

    public override bool IsReadOnly => true;

    public override void Flush()
    {
    }

    protected override void ReadCore(long offset, Span<byte> destination)
    {
        var there = (int)Math.Clamp(size - offset, 0, destination.Length);
        if (there > 0) disk.Read(start + offset, destination[..there]);
        destination[there..].Clear();
    }

    protected override void WriteCore(long offset, ReadOnlySpan<byte> source) => throw new DiskImageException("the disk is read-only");

    protected override void DiscardCore(long offset, long length) => throw new DiskImageException("the disk is read-only");

    protected override void WriteZeroesCore(long offset, long length, bool mayUnmap) => throw new DiskImageException("the disk is read-only");

    protected override Extent GetExtentCore(long offset, long length)
    {
        if (offset >= size) return new Extent(length, IsPresent: true, IsZero: true, IsData: false);
        return DiskLayers.ExtentAt(disk, start + offset, Math.Min(length, size - offset)).Extent with { IsPresent = true };
    }

    protected override void Dispose(bool disposing)
    {
    }
}
