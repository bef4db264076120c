using System.Runtime.CompilerServices;

namespace Mimus.Translation.Engine;

/// <summary>
/// The surroundings of large pages that translations were remembered of. Flushing one address of a large page flushes all of it, so it
/// matters whether there was one.
/// </summary>
internal sealed class LargePages
{
    /// <summary>Smaller pages are remembered by surroundings of this size, so that there are few.</summary>
    private const ulong LeastSize = 1 << 30;

    private const ulong SmallPageMask = 0xfff;

    // Made when there is a large page: the list is compiled at run time.
    private List<(ulong Base, ulong Mask)>? _ranges;

    /// <summary>Remembers the page of an address, whose bits inside the page are given, when it is a large one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ulong address, ulong pageMask)
    {
        if (pageMask > SmallPageMask) AddLarge(address, pageMask);
    }

    public bool MayContain(ulong address)
    {
        if (_ranges is null) return false;
        foreach (var (start, mask) in _ranges)
        {
            if ((address & mask) == start) return true;
        }
        return false;
    }

    public void Clear() => _ranges?.Clear();

    private void AddLarge(ulong address, ulong pageMask)
    {
        var mask = ~(pageMask | (LeastSize - 1));
        _ranges ??= [];
        if (!_ranges.Contains((address & mask, mask))) _ranges.Add((address & mask, mask));
    }
}
