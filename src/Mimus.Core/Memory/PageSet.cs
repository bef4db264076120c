using System.Numerics;

namespace Mimus.Core.Memory;

/// <summary>Some of the 4 KiB pages of a block, by their numbers inside it.</summary>
public sealed class PageSet
{
    private const int WordShift = 6, WordMask = 63;

    private readonly ulong[] _bits;

    internal PageSet(RamBlock block, ulong[] bits)
    {
        Block = block;
        _bits = bits;
    }

    public RamBlock Block { get; }

    public int Count
    {
        get
        {
            var count = 0;
            foreach (var word in _bits) count += BitOperations.PopCount(word);
            return count;
        }
    }

    /// <summary>The pages' numbers, in ascending order.</summary>
    public IEnumerable<int> Pages
    {
        get
        {
            for (var i = 0; i < _bits.Length; i++)
            {
                for (var word = _bits[i]; word != 0; word &= word - 1) yield return (i << WordShift) + BitOperations.TrailingZeroCount(word);
            }
        }
    }

    public bool Contains(int page) => ((_bits[page >> WordShift] >> (page & WordMask)) & 1) != 0;
}
