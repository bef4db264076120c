namespace Mimus.Storage.Operations;

/// <summary>Makes an image independent of what is below it where another backing file would show something else.</summary>
public static class ImageRebaser
{
    private const int PieceBytes = 1 << 16;

    /// <summary>Copies into the topmost layer what it takes from below and does not find in <paramref name="backing"/>, null for zeroes.</summary>
    public static void KeepContents(ImageDisk disk, ImageDisk? backing, Action<double>? progress = null)
    {
        var piece = Math.Max(PieceBytes, disk.ClusterSize);
        byte[] before = new byte[piece], after = new byte[piece];
        for (var offset = 0L; offset < disk.Length;)
        {
            var extent = disk.GetExtent(offset, Math.Min(disk.Length - offset, long.MaxValue));
            var end = offset + extent.Length;
            while (offset < end)
            {
                if (extent.IsPresent)
                {
                    offset = end;
                    break;
                }
                // To the end of a cluster, so that one that is written is written once.
                var count = (int)Math.Min(end - offset, piece - (offset % piece));
                disk.Read(offset, before.AsSpan(0, count));
                if (backing is null) after.AsSpan(0, count).Clear();
                else ImageComparer.ReadPadded(backing, offset, after.AsSpan(0, count));
                if (!before.AsSpan(0, count).SequenceEqual(after.AsSpan(0, count)))
                {
                    if (before.AsSpan(0, count).ContainsAnyExcept((byte)0)) disk.Write(offset, before.AsSpan(0, count));
                    else disk.WriteZeroes(offset, count, mayUnmap: true);
                }
                offset += count;
            }
            progress?.Invoke((double)offset / disk.Length);
        }
        disk.Flush();
    }
}
