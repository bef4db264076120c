using Mimus.Storage.Formats;
using Mimus.Storage.Qcow2;

namespace Mimus.Storage.Operations;

/// <summary>How long the file of an image becomes: with what is copied into it, and when everything is written.</summary>
public static class ImageMeasure
{
    public static (long Required, long Whole) Empty(string format, long size, Qcow2Options options) =>
        format == ImageFormats.Raw ? (size, size) : Sum(size, options.Preallocation == Preallocation.Off ? 0 : Round(size, options.ClusterSize), options);

    public static (long Required, long Whole) Copy(ImageDisk source, string format, Qcow2Options options)
    {
        if (format == ImageFormats.Raw || options.Preallocation != Preallocation.Off) return Empty(format, source.Length, options);
        long used = 0, counted = 0;
        foreach (var (offset, extent, _) in DiskLayers.Walk(source, 0, source.Length))
        {
            if (!extent.IsData || extent.IsZero) continue;
            var from = Math.Max(counted, offset / options.ClusterSize * options.ClusterSize);
            counted = Round(offset + extent.Length, options.ClusterSize);
            used += counted - from;
        }
        return Sum(source.Length, used, options);
    }

    private static (long Required, long Whole) Sum(long size, long data, Qcow2Options options)
    {
        Qcow2Creator.Check(options, size);
        long cluster = options.ClusterSize, entry = options.HasExtendedL2 ? 16 : 8;
        var aligned = Round(size, cluster);
        var l2 = Round(aligned / cluster * entry, cluster);
        var tables = cluster + l2 + Round(l2 / cluster * 8, cluster);
        // Counts are counted, too.
        long blocks = 0, table = 0, before;
        do
        {
            before = blocks + table;
            blocks = (((tables + aligned) / cluster) + before + (cluster * 8 / options.RefcountBits) - 1) / (cluster * 8 / options.RefcountBits);
            table = (blocks + (cluster / 8) - 1) / (cluster / 8);
        }
        while (blocks + table != before);
        tables += (blocks + table) * cluster;
        return (tables + data, tables + aligned);
    }

    private static long Round(long value, long step) => (value + step - 1) / step * step;
}
