using Mimus.Core.Memory;
using Mimus.Host;
using Mimus.Translation.Evaluator;
using Mimus.Translation.X64;

namespace Mimus.Translation.Tests.Engine;

/// <summary>What is kept by the hundred thousand stays small, and lists outside the heap keep what is in them.</summary>
public sealed unsafe class MemoryUseTests
{
    [Fact]
    public void Records_of_emitted_code_are_small()
    {
        Assert.True(sizeof(Site) <= 36, $"a site takes {sizeof(Site)} bytes");
        Assert.True(sizeof(Holding) <= 3, $"a holding takes {sizeof(Holding)} bytes");
        Assert.True(sizeof(CodeExit) <= 20, $"an exit takes {sizeof(CodeExit)} bytes");
    }

    [Fact]
    public void A_growing_list_keeps_its_items()
    {
        using var list = new NativeList<long>();
        for (var i = 0; i < 100_000; i++) list.Add(i * 3L);
        Assert.Equal(100_000, list.Count);
        for (var i = 0; i < list.Count; i++) Assert.Equal(i * 3L, list[i]);
        Assert.Throws<ArgumentOutOfRangeException>(() => list[100_000]);
        list.Clear();
        Assert.Equal(0, list.Count);
        list.Add(7);
        Assert.Equal(7, list[0]);
    }

    [Fact]
    public void Pages_take_turns_with_the_room_for_decoded_instructions()
    {
        const int Capacity = 2;
        using var memory = new GuestMemory();
        var ram = memory.Add("ram", new AddressRange(0, CodePage.PageSize));
        var pages = new CodePage[3];
        using var room = new DecodedPages(Capacity);
        for (var i = 0; i < pages.Length; i++)
        {
            pages[i] = new CodePage(ram, 0, 0);
            pages[i].MakeEntries(room.Take(pages[i]), null, null);
        }
        Assert.True(pages[0].NeedsEntries);
        Assert.False(pages[1].NeedsEntries);
        Assert.False(pages[2].NeedsEntries);
        Assert.True(pages[1].Entries != pages[2].Entries);
    }
}
