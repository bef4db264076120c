using Mimus.Devices.Firmware;
using Mimus.Devices.Tests.Support;
using Mimus.Devices.Timers;

namespace Mimus.Devices.Tests.Timers;

public sealed class CmosClockTests
{
    private const long Second = 1_000_000_000;
    private const int A = 10, B = 11, C = 12, D = 13, Binary = 0x06, Bcd = 0x02, BcdTwelve = 0x00, Set = 0x80;

    private readonly TestClock _time = new();
    private readonly Wires _irq = new(1);
    private readonly CmosClock _rtc;

    public CmosClockTests() => _rtc = new CmosClock("rtc", _time.Clock, _irq.Lines[0]);

    [Fact]
    public void It_shows_the_machines_calendar()
    {
        // A machine of counted time begins on 2026-01-01, a Thursday.
        Assert.Equal([0x26, 0x01, 0x01, 0x05, 0x00, 0x00, 0x00, 0x20], Time());
        _time.Advance((31L * 86_400 + 13 * 3600 + 14 * 60 + 15) * Second);
        Assert.Equal([0x26, 0x02, 0x01, 0x01, 0x13, 0x14, 0x15, 0x20], Time());
    }

    [Fact]
    public void It_can_be_set_and_goes_on_from_there()
    {
        SetTime(Binary, 24, 2, 28, 4, 23, 59, 58, 20);
        _time.Advance(2 * Second);
        Assert.Equal([24, 2, 29, 5, 0, 0, 0, 20], Time());
        _rtc.Reset();
        Assert.Equal([24, 2, 29, 5, 0, 0, 0, 20], Time());
    }

    [Fact]
    public void While_it_is_being_set_it_stands_still()
    {
        Put(B, Set | Bcd);
        Put(0, 0x33);
        _time.Advance(10 * Second);
        Assert.Equal(0x33, Get(0));
        Put(B, Bcd);
        Assert.Equal(0x33, Get(0));
        _time.Advance(Second);
        Assert.Equal(0x34, Get(0));
    }

    [Theory]
    [InlineData(0x12, 0x01)]
    [InlineData(0x01, 0x02)]
    [InlineData(0x11, 0x92)]
    [InlineData(0x92, 0x81)]
    [InlineData(0x91, 0x12)]
    public void Hours_can_be_counted_to_twelve(int hour, int next)
    {
        SetTime(BcdTwelve, 0x26, 1, 1, 5, hour, 0, 0, 0x20);
        Assert.Equal(hour, Get(4));
        _time.Advance(3600 * Second);
        Assert.Equal(next, Get(4));
    }

    [Fact]
    public void Times_that_do_not_exist_become_such_that_do()
    {
        SetTime(Binary, 255, 255, 255, 255, 255, 255, 255, 255);
        Assert.All(Time()[..3], v => Assert.InRange(v, 1, 99));
        SetTime(Bcd, 0, 0, 0, 0, 0, 0, 0, 0);
        Assert.Equal([0x70, 1, 1], Time()[..3]);
    }

    [Fact]
    public void The_update_in_progress_bit_warns_before_the_time_changes()
    {
        Assert.Equal(0, Get(A) & 0x80);
        _time.Advance(Second - 2_228_001);
        Assert.Equal(0, Get(A) & 0x80);
        _time.Advance(1);
        Assert.Equal(0x80, Get(A) & 0x80);
        Assert.Equal(0, Get(0));
        _time.Advance(2_228_000);
        Assert.Equal(0, Get(A) & 0x80);
        Assert.Equal(1, Get(0));
    }

    [Fact]
    public void Each_update_sets_its_flag_and_interrupts_when_that_is_enabled()
    {
        _time.Advance(Second);
        Assert.Equal(0x50, Get(C)); // periodic and update flags, no request
        Assert.Equal(0, Get(C));
        Put(B, Bcd | 0x10);
        Assert.False(_irq[0]);
        _time.Advance(Second);
        Assert.True(_irq[0]);
        Assert.Equal(0xd0, Get(C));
        Assert.False(_irq[0]);
        _time.Advance(Second);
        Assert.True(_irq[0]);
    }

    [Theory]
    [InlineData(1, 3_906_250)]
    [InlineData(2, 7_812_500)]
    [InlineData(3, 122_071)]
    [InlineData(6, 976_563)]
    [InlineData(15, 500_000_000)]
    public void The_periodic_interrupt_has_the_rate_of_register_a(int rate, long period)
    {
        Put(A, 0x20 | rate);
        Put(B, Bcd | 0x40);
        Get(C);
        var before = _irq.Rises;
        for (var i = 0; i < 50; i++)
        {
            _time.Advance(period);
            Assert.True(_irq[0]);
            Assert.Equal(0xc0, Get(C) & 0xc0);
        }
        Assert.Equal(before + 50, _irq.Rises);
        Put(A, 0x20);
        Get(C);
        _time.Advance(Second);
        Assert.False(_irq[0]);
    }

    [Fact]
    public void The_alarm_comes_when_all_its_registers_match()
    {
        SetTime(Bcd, 0x26, 1, 1, 5, 0x10, 0x20, 0x30, 0x20);
        Put(1, 0x40);
        Put(3, 0x21);
        Put(5, 0x10);
        Put(B, Bcd | 0x20);
        _time.Advance(69 * Second);
        Assert.False(_irq[0]);
        _time.Advance(Second);
        Assert.True(_irq[0]);
        Assert.Equal(0xa0, Get(C) & 0xa0);
        _time.Advance(86_399 * Second);
        Assert.False(_irq[0]);
        _time.Advance(Second);
        Assert.True(_irq[0]); // once a day
    }

    [Fact]
    public void Alarm_registers_can_be_indifferent()
    {
        Put(1, 0x05);
        Put(3, 0xff);
        Put(5, 0xc0);
        Put(B, Bcd | 0x20);
        for (var i = 0; i < 3; i++)
        {
            _time.Advance((i == 0 ? 5 : 60) * Second);
            Assert.True(_irq[0]); // once a minute
            Get(C);
        }
        Put(1, 0xff);
        _time.Advance(Second);
        Assert.True(_irq[0]); // every second
    }

    [Fact]
    public void An_alarm_earlier_in_the_hour_is_one_of_tomorrow()
    {
        SetTime(Bcd, 0x26, 1, 1, 5, 0x10, 0x20, 0x30, 0x20);
        Put(1, 0x00);
        Put(3, 0x00);
        Put(5, 0x10);
        Put(B, Bcd | 0x20);
        _time.Advance((86_400 - 20 * 60 - 31) * Second);
        Assert.False(_irq[0]);
        _time.Advance(Second);
        Assert.True(_irq[0]);
    }

    [Fact]
    public void An_alarm_that_never_matches_does_no_harm()
    {
        Put(1, 0x99);
        Put(B, Bcd | 0x20);
        _time.Advance(86_400 * Second);
        Assert.False(_irq[0]);
    }

    [Fact]
    public void A_divider_that_is_reset_stops_the_clock_and_starts_it_with_half_a_second()
    {
        Put(A, 0x66);
        _time.Advance(10 * Second);
        Assert.Equal(0, Get(0));
        Put(A, 0x26);
        _time.Advance(Second / 2 - 1);
        Assert.Equal(0, Get(0));
        _time.Advance(1);
        Assert.Equal(1, Get(0));
    }

    [Fact]
    public void Setting_begins_with_the_update_interrupt_off()
    {
        Put(B, Set | Bcd | 0x10);
        Assert.Equal(Set | Bcd, Get(B));
    }

    [Fact]
    public void A_reset_turns_interrupts_off_and_keeps_the_memory()
    {
        Put(0x40, 0x5a);
        Put(B, Bcd | 0x70);
        _time.Advance(Second);
        Assert.True(_irq[0]);
        _rtc.Reset();
        Assert.False(_irq[0]);
        Assert.Equal(Bcd, Get(B));
        Assert.Equal(0, Get(C));
        Assert.Equal(0x5a, Get(0x40));
        Assert.Equal(0x80, Get(D));
    }

    [Fact]
    public void The_extended_bank_is_memory_apart()
    {
        Put(0x40, 1);
        _rtc.Write8(2, 0x40);
        _rtc.Write8(3, 2);
        Assert.Equal(2, _rtc.Read8(3));
        Assert.Equal(0x40, _rtc.Read8(2));
        Assert.Equal(1, Get(0x40));
        Assert.Equal(0xff, _rtc.Read8(0));
    }

    [Theory]
    [InlineData(0x1000_0000ul, 0ul, 0x280, 0xffff, 0x0f00, 0)]
    [InlineData(0x80_0000ul, 0ul, 0x280, 0x1c00, 0, 0)]
    [InlineData(0xc000_0000ul, 0x4000_0000ul, 0x280, 0xffff, 0xbf00, 0x4000)]
    public void The_memory_sizes_are_where_firmware_looks(ulong below, ulong above, int conventional, int extended, int above16, int above4)
    {
        CmosMemorySizes.Store(_rtc, below, above);
        Assert.Equal(conventional, Word(0x15));
        Assert.Equal(extended, Word(0x17));
        Assert.Equal(extended, Word(0x30));
        Assert.Equal(above16, Word(0x34));
        Assert.Equal(above4, Word(0x5b) | (Get(0x5d) << 16));
    }

    private int Get(int index)
    {
        _rtc.Write8(0, index);
        return _rtc.Read8(1);
    }

    private int Word(int index) => Get(index) | (Get(index + 1) << 8);

    private void Put(int index, int value)
    {
        _rtc.Write8(0, index);
        _rtc.Write8(1, value);
    }

    /// <summary>Year, month, day, day of the week, hour, minute, second, century.</summary>
    private int[] Time() => [.. new[] { 9, 8, 7, 6, 4, 2, 0, 0x32 }.Select(Get)];

    private void SetTime(int mode, params int[] values)
    {
        Put(B, Set | mode);
        foreach (var (index, value) in new[] { 9, 8, 7, 6, 4, 2, 0, 0x32 }.Zip(values)) Put(index, value);
        Put(B, mode);
    }
}
