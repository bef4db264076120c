using Mimus.Core.Timing;
using Mimus.Host;

namespace Mimus.Core.Tests.Timing;

/// <summary>A machine's time, whether it is the kernel's or computed from the host's cycles.</summary>
public sealed class VirtualClockTests
{
    private const long Millisecond = 1_000_000;

    private readonly VirtualClock _clock = new();

    [Fact]
    public void Time_stands_still_while_paused_and_goes_on_where_it_stood()
    {
        RunFor(50 * Millisecond);
        _clock.Pause();
        var paused = _clock.Nanoseconds;
        var host = HostClock.Nanoseconds;
        while (HostClock.Nanoseconds - host < 20 * Millisecond) Assert.Equal(paused, _clock.Nanoseconds);
        host = HostClock.Nanoseconds;
        _clock.Resume();
        var resumed = _clock.Nanoseconds;
        Assert.InRange(resumed, paused, paused + HostClock.Nanoseconds - host);
    }

    [Fact]
    public void Time_keeps_to_the_hosts_clock()
    {
        var before = HostClock.Nanoseconds;
        _clock.Resume();
        var after = HostClock.Nanoseconds;
        var end = before + (2500 * Millisecond);
        while (HostClock.Nanoseconds < end)
        {
            var low = HostClock.Nanoseconds - after;
            var now = _clock.Nanoseconds;
            var high = HostClock.Nanoseconds - before;
            // Between two looks at the host's clock the time runs by the frequency that was measured last.
            Assert.InRange(now, low - Millisecond, high + Millisecond);
        }
    }

    [Fact]
    public void No_thread_sees_a_time_before_one_that_any_has_seen()
    {
        _clock.Resume();
        var latest = 0L;
        var failures = 0;
        var end = HostClock.Nanoseconds + (1500 * Millisecond);
        var pauses = 0;
        var threads = Enumerable.Range(0, 4).Select(number => new Thread(() =>
        {
            while (HostClock.Nanoseconds < end)
            {
                for (var i = 0; i < 100; i++)
                {
                    var seen = Volatile.Read(ref latest);
                    var now = _clock.Nanoseconds;
                    if (now < seen) Interlocked.Increment(ref failures);
                    Raise(ref latest, now);
                }
                if (number != 0) continue;
                _clock.Pause();
                _clock.Resume();
                pauses++;
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Assert.Equal(0, failures);
        Assert.NotEqual(0, pauses);
    }

    [Fact]
    public unsafe void The_record_says_what_the_clock_says()
    {
        if (_clock.Record == null) return; // the host's cycles are no clock
        RunFor(50 * Millisecond);
        var held = 0;
        for (var i = 0; i < 100_000; i++)
        {
            var before = _clock.Nanoseconds;
            if (!_clock.Record->TryRead(out var now)) continue;
            Assert.InRange(now, before, _clock.Nanoseconds);
            held++;
        }
        Assert.NotEqual(0, held);
        _clock.Pause();
        Assert.False(_clock.Record->TryRead(out _));
    }

    [Theory]
    [InlineData(1ul)]
    [InlineData(3_579_545ul)]
    [InlineData(10_000_000ul)]
    [InlineData(14_318_180ul)]
    [InlineData(100_000_000ul)]
    [InlineData(1_000_000_000ul)]
    [InlineData(2_400_000_000ul)]
    [InlineData(3_000_000_001ul)]
    public void A_counter_has_reached_a_value_at_its_deadline_and_not_before(ulong frequency)
    {
        var instructions = new InstructionTime(0);
        var counter = new TickCounter(new VirtualClock(instructions), frequency);
        var random = new Random(1);
        for (var i = 0; i < 1000; i++)
        {
            // Up to a year, in steps of all sizes.
            instructions.Skip(Math.Min(random.NextInt64(1L << random.Next(1, 46)), (366L * 86_400_000 * Millisecond) - instructions.Nanoseconds));
            var expected = (ulong)((UInt128)instructions.Nanoseconds * frequency / 1_000_000_000);
            Assert.Equal(expected, counter.Ticks);
            var target = counter.Ticks + (ulong)random.NextInt64(1, 1000);
            var deadline = counter.DeadlineOf(target);
            Assert.True((UInt128)deadline * frequency / 1_000_000_000 >= target);
            Assert.True((UInt128)(deadline - 1) * frequency / 1_000_000_000 < target);
        }
    }

    [Fact]
    public void A_counter_goes_on_from_what_it_is_set_to()
    {
        var instructions = new InstructionTime(0);
        var counter = new TickCounter(new VirtualClock(instructions), 10_000_000);
        instructions.Skip(12_345);
        counter.Ticks = 7;
        instructions.Skip(1000);
        Assert.Equal(17ul, counter.Ticks);
    }

    private void RunFor(long nanoseconds)
    {
        _clock.Resume();
        var end = HostClock.Nanoseconds + nanoseconds;
        while (HostClock.Nanoseconds < end) _ = _clock.Nanoseconds;
    }

    private static void Raise(ref long latest, long now)
    {
        for (var seen = Volatile.Read(ref latest); now > seen;)
        {
            var found = Interlocked.CompareExchange(ref latest, now, seen);
            if (found == seen) return;
            seen = found;
        }
    }
}
