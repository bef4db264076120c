using System.Collections;
using Microsoft.Win32.SafeHandles;
using Mimus.Core.Memory;

namespace Mimus.Snapshots;

/// <summary>Copies of guest pages, in a sparse file that is gone when they are no longer needed: they may be as large as the guest.</summary>
internal sealed class PageCopies : IPageSource, IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly Dictionary<RamBlock, Part> _parts = [];
    private readonly GuestPages _guest = new();
    private readonly byte[] _page = new byte[SnapshotFormat.PageSize];

    public PageCopies(IEnumerable<RamBlock> blocks, string directory)
    {
        long start = 0;
        foreach (var block in blocks)
        {
            _parts.Add(block, new Part(start, new BitArray(SnapshotFormat.PageCount(block))));
            start += (long)block.Range.Length;
        }
        _file = File.OpenHandle(Path.Combine(directory, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
    }

    /// <summary>Copies a page anew. The guest may be writing to it: then it has to be copied again.</summary>
    public void Copy(RamBlock block, int page)
    {
        var part = _parts[block];
        var bytes = _guest.Read(block, page);
        part.IsStored[page] = !bytes.IsEmpty;
        if (!bytes.IsEmpty) RandomAccess.Write(_file, bytes, part.PositionOf(page));
    }

    public ReadOnlySpan<byte> Read(RamBlock block, int page)
    {
        var part = _parts[block];
        if (!part.IsStored[page]) return [];
        for (var done = 0; done < _page.Length;)
        {
            var count = RandomAccess.Read(_file, _page.AsSpan(done), part.PositionOf(page) + done);
            if (count == 0) throw new EndOfStreamException("the copy of the machine's memory has become shorter");
            done += count;
        }
        return _page;
    }

    public void Dispose() => _file.Dispose();

    private sealed record Part(long Start, BitArray IsStored)
    {
        public long PositionOf(int page) => Start + ((long)page * SnapshotFormat.PageSize);
    }
}
