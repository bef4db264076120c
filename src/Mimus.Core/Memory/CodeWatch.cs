namespace Mimus.Core.Memory;

/// <summary>
/// Tells those who keep something made of guest code which pages may have changed, so that an instruction fence need not look at all. Writes
/// themselves are not watched: what is known is since when nobody can have written a page without saying so.
/// </summary>
/// <remarks>
/// <para>
/// Time is counted in rounds. A vCPU that is about to remember a page as writable stamps it with the current round. <see cref="BeginRound"/>
/// raises the number and has all vCPUs forget what they may write; when all have, the round is settled. So a page with a stamp before
/// the settled round can be written by no vCPU: it is <i>quiet</i>, and as long as it is, its bytes stay the same.
/// </para>
/// <para>
/// Whoever depends on a page calls <see cref="WatchedPages.Watch"/> before reading its bytes. From then on, whoever may write it is
/// reported: a vCPU when it comes to remember the page as writable, all others after they have written. Both sides have a full barrier
/// between their two steps, so either the reader sees the stamp or the bytes, or the writer sees that the page is watched.
/// </para>
/// </remarks>
public sealed class CodeWatch
{
    private const int ReportCount = 256;

    private readonly MemoryWriters _writers;
    private readonly Lock _lock = new();
    private readonly nint[] _reports = new nint[ReportCount];
    private long _reported;
    private int[] _asked = [];
    private volatile int _round, _settled;

    internal CodeWatch(MemoryWriters writers) => _writers = writers;

    /// <summary>The round with which pages are stamped.</summary>
    internal int Round => _round;

    /// <summary>The last round before which stamps mean that a page is quiet.</summary>
    public int Settled => _settled;

    /// <summary>How many reports there have been.</summary>
    public long Reported => Volatile.Read(ref _reported);

    /// <summary>The page of a report, by its address in host memory; false where so many came later that it is forgotten.</summary>
    public bool TryGetReport(long number, out nint page)
    {
        lock (_lock)
        {
            page = _reports[number % ReportCount];
            return _reported - number <= ReportCount;
        }
    }

    /// <summary>Starts a round, unless one is not settled yet. Does not wait.</summary>
    public void BeginRound()
    {
        lock (_lock)
        {
            if (_round != _settled) return;
            _round++;
            if (_asked.Length != _writers.Count) _asked = new int[_writers.Count];
            _writers.AskToForget(_asked);
        }
    }

    /// <summary>Looks whether the last round is settled.</summary>
    public void TrySettle()
    {
        if (_round == _settled) return;
        lock (_lock)
        {
            if (_writers.HaveForgotten(_asked)) _settled = _round;
        }
    }

    /// <summary>A page that is watched may be written from now on, or has been.</summary>
    internal void Report(nint page)
    {
        lock (_lock)
        {
            _reports[_reported % ReportCount] = page;
            Volatile.Write(ref _reported, _reported + 1);
        }
    }
}
