using System.Numerics;
using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>Makes empty images: a header, a refcount table and a block; the rest grows as in any image.</summary>
internal static class Qcow2Creator
{
    /// <summary>Checks what is wanted before any file is touched.</summary>
    public static void Check(Qcow2Options options, long size)
    {
        if (!BitOperations.IsPow2(options.ClusterSize) || options.ClusterSize is < 1 << Qcow2Header.MinimumClusterBits or > 1 << Qcow2Header.MaximumClusterBits)
            throw new DiskImageException($"cluster_size={options.ClusterSize} cannot be; it is a power of two from 512 to 2M");
        if (!BitOperations.IsPow2(options.RefcountBits) || options.RefcountBits is < 1 or > 64)
            throw new DiskImageException($"refcount_bits={options.RefcountBits} cannot be; it is a power of two from 1 to 64");
        if (options.Version == 2)
        {
            var newer = options.RefcountBits != 16 ? "refcount_bits other than 16" : options.HasLazyRefcounts ? "lazy_refcounts" : options.HasExtendedL2 ? "extended_l2"
                : options.IsZstd ? "compression_type=zstd" : options.DataFileName is not null ? "data_file" : null;
            if (newer is not null) throw new DiskImageException($"{newer} needs compat=1.1 (version 3) or newer");
        }
        if (options.HasExtendedL2 && options.ClusterSize < 16384) throw new DiskImageException("extended_l2 needs a cluster_size of at least 16k");
        if (options.BackingName is not null && options.DataFileName is not null && options.IsDataFileRaw) throw new DiskImageException("data_file_raw and a backing file cannot be together");
        var clusterBits = BitOperations.Log2((uint)options.ClusterSize);
        var l2Bits = clusterBits - (options.HasExtendedL2 ? 4 : 3);
        if (size < 0 || size >> (clusterBits + l2Bits) >= Qcow2Header.LongestL1 / 8)
            throw new DiskImageException($"a disk of {size} bytes is too large for clusters of {options.ClusterSize} bytes; take a larger cluster_size");
    }

    public static void Create(IImageFile file, IImageFile? dataFile, long size, Qcow2Options options)
    {
        Check(options, size);
        size = (size + ImageDisk.SectorSize - 1) / ImageDisk.SectorSize * ImageDisk.SectorSize;
        var header = new Qcow2Header
        {
            Version = options.Version,
            ClusterBits = BitOperations.Log2((uint)options.ClusterSize),
            RefcountOrder = BitOperations.Log2((uint)options.RefcountBits),
            RefcountTableOffset = options.ClusterSize,
            RefcountTableClusters = 1,
            L1Offset = 0,
            IsZstd = options.IsZstd,
            BackingName = options.BackingName,
            BackingFormat = options.BackingFormat,
            DataFileName = options.DataFileName,
            Incompatible = (options.DataFileName is not null ? Qcow2Header.ExternalData : 0) | (options.IsZstd ? Qcow2Header.CompressionTypeBit : 0)
                | (options.HasExtendedL2 ? Qcow2Header.ExtendedL2 : 0),
            Autoclear = options.IsDataFileRaw ? Qcow2Header.RawExternalData : 0,
            Compatible = options.HasLazyRefcounts ? Qcow2Header.LazyRefcounts : 0,
        };
        file.SetLength(0);
        var table = new ulong[options.ClusterSize / 8];
        table[0] = 2ul * (ulong)options.ClusterSize;
        var block = new byte[options.ClusterSize];
        for (var cluster = 0; cluster < 3; cluster++) RefcountCodec.Set(block, cluster, header.RefcountOrder, 1);
        file.Write(2L * options.ClusterSize, block);
        Tables.Write(file, options.ClusterSize, table, 0, table.Length);
        header.WriteAll(file);
        file.Flush();

        // Files are the caller's: the disk that is made here is let go of without them.
        using var disk = new Qcow2Disk(new BorrowedFile(file), header, dataFile is null ? null : new BorrowedFile(dataFile), null);
        disk.Resize(size);
        if (options.Preallocation != Preallocation.Off) disk.Preallocate(0, options.Preallocation);
    }

    /// <summary>How the space of new clusters is taken.</summary>
    public static Func<IImageFile, long, long, bool> ReservationOf(Preallocation preallocation) => preallocation switch
    {
        Preallocation.Falloc => (file, offset, length) => file.TryReserve(offset, length),
        Preallocation.Full => (file, offset, length) =>
        {
            var zeroes = new byte[1 << 20];
            for (var at = 0L; at < length; at += zeroes.Length) file.Write(offset + at, zeroes.AsSpan(0, (int)Math.Min(zeroes.Length, length - at)));
            return true;
        },
        _ => (_, _, _) => true,
    };
}
