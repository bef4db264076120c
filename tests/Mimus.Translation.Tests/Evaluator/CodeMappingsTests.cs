using Mimus.Isa;
using Mimus.Translation.Engine;
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
        _mappings.Flush(3, 1);
        Assert.True(_mappings[3] != first && _mappings[3] != second);
        Assert.Equal(second, _mappings[4]);
    }

    [Fact]
    public void Renewing_many_contexts_stops_at_the_last()
    {
        var old = _mappings[255];
        _mappings.Flush(200, int.MaxValue);
        Assert.NotEqual(old, _mappings[255]);
    }

    [Fact]
    public void Numbers_begin_anew_when_they_run_out_and_that_is_said()
    {
        var mappings = new CodeMappings(int.MaxValue - TranslationBuffer.ContextCount);
        var said = 0;
        mappings.Renumbered += () => said++;
        mappings.Flush(0, 1);
        Assert.Equal(0, said);
        Assert.True(mappings[0] > 0);
        mappings.Flush(0, 1);
        Assert.Equal(1, said);
        Assert.Equal(1, mappings[0]);
    }

    [Fact]
    public void A_page_is_flushed_only_where_it_may_have_been_fetched_from()
    {
        const ulong Page = 0x4000, Other = 0x9000;
        _mappings.AddFetch(5, Page, Found(0xfff));
        var (fetched, elsewhere) = (_mappings[5], _mappings[6]);
        _mappings.FlushPage(Other, 0, int.MaxValue);
        Assert.Equal(fetched, _mappings[5]);
        _mappings.FlushPage(Page, 6, 1);
        Assert.Equal(fetched, _mappings[5]);
        _mappings.FlushPage(Page, 0, int.MaxValue);
        Assert.NotEqual(fetched, _mappings[5]);
        Assert.Equal(elsewhere, _mappings[6]);
        // It is forgotten that the page was fetched from.
        var renewed = _mappings[5];
        _mappings.FlushPage(Page, 0, int.MaxValue);
        Assert.Equal(renewed, _mappings[5]);
    }

    [Fact]
    public void A_large_page_is_flushed_everywhere_by_any_of_its_addresses()
    {
        const ulong Large = 0x4000_0000;
        _mappings.AddFetch(5, Large, Found(0x1f_ffff));
        var fetched = _mappings[5];
        _mappings.FlushPage(Large + 0x1_0000, 0, int.MaxValue);
        Assert.NotEqual(fetched, _mappings[5]);
    }

    [Fact]
    public void A_context_is_local_once_it_has_fetched_from_a_page_that_is_not_global()
    {
        _mappings.AddFetch(5, 0x4000, Found(0xfff, isGlobal: true));
        Assert.Equal(TranslationBuffer.ContextCount, _mappings.NextLocal(0));
        _mappings.AddFetch(5, 0x5000, Found(0xfff));
        Assert.Equal(5, _mappings.NextLocal(0));
        Assert.Equal(TranslationBuffer.ContextCount, _mappings.NextLocal(6));
        _mappings.Flush(5, 1);
        Assert.Equal(TranslationBuffer.ContextCount, _mappings.NextLocal(0));
    }

    private static PageTranslation Found(ulong pageMask, bool isGlobal = false) => new(0, null!, WholePage: true, pageMask, isGlobal);
}
