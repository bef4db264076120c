using Mimus.Host;

namespace Mimus.Core.Memory;

/// <summary>The pages of one block that somebody depends on, and when each was last made writable: see <see cref="CodeWatch"/>.</summary>
public sealed unsafe class WatchedPages : IDisposable
{
    private const int PageShift = 12;

    private readonly RamBlock _block;
    private readonly CodeWatch _watch;

    // One of each for every page of the block. Reserved only: what is not touched costs nothing.
    private readonly MemoryMapping _stamps, _isWatched;

    internal WatchedPages(RamBlock block, CodeWatch watch)
    {
        _block = block;
        _watch = watch;
        var pages = (nuint)((block.Range.Length - 1) >> PageShift) + 1;
        _stamps = MemoryMapping.Anonymous(pages * sizeof(int));
        _isWatched = MemoryMapping.Anonymous(pages);
    }

    /// <summary>From now on, who may write the page of an offset is reported. Its bytes are to be read after this.</summary>
    public void Watch(ulong offset)
    {
        Volatile.Write(ref _isWatched.Pointer[offset >> PageShift], 1);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Whether a page that is watched stays as it is until there is a report of it. Its bytes are to be read after this.</summary>
    public bool IsQuiet(ulong offset)
    {
        var isQuiet = Volatile.Read(ref StampOf(offset)) < _watch.Settled;
        Interlocked.MemoryBarrier();
        return isQuiet;
    }

    public void Dispose()
    {
        _stamps.Dispose();
        _isWatched.Dispose();
    }

    /// <summary>A vCPU is about to remember a page as writable.</summary>
    internal void MayBeWritten(ulong offset)
    {
        Volatile.Write(ref StampOf(offset), _watch.Round);
        Interlocked.MemoryBarrier();
        if (_isWatched.Pointer[offset >> PageShift] != 0) Report(offset >> PageShift);
    }

    /// <summary>Bytes were written by somebody who is not a vCPU. After the full barrier that is the caller's.</summary>
    internal void WereWritten(ulong offset, ulong length)
    {
        var last = (offset + length - 1) >> PageShift;
        for (var page = offset >> PageShift; page <= last; page++)
        {
            var rest = (int)Math.Min(last - page + 1, int.MaxValue);
            var next = new ReadOnlySpan<byte>(_isWatched.Pointer + page, rest).IndexOf((byte)1);
            page += (ulong)(next < 0 ? rest - 1 : next);
            // No stamp: nobody may write there longer than this.
            if (next >= 0) Report(page);
        }
    }

    private ref int StampOf(ulong offset) => ref ((int*)_stamps.Pointer)[offset >> PageShift];

    private void Report(ulong page) => _watch.Report((nint)(_block.Pointer + (page << PageShift)));
}
