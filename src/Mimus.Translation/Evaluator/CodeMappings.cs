using Mimus.Isa;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>
/// The numbers of mappings of code: each context gets a new one after each flush, so that nothing that was found under an old one is taken
/// for valid. They also know from which pages code was fetched: a flush of another page need not renew any.
/// </summary>
/// <param name="last">The number after which numbering goes on.</param>
internal sealed class CodeMappings(int last = 0)
{
    private readonly int[] _numbers = new int[TranslationBuffer.ContextCount];
    private readonly bool[] _isLocal = new bool[TranslationBuffer.ContextCount];
    private readonly FetchedPages _fetched = new();
    private readonly LargePages _largePages = new();
    private int _last = last;

    /// <summary>Mappings are numbered anew: whoever knows a number has to forget it.</summary>
    public event Action? Renumbered;

    /// <summary>The current number of a context; never 0.</summary>
    public int this[int context]
    {
        get
        {
            ref var number = ref _numbers[context];
            if (number == 0) number = ++_last;
            return number;
        }
    }

    /// <summary>Code was found in a context by the translation of an address.</summary>
    public void AddFetch(int context, ulong address, in PageTranslation found)
    {
        if (!found.IsGlobal) _isLocal[context] = true;
        _fetched.Add(context, address);
        _largePages.Add(address, found.PageMask);
    }

    public void Flush()
    {
        Flush(0, TranslationBuffer.ContextCount);
        _largePages.Clear();
    }

    public void Flush(int first, int count)
    {
        _numbers.AsSpan(first, ContextSet.EndOf(first, count) - first).Clear();
        _isLocal.AsSpan(first, ContextSet.EndOf(first, count) - first).Clear();
        _fetched.Clear(first, count);
        if (_last <= int.MaxValue - TranslationBuffer.ContextCount) return;
        Array.Clear(_numbers);
        _last = 0;
        Renumbered?.Invoke();
    }

    /// <summary>The first context, from a number on, that has found code on a page which is not global; the number of contexts if there is none.</summary>
    public int NextLocal(int from)
    {
        var offset = _isLocal.AsSpan(from).IndexOf(true);
        return offset < 0 ? TranslationBuffer.ContextCount : from + offset;
    }

    /// <summary>Flushes those of some contexts that may have found code by the translation of an address.</summary>
    public void FlushPage(ulong address, int first, int count)
    {
        var end = ContextSet.EndOf(first, count);
        for (var context = NextThatFetched(address, first); context < end; context = NextThatFetched(address, context + 1)) Flush(context, 1);
    }

    /// <summary>The first context, from a number on, in which code may have been found by the translation of an address since its last flush.</summary>
    public int NextThatFetched(ulong address, int from) => _fetched.Next(address, from, any: _largePages.MayContain(address));
}
