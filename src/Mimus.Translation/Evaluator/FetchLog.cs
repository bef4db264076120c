using Mimus.Core.Memory;
using Mimus.Isa;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>
/// Which pages code was fetched from under the current mapping of each context, and where they were, as long as they are few: after a fence of
/// all translations that can be looked up again, and what was found can be kept.
/// </summary>
internal sealed class FetchLog
{
    private const int MostPages = 16;

    private readonly Log?[] _logs = new Log?[TranslationBuffer.ContextCount];

    /// <summary>Code was found under a mapping, see <see cref="CodeMappings"/>.</summary>
    public void Add(int context, int mapping, ulong address, in PageTranslation found)
    {
        var log = _logs[context] ??= new Log();
        if (log.Mapping != mapping) (log.Mapping, log.Count) = (mapping, 0);
        var fetch = new Fetch(address & TranslationBuffer.PageMask, found.PhysicalAddress & TranslationBuffer.PageMask, found.PageMask);
        if (log.Pages.AsSpan(0, Math.Min(log.Count, MostPages)).Contains(fetch)) return;
        if (log.Count < MostPages) log.Pages[log.Count] = fetch;
        log.Count = Math.Min(log.Count + 1, MostPages + 1);
    }

    /// <summary>Whether all code that was found under the current mapping of the current context is where it was.</summary>
    public bool IsAsBefore(int context, int mapping, EmulatedCpu cpu)
    {
        if (_logs[context] is not { } log || log.Mapping != mapping || log.Count > MostPages) return false;
        foreach (ref readonly var fetch in log.Pages.AsSpan(0, log.Count))
        {
            if (!cpu.TryTranslateAgain(fetch.Page, MemoryAccess.Fetch, out var found) || !found.WholePage) return false;
            if (found.PhysicalAddress != fetch.Physical || found.PageMask != fetch.Mask) return false;
        }
        return true;
    }

    private readonly record struct Fetch(ulong Page, ulong Physical, ulong Mask);

    private sealed class Log
    {
        public readonly Fetch[] Pages = new Fetch[MostPages];
        public int Mapping, Count;
    }
}
