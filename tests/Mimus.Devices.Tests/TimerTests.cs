using Mimus.Core.Timing;
using Mimus.Devices.Tests.Support;
using Mimus.Devices.Timers;

namespace Mimus.Devices.Tests;

public sealed class TimerTests
{
    private const ulong Frequency = 10_000_000;

    private readonly VirtualClock _clock = new(); // stands still until it is resumed
    private readonly Wires _timer = new(2), _software = new(2);
    private readonly Aclint _aclint;

    public TimerTests() => _aclint = new Aclint("clint", new TickCounter(_clock, Frequency), _timer.Lines, _software.Lines);

    [Fact]
    public void The_software_interrupt_is_bit_0_of_its_harts_register()
    {
        _aclint.Write32(4, 0xffffffff);
        Assert.True(_software[1]);
        Assert.False(_software[0]);
        Assert.Equal(1u, _aclint.Read32(4));
        _aclint.Write32(4, 0xfffffffe);
        Assert.False(_software[1]);
        _aclint.Write32(8, 1); // no such hart
        Assert.Equal(0u, _aclint.Read32(8));
    }

    [Fact]
    public void The_timer_interrupt_is_high_while_mtime_has_reached_mtimecmp()
    {
        Assert.False(_timer[0]);
        _aclint.Write(0xbff8, 8, 1000);
        _aclint.Write(0x4000, 8, 1001);
        Assert.False(_timer[0]);
        _aclint.Write(0x4000, 8, 1000);
        Assert.True(_timer[0]);
        Assert.False(_timer[1]);
        _aclint.Write(0x4000, 8, ulong.MaxValue);
        Assert.False(_timer[0]);
        _aclint.Write(0x4008, 8, 2000);
        _aclint.Write(0xbff8, 8, 2000);
        Assert.True(_timer[1]);
        Assert.Equal(2000u, _aclint.Read(0xbff8, 8));
    }

    [Fact]
    public void Halves_of_the_wide_registers_can_be_accessed()
    {
        _aclint.Write32(0x4000, 0x89abcdef);
        _aclint.Write32(0x4004, 0x01234567);
        Assert.Equal(0x0123456789abcdeful, _aclint.Read(0x4000, 8));
        Assert.Equal(0x01234567u, _aclint.Read32(0x4004));
        _aclint.Write32(0xbffc, 5);
        _aclint.Write32(0xbff8, 6);
        Assert.Equal(0x0000000500000006ul, _aclint.Read(0xbff8, 8));
        Assert.Equal(5u, _aclint.Read32(0xbffc));
    }

    [Fact]
    public void A_deadline_raises_the_interrupt_by_itself()
    {
        using var loop = new LoopThread(_clock);
        _aclint.Write(0x4008, 8, _aclint.Read(0xbff8, 8) + Frequency / 100);
        Assert.False(_timer[1]);
        _clock.Resume();
        _timer.WaitHigh(1);
        Assert.True(_aclint.Read(0xbff8, 8) >= _aclint.Read(0x4008, 8));
        Assert.False(_timer[0]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(32_768)]
    [InlineData(3_579_545)]
    [InlineData(1_000_000_000)]
    public void Any_frequency_keeps_deadlines_and_ticks_together(ulong frequency)
    {
        var aclint = new Aclint("odd", new TickCounter(_clock, frequency), _timer.Lines, _software.Lines);
        using var loop = new LoopThread(_clock);
        aclint.Write(0xbff8, 8, 0);
        _clock.Resume();
        // A deadline that has passed when it is set, and one that must be waited for.
        aclint.Write(0x4000, 8, 0);
        Assert.True(_timer[0]);
        if (frequency > 1)
        {
            aclint.Write(0x4008, 8, aclint.Read(0xbff8, 8) + frequency / 1000 + 1);
            _timer.WaitHigh(1);
            Assert.True(aclint.Read(0xbff8, 8) >= aclint.Read(0x4008, 8));
        }
    }

    [Fact]
    public void A_timer_that_arms_itself_for_now_waits_for_the_next_round()
    {
        var rounds = 0;
        MachineTimer? timer = null;
        timer = _clock.CreateTimer(() =>
        {
            rounds++;
            timer!.Arm(_clock.Nanoseconds + 1);
        });
        _clock.Resume();
        timer.Arm(0);
        _clock.RunDue();
        Assert.Equal(1, rounds);
    }

    [Fact]
    public void The_goldfish_clock_shows_the_calendar_and_can_be_set()
    {
        var rtc = new GoldfishRtc("rtc", _clock, _timer.Lines[0]);
        Assert.Equal((ulong)_clock.WallNanoseconds, Time(rtc));
        const ulong other = 0x1122334455667788;
        rtc.Write32(4, (uint)(other >> 32));
        rtc.Write32(0, unchecked((uint)other));
        Assert.Equal(other, Time(rtc));
        rtc.Reset();
        Assert.Equal(other, Time(rtc)); // the battery is not part of a reset
    }

    [Fact]
    public void The_goldfish_alarm_interrupts_when_it_is_enabled()
    {
        var rtc = new GoldfishRtc("rtc", _clock, _timer.Lines[0]);
        var now = Time(rtc);
        SetAlarm(rtc, now + 1_000_000_000);
        Assert.Equal(1u, rtc.Read32(0x18));
        rtc.Write32(0x14, 1);
        Assert.Equal(0u, rtc.Read32(0x18));

        SetAlarm(rtc, now); // at once
        Assert.Equal(0u, rtc.Read32(0x18));
        Assert.False(_timer[0]);
        rtc.Write32(0x10, 1);
        Assert.True(_timer[0]);
        rtc.Write32(0x1c, 1);
        Assert.False(_timer[0]);

        using var loop = new LoopThread(_clock);
        SetAlarm(rtc, now + 10_000_000);
        _clock.Resume();
        _timer.WaitHigh(0);
        Assert.True(Time(rtc) >= now + 10_000_000);
    }

    private static ulong Time(GoldfishRtc rtc)
    {
        var low = rtc.Read32(0); // latches the high half
        return low | ((ulong)rtc.Read32(4) << 32);
    }

    private static void SetAlarm(GoldfishRtc rtc, ulong time)
    {
        rtc.Write32(0x0c, (uint)(time >> 32));
        rtc.Write32(0x08, (uint)time);
    }
}
