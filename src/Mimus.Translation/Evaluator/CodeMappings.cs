using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <summary>
/// The numbers of mappings of code: each context gets a new one after each flush, so that nothing that was found under an old one is taken
/// for valid.
/// </summary>
internal sealed class CodeMappings
{
    private readonly int[] _numbers = new int[TranslationBuffer.ContextCount];
    private int _last;

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

    /// <summary>There are not many numbers left: everything that knows one has to go, and numbering to begin anew.</summary>
    public bool AreUsedUp => _last > int.MaxValue - TranslationBuffer.ContextCount;

    public void Renew(int first, int count) => _numbers.AsSpan(first, ContextSet.EndOf(first, count) - first).Clear();

    public void Restart()
    {
        Array.Clear(_numbers);
        _last = 0;
    }
}
