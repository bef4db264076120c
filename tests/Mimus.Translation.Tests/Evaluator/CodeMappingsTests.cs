using Mimus.Translation.Evaluator;

namespace Mimus.Translation.Tests.Evaluator;

/// <summary>A number of a mapping is never given twice.</summary>
public sealed class CodeMappingsTests
{
    private readonly CodeMappings _mappings = new();

    [Fact]
    public void A_context_keeps_its_number_until_it_is_renewed()
    {
        var (first, second) = (_mappings[3], _mappings[4]);
        Assert.NotEqual(0, first);
        Assert.NotEqual(first, second);
        _mappings.Renew(3, 1);
        Assert.True(_mappings[3] != first && _mappings[3] != second);
        Assert.Equal(second, _mappings[4]);
    }

    [Fact]
    public void Renewing_many_contexts_stops_at_the_last()
    {
        var old = _mappings[255];
        _mappings.Renew(200, int.MaxValue);
        Assert.NotEqual(old, _mappings[255]);
    }

    [Fact]
    public void Numbers_begin_anew_only_when_it_is_said()
    {
        var before = _mappings[0];
        _mappings.Renew(0, 1);
        Assert.NotEqual(before, _mappings[0]);
        Assert.False(_mappings.AreUsedUp);
        _mappings.Restart();
        Assert.Equal(before, _mappings[0]);
    }
}
