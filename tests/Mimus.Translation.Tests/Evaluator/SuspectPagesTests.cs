using Mimus.Core.Memory;
using Mimus.Translation.Evaluator;
using Mimus.Translation.Tests.Ir;

namespace Mimus.Translation.Tests.Evaluator;

/// <summary>Every change of a page of code is noticed at or before the fence that follows it, and pages that do not change are left alone.</summary>
public sealed unsafe class SuspectPagesTests : IDisposable
{
    private const int Pages = 8;

    /// <summary>After so many fences all pages that nobody writes are quiet.</summary>
    private const int ManyFences = 2000;

    private readonly GuestMemory _memory = new();
    private readonly RamBlock _ram;
    private readonly FakeCpu _cpu = new();
    private readonly WatchedCode _code;

    public SuspectPagesTests()
    {
        _ram = _memory.Add("ram", new AddressRange(0x8000_0000, Pages * CodePage.PageSize));
        _memory.Writers.Register(_cpu.Signal.ForgetWrites);
        _code = new WatchedCode(_memory, _ram, Pages);
    }

    public void Dispose()
    {
        _memory.Dispose();
        _cpu.Dispose();
    }

    [Fact]
    public void Pages_that_nobody_writes_become_quiet()
    {
        for (var i = 0; i < ManyFences; i++) Assert.False(_code.Fence());
        for (var page = 0; page < Pages; page++) Assert.False(_code.IsSuspect(page));
    }

    [Fact]
    public void A_write_by_a_vcpu_is_noticed_while_pages_are_suspects()
    {
        Write(3, 7);
        Assert.True(_code.Fence());
        Assert.Equal(7, _code[3, 0]);
    }

    [Fact]
    public void A_write_by_a_vcpu_is_noticed_when_the_page_was_quiet()
    {
        MakeQuiet();
        Write(3, 7);
        Assert.True(_code.Fence());
        Assert.Equal(7, _code[3, 0]);
        Assert.True(_code.IsSuspect(3));
        Assert.False(_code.IsSuspect(4));
    }

    [Fact]
    public void A_page_that_may_be_written_stays_a_suspect_until_it_may_not()
    {
        MakeQuiet();
        _ram.MarkBeforeWrite(3 * CodePage.PageSize, 2);
        Assert.False(_code.Fence());
        Assert.True(_code.IsSuspect(3));
        // Now without a word: the vCPU remembers that it may.
        *(ushort*)(_ram.Pointer + (3 * CodePage.PageSize)) = 9;
        Assert.True(_code.Fence());
        Assert.Equal(9, _code[3, 0]);
    }

    [Fact]
    public void A_page_is_no_longer_a_suspect_only_after_a_vcpu_that_runs_has_forgotten_that_it_may_write_it()
    {
        MakeQuiet();
        _cpu.Signal.IsRunning = true;
        _ram.MarkBeforeWrite(3 * CodePage.PageSize, 2);
        for (var i = 0; i < ManyFences; i++) Assert.False(_code.Fence());
        Assert.True(_code.IsSuspect(3));
        Assert.True(_cpu.Signal.ForgetWrites.IsPending);
        *(ushort*)(_ram.Pointer + (3 * CodePage.PageSize)) = 9;
        Assert.True(_code.Fence());
        Assert.Equal(9, _code[3, 0]);
        _cpu.Signal.ForgetWrites.Accept();
        _cpu.Signal.ForgetWrites.Complete();
        for (var i = 0; i < 2; i++) Assert.False(_code.Fence());
        Assert.False(_code.IsSuspect(3));
    }

    [Fact]
    public void What_a_device_writes_is_noticed()
    {
        MakeQuiet();
        Assert.True(_memory.TryWrite(new GuestAddress(_ram.Range.Start + (5 * CodePage.PageSize)), (ushort)11));
        Assert.True(_code.Fence());
        Assert.Equal(11, _code[5, 0]);
        // Nobody may write it longer than that.
        Assert.False(_code.IsSuspect(5));
    }

    [Fact]
    public void A_device_that_writes_what_was_there_changes_nothing()
    {
        MakeQuiet();
        for (var i = 0; i < 100; i++) _ram.MarkWritten(0, Pages * CodePage.PageSize);
        Assert.True(_code.Fence() || _code.Unchanged > 0);
        for (var i = 0; i < 100; i++)
        {
            _ram.MarkWritten(2 * CodePage.PageSize, 4);
            Assert.False(_code.Fence());
        }
    }

    [Theory]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1000)]
    public void A_change_is_noticed_among_many_reports(int others)
    {
        MakeQuiet();
        Assert.True(_memory.TryWrite(new GuestAddress(_ram.Range.Start + (5 * CodePage.PageSize)), (ushort)11));
        for (var i = 0; i < others; i++) _ram.MarkWritten(2 * CodePage.PageSize, 4);
        Assert.True(_code.Fence());
        Assert.Equal(11, _code[5, 0]);
        Assert.False(_code.Fence());
    }

    [Fact]
    public void A_page_that_is_found_again_only_later_is_up_to_date_then()
    {
        MakeQuiet();
        Write(1, 3);
        Assert.True(_code.Fence());
        Assert.Equal(3, _code[1, 0]);
        // Page 6 has not been found since; what is reported of it meanwhile is not lost.
        Write(6, 4);
        Assert.False(_code.Fence());
        Assert.Equal(4, _code[6, 0]);
        *(ushort*)(_ram.Pointer + (6 * CodePage.PageSize)) = 5;
        Assert.True(_code.Fence());
        Assert.Equal(5, _code[6, 0]);
    }

    private void MakeQuiet()
    {
        for (var i = 0; i < ManyFences; i++) Assert.False(_code.Fence());
        for (var page = 0; page < Pages; page++) Assert.False(_code.IsSuspect(page));
    }

    /// <summary>As a vCPU writes that has not remembered the page.</summary>
    private void Write(int page, ushort value)
    {
        _ram.MarkBeforeWrite((ulong)page * CodePage.PageSize, 2);
        *(ushort*)(_ram.Pointer + (page * CodePage.PageSize)) = value;
    }
}
