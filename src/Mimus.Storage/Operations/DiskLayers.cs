namespace Mimus.Storage.Operations;

/// <summary>Looks through the layers of a disk.</summary>
public static class DiskLayers
{
    /// <summary>
    /// What the beginning of a range is made of, in the topmost layer that has something there, and how deep that layer is.
    /// </summary>
    public static (Extent Extent, int Depth) ExtentAt(ImageDisk disk, long offset, long length)
    {
        var depth = 0;
        while (true)
        {
            var extent = disk.GetExtent(offset, length);
            if (extent.IsPresent) return (extent, depth);
            length = extent.Length;
            if (disk.Backing is not { } below) return (extent, depth);
            if (offset >= below.Length) return (new Extent(length, IsPresent: true, IsZero: true, IsData: false), depth);
            length = Math.Min(length, below.Length - offset);
            disk = below;
            depth++;
        }
    }

    /// <summary>The pieces of a range, neighbours of one kind together.</summary>
    public static IEnumerable<(long Offset, Extent Extent, int Depth)> Walk(ImageDisk disk, long offset, long length)
    {
        (long Offset, Extent Extent, int Depth)? open = null;
        while (length > 0)
        {
            var (extent, depth) = ExtentAt(disk, offset, length);
            if (open is { } o && o.Depth == depth && IsOne(o.Extent, extent)) open = (o.Offset, o.Extent with { Length = o.Extent.Length + extent.Length }, depth);
            else
            {
                if (open is { } finished) yield return finished;
                open = (offset, extent, depth);
            }
            offset += extent.Length;
            length -= extent.Length;
        }
        if (open is { } last) yield return last;
    }

    private static bool IsOne(in Extent before, in Extent after) => before.IsPresent == after.IsPresent && before.IsZero == after.IsZero && before.IsData == after.IsData
        && before.IsCompressed == after.IsCompressed && (before.FileOffset is null ? after.FileOffset is null : before.FileOffset + before.Length == after.FileOffset);
}
