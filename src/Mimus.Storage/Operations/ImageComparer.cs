namespace Mimus.Storage.Operations;

/// <summary>Compares what two disks read as.</summary>
public static class ImageComparer
{
    private const int PieceBytes = 1 << 20;

    /// <summary>The first byte where they differ; null when they are the same, the longer one being zero where it is alone.</summary>
    public static long? FirstDifference(ImageDisk first, ImageDisk second, Action<double>? progress = null)
    {
        byte[] one = new byte[PieceBytes], other = new byte[PieceBytes];
        var length = Math.Max(first.Length, second.Length);
        for (var offset = 0L; offset < length;)
        {
            var (zeroes, count) = ZeroRun(first, second, offset, length - offset);
            if (!zeroes)
            {
                count = Math.Min(count, PieceBytes);
                Span<byte> a = one.AsSpan(0, (int)count), b = other.AsSpan(0, (int)count);
                ReadPadded(first, offset, a);
                ReadPadded(second, offset, b);
                var same = a.CommonPrefixLength(b);
                if (same < a.Length) return offset + same;
            }
            offset += count;
            progress?.Invoke((double)offset / length);
        }
        return null;
    }

    /// <summary>Fills the span from a disk, with zeroes behind its end.</summary>
    public static void ReadPadded(ImageDisk disk, long offset, Span<byte> destination)
    {
        var there = (int)Math.Clamp(disk.Length - offset, 0, destination.Length);
        if (there > 0) disk.Read(offset, destination[..there]);
        destination[there..].Clear();
    }

    private static (bool AreZero, long Length) ZeroRun(ImageDisk first, ImageDisk second, long offset, long length)
    {
        var (isZero, one) = Zero(first, offset, length);
        var (isZeroToo, other) = Zero(second, offset, one);
        return (isZero && isZeroToo, other);
    }

    private static (bool IsZero, long Length) Zero(ImageDisk disk, long offset, long length)
    {
        if (offset >= disk.Length) return (true, length);
        var (extent, _) = DiskLayers.ExtentAt(disk, offset, Math.Min(length, disk.Length - offset));
        return (extent.IsZero, extent.Length);
    }
}
