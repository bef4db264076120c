using Mimus.Core.Memory;

namespace Mimus.Translation.Evaluator;

/// <summary>The pages of code in use whose bytes may have changed since they were last compared: see <see cref="CodeWatch"/>.</summary>
internal sealed class SuspectPages<TPage>(CodeWatch watch) where TPage : class, IWatchedCode
{
    /// <summary>After so many comparisons a round is worth its price: all vCPUs forget which pages they may write.</summary>
    private const int MostComparisons = 512;

    private readonly List<TPage> _pages = [];
    private long _seenReports = watch.Reported;
    private int _comparisons;

    /// <summary>Takes in a page that has just been compared, or made, unless it was quiet before that.</summary>
    public void Add(TPage page)
    {
        if (page.IsSuspect) return;
        page.IsSuspect = true;
        _pages.Add(page);
    }

    public void Clear()
    {
        foreach (var page in _pages) page.IsSuspect = false;
        _pages.Clear();
    }

    /// <summary>Whether any page in use has changed. Known are all pages, by their addresses in host memory.</summary>
    public bool HaveChanged(Dictionary<long, TPage> known, int generation)
    {
        if (!TryTakeReports(known, generation)) return true;
        watch.TrySettle();
        for (var i = _pages.Count - 1; i >= 0; i--)
        {
            var page = _pages[i];
            var isQuiet = page.IsQuiet;
            if (page.HasChanged) return true;
            _comparisons++;
            if (!isQuiet) continue;
            page.IsSuspect = false;
            _pages[i] = _pages[^1];
            _pages.RemoveAt(_pages.Count - 1);
        }
        if (_comparisons > MostComparisons)
        {
            _comparisons = 0;
            watch.BeginRound();
        }
        return false;
    }

    /// <summary>Suspects what was reported; false when there were too many reports to know.</summary>
    private bool TryTakeReports(Dictionary<long, TPage> known, int generation)
    {
        for (var all = watch.Reported; _seenReports < all; _seenReports++)
        {
            if (!watch.TryGetReport(_seenReports, out var host))
            {
                _seenReports = watch.Reported;
                return false;
            }
            // What has not been found since everything was flushed is compared when it is.
            if (known.TryGetValue(host, out var page) && page.Generation == generation) Add(page);
        }
        return true;
    }
}
