using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>
/// Which pages code was fetched from in each context, by the low bits of their numbers: a flush of a page that never had code need not forget
/// any.
/// </summary>
internal sealed class FetchedPages
{
    private const int PageCount = 4096, BitsInWord = 64;

    private readonly ulong[]?[] _pages = new ulong[TranslationBuffer.ContextCount][];

    private readonly ContextSet _used = new();

    public void Add(int context, ulong address)
    {
        var pages = _pages[context];
        if (pages is null)
        {
            _pages[context] = pages = new ulong[PageCount / BitsInWord];
            _used.Add(context);
        }
        pages[WordOf(address)] |= BitOf(address);
    }

    /// <summary>The first context, from a number on, that may have fetched from the page of an address, or from any.</summary>
    public int Next(ulong address, int from, bool any)
    {
        var context = _used.Next(from);
        while (context < _pages.Length && !any && (_pages[context]![WordOf(address)] & BitOf(address)) == 0) context = _used.Next(context + 1);
        return context;
    }

    public void Clear(int first, int count)
    {
        var end = ContextSet.EndOf(first, count);
        for (var context = _used.Next(first); context < end; context = _used.Next(context + 1)) Array.Clear(_pages[context]!);
    }

    private static int WordOf(ulong address) => (int)((address >> 18) & ((PageCount / BitsInWord) - 1));

    private static ulong BitOf(ulong address) => 1ul << (int)((address >> 12) & (BitsInWord - 1));
}
