using Mimus.Translation.Engine;

namespace Mimus.Translation.Tests.Engine;

/// <summary>Every address of a page finds its own code, whatever else was compiled from the page.</summary>
public sealed class CompiledPageTests
{
    private const ulong Page = 0x8020_3000;

    [Fact]
    public void Every_address_has_code_of_its_own()
    {
        var page = new CompiledPage(Page + 0x10);
        for (ulong offset = 0; offset < 4096; offset += 2)
        {
            Assert.Equal(0, page.Find(Page + offset));
            page.Add(Page + offset, (nint)offset + 1);
        }
        for (ulong offset = 0; offset < 4096; offset += 2) Assert.Equal((nint)offset + 1, page.Find(Page + offset));
    }

    [Fact]
    public void Code_is_replaced_by_later_code()
    {
        var page = new CompiledPage(Page);
        page.Add(Page, 1);
        page.Add(Page, 2);
        Assert.Equal(2, page.Find(Page));
    }

    [Fact]
    public void A_page_seen_at_two_addresses_has_code_for_both()
    {
        const ulong Other = 0x3f_ffff_f000;
        var page = new CompiledPage(Page);
        page.Add(Page + 4, 1);
        page.Add(Other + 4, 2);
        Assert.Equal(1, page.Find(Page + 4));
        Assert.Equal(2, page.Find(Other + 4));
        Assert.Equal(0, page.Find(Other));
    }
}
