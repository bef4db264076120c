using System.Buffers;
using System.IO.Compression;
using Mimus.Storage.Compression;
using Mimus.Storage.Files;

namespace Mimus.Storage.Qcow2;

/// <summary>Reads compressed clusters, and keeps the last one for those who read it in parts.</summary>
internal sealed class CompressedReader(IImageFile file, Qcow2Header header)
{
    private readonly Lock _lock = new(); // held while the last cluster is looked at
    private byte[]? _last;
    private ulong _lastDescriptor;

    public void Read(ulong descriptor, int offset, Span<byte> destination, Qcow2Store store)
    {
        if (destination.Length == header.ClusterSize)
        {
            Decompress(descriptor, destination, store);
            return;
        }
        lock (_lock)
        {
            if (_lastDescriptor == descriptor)
            {
                _last.AsSpan(offset, destination.Length).CopyTo(destination);
                return;
            }
        }
        var cluster = new byte[header.ClusterSize];
        Decompress(descriptor, cluster, store);
        cluster.AsSpan(offset, destination.Length).CopyTo(destination);
        lock (_lock) (_last, _lastDescriptor) = (cluster, descriptor);
    }

    /// <summary>The place of a compressed cluster is given to another.</summary>
    public void Forget()
    {
        lock (_lock) _lastDescriptor = 0;
    }

    private void Decompress(ulong descriptor, Span<byte> destination, Qcow2Store store)
    {
        var (offset, length) = store.CompressedPlace(descriptor);
        if (offset < header.ClusterSize || offset >= file.Length || length > header.ClusterSize + (2 * ImageDisk.SectorSize))
            throw store.Places.Corrupt($"a compressed cluster is said to have {length} bytes at {offset}");
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            file.Read(offset, buffer.AsSpan(0, length));
            var done = header.IsZstd ? ZstdDecoder.Decode(buffer.AsSpan(0, length), destination) : Inflate(buffer, length, destination);
            if (!done) throw store.Places.Corrupt($"the compressed cluster at {offset} cannot be decompressed");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool Inflate(byte[] data, int length, Span<byte> destination)
    {
        try
        {
            using var stream = new DeflateStream(new MemoryStream(data, 0, length), CompressionMode.Decompress);
            return stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) == destination.Length;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
