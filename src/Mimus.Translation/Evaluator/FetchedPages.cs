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

    public void Add(int context, ulong address) => (_pages[context] ??= new ulong[PageCount / BitsInWord])[WordOf(address)] |= BitOf(address);

    public bool MayContain(ulong address, int first, int count)
    {
        var end = EndOf(first, count);
        for (var context = first; context < end; context++)
        {
            if (_pages[context] is { } pages && (pages[WordOf(address)] & BitOf(address)) != 0) return true;
        }
        return false;
    }

    public void Clear(int first, int count)
    {
        var end = EndOf(first, count);
        for (var context = first; context < end; context++)
        {
            if (_pages[context] is { } pages) Array.Clear(pages);
        }
    }

    private int EndOf(int first, int count) => (int)Math.Min(_pages.Length, (long)first + count);

    private static int WordOf(ulong address) => (int)((address >> 18) & ((PageCount / BitsInWord) - 1));

    private static ulong BitOf(ulong address) => 1ul << (int)((address >> 12) & (BitsInWord - 1));
}
