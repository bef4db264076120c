namespace Mimus.Core.Memory;

/// <summary>The pages of one block that were written since they were last taken, while the <see cref="DirtyLog"/> is on.</summary>
public sealed class DirtyPages
{
    private const int PageShift = 12, WordShift = 6, WordMask = 63;

    private readonly RamBlock _block;
    private readonly int _words;
    private volatile ulong[]? _bits; // null while the log is off

    internal DirtyPages(RamBlock block)
    {
        _block = block;
        _words = (int)((block.Range.Length - 1) >> (PageShift + WordShift)) + 1;
    }

    /// <summary>Notes that bytes are written. Whether that has to be before or after the write, <see cref="DirtyLog"/> says.</summary>
    internal void Mark(ulong offset, ulong length)
    {
        var bits = _bits;
        if (bits is null) return;
        var first = (int)(offset >> PageShift);
        var last = (int)((offset + length - 1) >> PageShift);
        for (var word = first >> WordShift; word <= last >> WordShift; word++)
        {
            var mask = ulong.MaxValue;
            if (word == first >> WordShift) mask &= ulong.MaxValue << (first & WordMask);
            if (word == last >> WordShift) mask &= ulong.MaxValue >> (WordMask - (last & WordMask));
            // Even where the bits are set already: the locked operation is what orders an earlier write before who takes them.
            Interlocked.Or(ref bits[word], mask);
        }
    }

    internal void Start() => _bits = new ulong[_words];

    internal void Stop() => _bits = null;

    internal PageSet Take()
    {
        var bits = _bits ?? throw new InvalidOperationException("the dirty log is off");
        var taken = new ulong[_words];
        for (var i = 0; i < taken.Length; i++)
        {
            if (Volatile.Read(ref bits[i]) != 0) taken[i] = Interlocked.Exchange(ref bits[i], 0);
        }
        return new PageSet(_block, taken);
    }
}
