namespace Mimus.Core.Memory;

/// <summary>The pages of one block that somebody depends on, and when each was last made writable: see <see cref="CodeWatch"/>.</summary>
public sealed unsafe class WatchedPages
{
    private const int PageShift = 12;

    private readonly RamBlock _block;
    private readonly CodeWatch _watch;
    private readonly byte[] _isWatched;
    private readonly int[] _stamps;

    internal WatchedPages(RamBlock block, CodeWatch watch)
    {
        _block = block;
        _watch = watch;
        var pages = (int)((block.Range.Length - 1) >> PageShift) + 1;
        _isWatched = new byte[pages];
        _stamps = new int[pages];
    }

    /// <summary>From now on, who may write the page of an offset is reported. Its bytes are to be read after this.</summary>
    public void Watch(ulong offset)
    {
        Volatile.Write(ref _isWatched[offset >> PageShift], 1);
        Interlocked.MemoryBarrier();
    }

    /// <summary>Whether a page that is watched stays as it is until there is a report of it. Its bytes are to be read after this.</summary>
    public bool IsQuiet(ulong offset)
    {
        var isQuiet = Volatile.Read(ref _stamps[offset >> PageShift]) < _watch.Settled;
        Interlocked.MemoryBarrier();
        return isQuiet;
    }

    /// <summary>A vCPU is about to remember a page as writable.</summary>
    internal void MayBeWritten(ulong offset)
    {
        var page = (int)(offset >> PageShift);
        Volatile.Write(ref _stamps[page], _watch.Round);
        Interlocked.MemoryBarrier();
        if (_isWatched[page] != 0) _watch.Report((nint)_block.Pointer + (page << PageShift));
    }

    /// <summary>Bytes were written by somebody who is not a vCPU. After the full barrier that is the caller's.</summary>
    internal void WereWritten(ulong offset, ulong length)
    {
        var first = (int)(offset >> PageShift);
        var last = (int)((offset + length - 1) >> PageShift);
        var pages = _isWatched.AsSpan(first, last - first + 1);
        for (var i = pages.IndexOf((byte)1); i >= 0;)
        {
            // No stamp: the page is not writable longer than this.
            _watch.Report((nint)_block.Pointer + ((nint)(first + i) << PageShift));
            var next = pages[(i + 1)..].IndexOf((byte)1);
            i = next < 0 ? -1 : i + 1 + next;
        }
    }
}
