using Mimus.Core.Memory;
using Mimus.TestSupport;

namespace Mimus.Tests;

/// <summary>The dirty log and the writers that are not processors.</summary>
public sealed class DirtyLogTests : IDisposable
{
    private const ulong Start = 0x8000_0000;
    private const int PageSize = 4096, PageCount = 300;

    private readonly GuestMemory _memory = new();
    private readonly RamBlock _ram;

    public DirtyLogTests()
    {
        _ram = _memory.Add("ram", new AddressRange(Start, PageCount * PageSize));
        _memory.Add("rom", new AddressRange(0, PageSize), readOnly: true);
    }

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Every_way_to_write_is_noted_once()
    {
        _memory.Dirty.Start();
        Assert.Empty(Collect());
        Assert.True(_memory.TryWrite(At(1, PageSize - 1), new byte[PageSize + 2]));
        Assert.Equal([1, 2, 3], Collect());
        Assert.Empty(Collect());
        Assert.True(_memory.TryWrite(At(7, PageSize - 4), 1ul));
        Assert.Equal([7, 8], Collect());
        Assert.True(_memory.TryGetMemory(At(64), 3 * PageSize, forWriting: true, out _));
        Assert.Empty(Collect());
        _memory.MarkWritten(At(64), 3 * PageSize);
        Assert.Equal([64, 65, 66], Collect());
        _ram.Load(Start + (63 * PageSize), new byte[1]);
        _ram.Load(Start + ((PageCount - 1) * PageSize), new byte[PageSize]);
        Assert.Equal([63, PageCount - 1], Collect());
        _ram.Clear();
        Assert.Equal(Enumerable.Range(0, PageCount), Collect());
    }

    [Fact]
    public void What_writes_nothing_is_not_noted()
    {
        Assert.True(_memory.TryWrite(At(1), 1));
        _memory.Dirty.Start();
        Assert.True(_memory.TryRead(At(2), new byte[PageSize]));
        Assert.True(_memory.TryRead<ulong>(At(3), out _));
        Assert.True(_memory.TryWrite(At(4), ReadOnlySpan<byte>.Empty));
        Assert.False(_memory.TryWrite(At(PageCount - 1, 1), new byte[PageSize]));
        Assert.False(_memory.TryWrite(new GuestAddress(0), 1));
        Assert.All(_memory.Dirty.Collect(), set => Assert.Equal(0, set.Count));
    }

    [Fact]
    public void It_is_used_by_one_at_a_time_and_begins_anew()
    {
        Assert.Throws<InvalidOperationException>(() => _memory.Dirty.Collect());
        _memory.Dirty.Start();
        Assert.Throws<InvalidOperationException>(_memory.Dirty.Start);
        Assert.True(_memory.TryWrite(At(1), 1));
        _memory.Dirty.Stop();
        Assert.True(_memory.TryWrite(At(2), 1));
        _memory.Dirty.Start();
        Assert.Empty(Collect());
    }

    [Fact]
    public void Random_ranges_are_the_pages_they_touch()
    {
        var random = new Random(TestSeed.Value);
        _memory.Dirty.Start();
        for (var round = 0; round < 500; round++)
        {
            var expected = new SortedSet<int>();
            for (var i = random.Next(4); i > 0; i--)
            {
                var offset = random.Next(PageCount * PageSize);
                var length = random.Next(1, Math.Min(random.Next(2) == 0 ? 100 : PageCount * PageSize, (PageCount * PageSize) - offset) + 1);
                _ram.MarkWritten((ulong)offset, (ulong)length);
                expected.UnionWith(Enumerable.Range(offset / PageSize, ((offset + length - 1) / PageSize) - (offset / PageSize) + 1));
            }
            var set = _memory.Dirty.Collect().Single(s => s.Block == _ram);
            Assert.Equal(expected, set.Pages);
            Assert.Equal(expected.Count, set.Count);
            Assert.All(Enumerable.Range(0, PageCount), page => Assert.Equal(expected.Contains(page), set.Contains(page)));
        }
    }

    /// <summary>The log is turned on and off and collected while devices write: who copies what it names has all in the end.</summary>
    [Fact]
    public async Task Writers_beside_the_collector_lose_nothing()
    {
        const int Writers = 3;
        var mirror = new byte[PageCount * PageSize];
        using var ending = new CancellationTokenSource();
        var writers = Enumerable.Range(1, Writers).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            while (!ending.IsCancellationRequested) _memory.TryWrite(At(random.Next(PageCount), 8 * seed), random.NextInt64());
        })).ToArray();
        for (var round = 0; round < 20; round++)
        {
            _memory.Dirty.Start();
            _ram.Bytes(0, mirror.Length).CopyTo(mirror);
            for (var i = 0; i < 50; i++) Copy();
            if (round < 19) _memory.Dirty.Stop();
        }
        await ending.CancelAsync();
        await Task.WhenAll(writers);
        Copy();
        Assert.True(_ram.Bytes(0, mirror.Length).SequenceEqual(mirror));

        void Copy()
        {
            foreach (var page in Collect()) _ram.Bytes((ulong)page * PageSize, PageSize).CopyTo(mirror.AsSpan(page * PageSize));
        }
    }

    private static GuestAddress At(int page, int offset = 0) => new(Start + (ulong)((page * PageSize) + offset));

    private IEnumerable<int> Collect() => _memory.Dirty.Collect().Single(s => s.Block == _ram).Pages;
}
