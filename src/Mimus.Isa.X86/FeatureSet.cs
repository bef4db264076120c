namespace Mimus.Isa.X86;

/// <summary>The features of a processor, as CPUID shows them. Immutable.</summary>
public sealed class FeatureSet
{
    /// <summary>Leaf 1 edx and ecx, leaf 7 ebx and ecx, leaf 80000001h edx and ecx, leaf 0Dh.1 eax.</summary>
    public const int WordCount = 7;

    private readonly uint[] _words;

    public FeatureSet(params IEnumerable<X86Feature> features) : this(new uint[WordCount])
    {
        foreach (var feature in features) _words[(int)feature >> 5] |= 1u << ((int)feature & 31);
    }

    private FeatureSet(uint[] words) => _words = words;

    /// <summary>The features that the words of CPUID name.</summary>
    public static FeatureSet OfWords(ReadOnlySpan<uint> words) => words.Length == WordCount ? new FeatureSet(words.ToArray()) : throw new ArgumentException("a word is missing", nameof(words));

    public bool IsEmpty => Array.TrueForAll(_words, w => w == 0);

    public bool Has(X86Feature feature) => ((_words[(int)feature >> 5] >> ((int)feature & 31)) & 1) != 0;

    public uint Word(int number) => _words[number];

    public FeatureSet With(params IEnumerable<X86Feature> features) => Combine(new FeatureSet(features), static (a, b) => a | b);

    public FeatureSet Without(params IEnumerable<X86Feature> features) => Except(new FeatureSet(features));

    /// <summary>What is in this set and not in another.</summary>
    public FeatureSet Except(FeatureSet other) => Combine(other, static (a, b) => a & ~b);

    private FeatureSet Combine(FeatureSet other, Func<uint, uint, uint> combine)
    {
        var words = new uint[WordCount];
        for (var i = 0; i < words.Length; i++) words[i] = combine(_words[i], other._words[i]);
        return new FeatureSet(words);
    }
}
