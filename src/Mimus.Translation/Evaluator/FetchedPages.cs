using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>
/// Which pages code was fetched from in each context, by the low bits of their numbers: a flush of a page that never had code need not forget
/// any.
/// </summary>
internal sealed class FetchedPages
{
    private const int PageCount = 4096;

    private readonly bool[]?[] _pages = new bool[TranslationBuffer.ContextCount][];

    public void Add(int context, ulong address) => (_pages[context] ??= new bool[PageCount])[IndexOf(address)] = true;

    public bool MayContain(ulong address, int first, int count)
    {
        var index = IndexOf(address);
        var end = (int)Math.Min(_pages.Length, (long)first + count);
        for (var context = first; context < end; context++)
        {
            if (_pages[context] is { } pages && pages[index]) return true;
        }
        return false;
    }

    public void Clear(int first, int count)
    {
        var end = (int)Math.Min(_pages.Length, (long)first + count);
        for (var context = first; context < end; context++)
        {
            if (_pages[context] is { } pages) Array.Clear(pages);
        }
    }

    private static int IndexOf(ulong address) => (int)((address >> 12) & (PageCount - 1));
}
