using Mimus.Storage.Compression;
using Mimus.Storage.Qcow2;

namespace Mimus.Storage.Operations;

/// <summary>
/// Copies a disk into another, which is new and reads as zeroes: several workers read, look for zeroes and compress, and write in
/// turn, so that the copy lies in its file in the order of the disk.
/// </summary>
public sealed class ImageCopier
{
    private const int PieceBytes = 512 << 10;

    private readonly ImageDisk _source, _target;
    private readonly long _length;
    private readonly int _piece, _zeroStep;
    private readonly object _turn = new(); // held by who writes, in the order of the pieces; the disks' own locks come after it
    private long _nextToRead, _nextToWrite, _done;
    private Exception? _failure;

    public ImageCopier(ImageDisk source, ImageDisk target)
    {
        _source = source;
        _target = target;
        _length = Math.Min(source.Length, target.Length);
        _piece = Math.Max(PieceBytes, target.ClusterSize);
        _zeroStep = Math.Max(4096, target.ClusterSize);
    }

    /// <summary>Clusters are compressed where that saves space. The target is a qcow2 image.</summary>
    public bool Compresses { get; init; }

    /// <summary>Only what the source's own layer has is copied; below it both disks are the same.</summary>
    public bool IsLayer { get; init; }

    /// <summary>What is zero is written as such: the target shows something else there.</summary>
    public bool WritesZeroes { get; init; }

    /// <summary>How many threads work; 0 for as many as are worth it.</summary>
    public int Workers { get; init; }

    /// <summary>Called now and then with what is done, from 0 to 1.</summary>
    public Action<double>? Progress { get; init; }

    /// <exception cref="IOException">Something could not be read or written; the copy is not complete.</exception>
    public void Run()
    {
        // Copying alone is bound by memory: one reads while another writes, and more would only wait.
        var workers = Workers > 0 ? Workers : Compresses || StartsCompressed() ? Environment.ProcessorCount : Math.Min(2, Environment.ProcessorCount);
        var others = new Thread[Math.Max(0, (int)Math.Min(workers, (_length + _piece - 1) / _piece) - 1)];
        for (var i = 0; i < others.Length; i++)
        {
            others[i] = new Thread(Work) { Name = "image copier", IsBackground = true };
            others[i].Start();
        }
        Work();
        foreach (var other in others) other.Join();
        if (_failure is not null) throw new DiskImageException(_failure.Message, _failure);
        Progress?.Invoke(1);
    }

    /// <summary>Whether the first data of the source are compressed, from which the others are guessed.</summary>
    private bool StartsCompressed()
    {
        for (var offset = 0L; offset < _length;)
        {
            var (extent, _) = DiskLayers.ExtentAt(_source, offset, _length - offset);
            if (extent.IsData) return extent.IsCompressed;
            offset += extent.Length;
        }
        return false;
    }

    private void Work()
    {
        var buffer = new byte[_piece];
        var packed = Compresses ? new byte[_piece] : [];
        var encoder = Compresses ? new DeflateEncoder() : null;
        var parts = new List<Part>();
        try
        {
            while (true)
            {
                var offset = Interlocked.Add(ref _nextToRead, _piece) - _piece;
                if (offset >= _length || Volatile.Read(ref _failure) is not null) return;
                var length = (int)Math.Min(_piece, _length - offset);
                parts.Clear();
                Collect(offset, buffer.AsSpan(0, length), parts);
                if (encoder is not null) Compress(buffer, packed, encoder, parts);
                WriteInTurn(offset, buffer, packed, parts);
            }
        }
#pragma warning disable CA1031 // it is thrown again where the copy was asked for
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            lock (_turn) Monitor.PulseAll(_turn);
        }
#pragma warning restore CA1031
    }

    /// <summary>Reads what is to be copied of a piece, and finds what of it is zero.</summary>
    private void Collect(long offset, Span<byte> buffer, List<Part> parts)
    {
        for (var at = 0; at < buffer.Length;)
        {
            var extent = IsLayer ? _source.GetExtent(offset + at, buffer.Length - at) : DiskLayers.ExtentAt(_source, offset + at, buffer.Length - at).Extent;
            var end = at + (int)extent.Length;
            if (IsLayer && !extent.IsPresent)
            {
                at = end;
                continue;
            }
            if (extent.IsZero)
            {
                if (WritesZeroes) Add(parts, at, end, isZero: true);
                buffer[at..end].Clear();
                at = end;
                continue;
            }
            _source.Read(offset + at, buffer[at..end]);
            while (at < end)
            {
                // Steps are those of the target, whose clusters are written whole or not at all.
                var step = (int)Math.Min(end, ((offset + at) / _zeroStep * _zeroStep) + _zeroStep - offset);
                var isZero = !buffer[at..step].ContainsAnyExcept((byte)0);
                if (!isZero || WritesZeroes) Add(parts, at, step, isZero);
                at = step;
            }
        }
    }

    private static void Add(List<Part> parts, int from, int to, bool isZero)
    {
        if (parts.Count > 0 && parts[^1] is var last && last.To == from && last.IsZero == isZero) parts[^1] = last with { To = to };
        else parts.Add(new Part(from, to, isZero, 0));
    }

    /// <summary>Makes parts of one cluster each, with what it is compressed; those that stay as they are have 0 bytes of that.</summary>
    private void Compress(byte[] buffer, byte[] packed, DeflateEncoder encoder, List<Part> parts)
    {
        var size = _target.ClusterSize;
        var clusters = new SortedSet<int>();
        foreach (var part in parts)
        {
            for (var cluster = part.From / size; !part.IsZero && cluster <= (part.To - 1) / size; cluster++) clusters.Add(cluster);
        }
        parts.RemoveAll(p => !p.IsZero);
        foreach (var cluster in clusters)
        {
            var from = cluster * size;
            var length = encoder.Encode(buffer.AsSpan(from, size), packed.AsSpan(from, size - 1));
            parts.Add(new Part(from, from + size, false, length));
        }
    }

    private void WriteInTurn(long offset, byte[] buffer, byte[] packed, List<Part> parts)
    {
        lock (_turn)
        {
            while (_nextToWrite != offset)
            {
                if (_failure is not null) return;
                Monitor.Wait(_turn);
            }
            foreach (var part in parts)
            {
                var at = offset + part.From;
                var end = (int)Math.Min(part.To, _length - offset);
                if (part.IsZero) _target.WriteZeroes(at, end - part.From, mayUnmap: true);
                else if (part.Packed == 0 || !((Qcow2Disk)_target).TryWriteCompressed(at, packed.AsSpan(part.From, part.Packed))) _target.Write(at, buffer.AsSpan(part.From, end - part.From));
            }
            _nextToWrite = offset + _piece;
            _done += _piece;
            Progress?.Invoke(Math.Min(1, (double)_done / _length));
            Monitor.PulseAll(_turn);
        }
    }

    private sealed record Part(int From, int To, bool IsZero, int Packed);
}
