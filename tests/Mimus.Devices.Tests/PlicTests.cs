using Mimus.Devices.Interrupts;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests;

public sealed class PlicTests
{
    private const int Contexts = 3;

    private readonly Wires _harts = new(Contexts);
    private readonly Plic _plic;

    public PlicTests() => _plic = new Plic("plic", sources: 96, highestPriority: 7, _harts.Lines);

    [Fact]
    public void Nothing_happens_before_priority_and_enable_are_set()
    {
        _plic.SetLine(10, true);
        Assert.Equal(1u << 10, _plic.Read32(0x1000));
        Assert.False(_harts[1]);
        Enable(1, 10);
        Assert.False(_harts[1]); // priority 0 never interrupts
        Priority(10, 1);
        Assert.True(_harts[1]);
        Assert.False(_harts[0]);
    }

    [Fact]
    public void Claiming_takes_the_request_and_completing_lets_the_next_one_through()
    {
        Enable(1, 10);
        Priority(10, 1);
        _plic.SetLine(10, true);
        Assert.Equal(10u, Claim(1));
        Assert.False(_harts[1]);
        Assert.Equal(0u, _plic.Read32(0x1000));
        Assert.Equal(0u, Claim(1));

        _plic.SetLine(10, false);
        _plic.SetLine(10, true);
        Assert.False(_harts[1]); // the gateway waits for the completion
        Complete(1, 10);
        Assert.True(_harts[1]);
        Assert.Equal(10u, Claim(1));
        _plic.SetLine(10, false);
        Complete(1, 10);
        Assert.False(_harts[1]);
    }

    [Fact]
    public void A_request_stays_when_its_line_falls()
    {
        Enable(1, 40);
        Priority(40, 3);
        _plic.SetLine(40, true);
        _plic.SetLine(40, false);
        Assert.True(_harts[1]);
        Assert.Equal(40u, Claim(1));
        Complete(1, 40);
        Assert.False(_harts[1]);
    }

    [Fact]
    public void The_highest_priority_wins_and_of_equals_the_lowest_number()
    {
        foreach (var (source, priority) in new[] { (5u, 2u), (9u, 7u), (70u, 7u), (95u, 1u) })
        {
            Enable(2, source);
            Priority(source, priority);
            _plic.SetLine((int)source, true);
        }
        Assert.Equal([9u, 70u, 5u, 95u, 0u], Enumerable.Range(0, 5).Select(_ => Claim(2)));
    }

    [Fact]
    public void The_threshold_holds_back_the_interrupt_and_not_the_claim()
    {
        Enable(0, 3);
        Priority(3, 4);
        _plic.SetLine(3, true);
        Threshold(0, 4);
        Assert.False(_harts[0]);
        Threshold(0, 3);
        Assert.True(_harts[0]);
        Threshold(0, 7);
        Assert.Equal(3u, Claim(0));
    }

    [Fact]
    public void Two_contexts_see_one_request_and_one_of_them_gets_it()
    {
        Priority(8, 1);
        Enable(0, 8);
        Enable(2, 8);
        _plic.SetLine(8, true);
        Assert.True(_harts[0] && _harts[2]);
        Assert.Equal(8u, Claim(2));
        Assert.False(_harts[0]);
        Assert.Equal(0u, Claim(0));
        Complete(1, 8); // not enabled there: ignored
        Assert.False(_harts[0]);
        Complete(0, 8);
        Assert.True(_harts[0] && _harts[2]);
    }

    [Fact]
    public void Fields_hold_only_what_exists()
    {
        Priority(1, 0xff);
        Assert.Equal(7u, _plic.Read32(4));
        Priority(0, 7);
        Assert.Equal(0u, _plic.Read32(0));
        _plic.Write32(4 * 96, 7);
        Assert.Equal(0u, _plic.Read32(4 * 96));
        _plic.Write32(0x2000, uint.MaxValue);
        Assert.Equal(uint.MaxValue - 1, _plic.Read32(0x2000));
        _plic.Write32(0x200c, uint.MaxValue);
        Assert.Equal(0u, _plic.Read32(0x200c));
        _plic.Write32(0x2000 + 0x80 * Contexts, uint.MaxValue);
        Assert.Equal(0u, _plic.Read32(0x2000 + 0x80 * Contexts));
        _plic.Write32(0x1000, uint.MaxValue);
        Assert.Equal(0u, _plic.Read32(0x1000)); // pending bits are read-only
        _plic.SetLine(0, true);
        _plic.SetLine(96, true);
        _plic.SetLine(-1, true);
        Assert.Equal(0u, _plic.Read32(0x1000));
        Assert.Equal(0x203000ul, Plic.SizeFor(Contexts));
    }

    [Fact]
    public async Task Each_request_is_claimed_once_when_contexts_race()
    {
        const int rounds = 20_000;
        Priority(20, 1);
        foreach (var context in (int[])[0, 1, 2]) Enable(context, 20);
        var claims = 0;
        var holders = 0;
        var done = false;
        var harts = Enumerable.Range(0, Contexts).Select(context => Task.Run(() =>
        {
            while (!Volatile.Read(ref done))
            {
                if (Claim(context) == 0) continue;
                Assert.Equal(1, Interlocked.Increment(ref holders));
                Interlocked.Increment(ref claims);
                _plic.SetLine(20, false);
                Interlocked.Decrement(ref holders);
                Complete(context, 20);
            }
        })).ToArray();
        for (var i = 0; i < rounds; i++) _plic.SetLine(20, true);
        Volatile.Write(ref done, true);
        await Task.WhenAll(harts);
        while (Claim(0) != 0) Complete(0, 20);
        Assert.InRange(claims, 1, rounds);
        Assert.Equal(0, holders);
    }

    private void Priority(uint source, uint priority) => _plic.Write32(4 * source, priority);

    private void Enable(int context, uint source)
    {
        var register = 0x2000 + 0x80 * (ulong)context + source / 32 * 4;
        _plic.Write32(register, _plic.Read32(register) | (1u << (int)(source % 32)));
    }

    private void Threshold(int context, uint value) => _plic.Write32(0x200000 + 0x1000 * (ulong)context, value);

    private uint Claim(int context) => _plic.Read32(0x200004 + 0x1000 * (ulong)context);

    private void Complete(int context, uint source) => _plic.Write32(0x200004 + 0x1000 * (ulong)context, source);
}
