using Mimus.Core.Cpus;
using Mimus.Core.Memory;

namespace Mimus.Core.Tests.Memory;

/// <summary>When a round is settled, which pages are quiet then, and who is reported.</summary>
public sealed unsafe class CodeWatchTests : IDisposable
{
    private const ulong PageSize = 4096;
    private const int Pages = 64, RingLength = 256;

    private readonly GuestMemory _memory = new();
    private readonly RamBlock _ram;
    private readonly VcpuSignal _signal = new(new CpuMemory(64));

    public CodeWatchTests() => _ram = _memory.Add("ram", new AddressRange(0x8000_0000, Pages * PageSize));

    private CodeWatch Watch => _memory.Code;

    public void Dispose()
    {
        _memory.Dispose();
        _signal.Dispose();
    }

    [Fact]
    public void No_page_is_quiet_before_a_round_is_settled()
    {
        Assert.False(_ram.Code.IsQuiet(0));
        Settle();
        Assert.True(_ram.Code.IsQuiet(0));
    }

    [Fact]
    public void A_page_that_may_be_written_is_quiet_when_a_later_round_is_settled()
    {
        Settle();
        _ram.MarkBeforeWrite(PageSize + 8, 8);
        Assert.False(_ram.Code.IsQuiet(PageSize));
        Assert.True(_ram.Code.IsQuiet(0));
        Watch.TrySettle();
        Assert.False(_ram.Code.IsQuiet(PageSize));
        Settle();
        Assert.True(_ram.Code.IsQuiet(PageSize));
    }

    [Fact]
    public void A_page_that_may_be_written_while_a_round_is_not_settled_is_not_quiet_when_it_is()
    {
        Run();
        Watch.BeginRound();
        _ram.MarkBeforeWrite(0, 8);
        Answer();
        Watch.TrySettle();
        Assert.False(_ram.Code.IsQuiet(0));
        Assert.True(_ram.Code.IsQuiet(PageSize));
    }

    [Fact]
    public void A_round_is_settled_when_those_that_run_have_forgotten()
    {
        Run();
        Watch.BeginRound();
        Assert.True(_signal.ForgetWrites.IsPending);
        Watch.TrySettle();
        Assert.Equal(0, Watch.Settled);
        // Accepted is not done.
        _signal.ForgetWrites.Accept();
        Watch.TrySettle();
        Assert.Equal(0, Watch.Settled);
        _signal.ForgetWrites.Complete();
        Watch.TrySettle();
        Assert.Equal(1, Watch.Settled);
    }

    [Fact]
    public void Who_does_not_run_is_asked_and_not_waited_for()
    {
        _memory.Writers.Register(_signal.ForgetWrites);
        Watch.BeginRound();
        Watch.TrySettle();
        Assert.Equal(1, Watch.Settled);
        Assert.True(_signal.ForgetWrites.IsPending);
    }

    [Fact]
    public void Every_vcpu_has_to_forget()
    {
        using var other = new VcpuSignal(new CpuMemory(64)) { IsRunning = true };
        Run();
        _memory.Writers.Register(other.ForgetWrites);
        Watch.BeginRound();
        Answer();
        Watch.TrySettle();
        Assert.Equal(0, Watch.Settled);
        other.ForgetWrites.Accept();
        other.ForgetWrites.Complete();
        Watch.TrySettle();
        Assert.Equal(1, Watch.Settled);
    }

    [Fact]
    public void There_is_one_round_at_a_time()
    {
        Run();
        Watch.BeginRound();
        _signal.ForgetWrites.Accept();
        // It is on its way, so it is not asked again, and what it answers is for the first round.
        Watch.BeginRound();
        Assert.False(_signal.ForgetWrites.IsPending);
        _signal.ForgetWrites.Complete();
        Watch.TrySettle();
        Assert.Equal(1, Watch.Settled);
    }

    [Fact]
    public void An_answer_from_before_the_round_is_none()
    {
        Run();
        _signal.ForgetWrites.Ask();
        Answer();
        Watch.BeginRound();
        Watch.TrySettle();
        Assert.Equal(0, Watch.Settled);
    }

    [Fact]
    public void Only_pages_that_are_watched_are_reported()
    {
        _ram.Code.Watch((3 * PageSize) + 100);
        _ram.MarkBeforeWrite(2 * PageSize, 8);
        _ram.MarkBeforeWrite(4 * PageSize, 8);
        Assert.Equal(0, Watch.Reported);
        _ram.MarkBeforeWrite((4 * PageSize) - 1, 1);
        Assert.Equal([3], ReportedPages());
    }

    [Theory]
    [InlineData((2 * PageSize) - 1, 1, new int[0])]
    [InlineData(2 * PageSize, 1, new[] { 2 })]
    [InlineData((2 * PageSize) - 1, 2, new[] { 2 })]
    [InlineData((3 * PageSize) - 1, 1, new[] { 2 })]
    [InlineData(3 * PageSize, 2 * PageSize, new int[0])]
    [InlineData(3 * PageSize, (2 * PageSize) + 1, new[] { 5 })]
    [InlineData(0, Pages * PageSize, new[] { 2, 5, 6, Pages - 1 })]
    [InlineData(0, 0, new int[0])]
    public void Writes_of_others_report_the_watched_pages_among_theirs(ulong offset, ulong length, int[] expected)
    {
        foreach (var page in (ReadOnlySpan<ulong>)[2, 5, 6, Pages - 1]) _ram.Code.Watch(page * PageSize);
        _ram.MarkWritten(offset, length);
        Assert.Equal(expected, ReportedPages());
    }

    [Fact]
    public void Writes_of_others_leave_a_page_quiet()
    {
        Settle();
        _ram.MarkWritten(0, PageSize);
        Assert.True(_ram.Code.IsQuiet(0));
    }

    [Fact]
    public void All_ways_to_write_report()
    {
        var start = new GuestAddress(_ram.Range.Start);
        _ram.Code.Watch(0);
        Assert.True(_memory.TryWrite(start, (ReadOnlySpan<byte>)[1]));
        Assert.True(_memory.TryWrite(start, 5u));
        _memory.MarkWritten(start, 4);
        _ram.Load(start.Value, [1, 2]);
        _ram.Clear();
        Assert.Equal([0, 0, 0, 0, 0], ReportedPages());
    }

    [Fact]
    public void Of_too_many_reports_the_last_are_known()
    {
        const int Count = RingLength + 44;
        for (var i = 0; i < Pages; i++) _ram.Code.Watch((ulong)i * PageSize);
        for (var i = 0; i < Count; i++) _ram.MarkBeforeWrite((ulong)(i % Pages) * PageSize, 1);
        Assert.Equal(Count, Watch.Reported);
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(i >= Count - RingLength, Watch.TryGetReport(i, out var page));
            if (i >= Count - RingLength) Assert.Equal(i % Pages, PageOf(page));
        }
    }

    private void Settle()
    {
        Watch.BeginRound();
        Watch.TrySettle();
    }

    /// <summary>There is a vCPU that runs.</summary>
    private void Run()
    {
        _memory.Writers.Register(_signal.ForgetWrites);
        _signal.IsRunning = true;
    }

    private void Answer()
    {
        _signal.ForgetWrites.Accept();
        _signal.ForgetWrites.Complete();
    }

    private int PageOf(nint page) => (int)((ulong)((byte*)page - _ram.Pointer) / PageSize);

    private List<int> ReportedPages()
    {
        var pages = new List<int>();
        for (var i = 0L; i < Watch.Reported; i++)
        {
            Assert.True(Watch.TryGetReport(i, out var page));
            pages.Add(PageOf(page));
        }
        return pages;
    }
}
