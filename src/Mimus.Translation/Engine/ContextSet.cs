using System.Numerics;

namespace Mimus.Translation.Engine;

/// <summary>Some of the contexts of translation, in order.</summary>
internal sealed class ContextSet
{
    private const int WordShift = 6, WordMask = 63;

    private readonly ulong[] _words = new ulong[TranslationBuffer.ContextCount >> WordShift];

    public void Add(int context) => _words[context >> WordShift] |= 1ul << (context & WordMask);

    /// <summary>The first of the set from a number on; where there is none, the number of all contexts.</summary>
    public int Next(int from)
    {
        for (var word = from >> WordShift; word < _words.Length; word++)
        {
            var rest = _words[word];
            if (word == from >> WordShift) rest &= ulong.MaxValue << (from & WordMask);
            if (rest != 0) return (word << WordShift) + BitOperations.TrailingZeroCount(rest);
        }
        return TranslationBuffer.ContextCount;
    }

    /// <summary>The number behind the last of so many contexts.</summary>
    public static int EndOf(int first, int count) => (int)Math.Min(TranslationBuffer.ContextCount, (long)first + count);
}
