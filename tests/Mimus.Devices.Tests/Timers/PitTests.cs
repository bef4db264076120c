using Mimus.Devices.Tests.Support;
using Mimus.Devices.Timers;

namespace Mimus.Devices.Tests.Timers;

public sealed class PitTests
{
    private const ulong Control = 3, PortB = 4;
    private const int Latch = 0x00, LowThenHigh = 0x30, Mode0 = 0x00, Mode1 = 0x02, Mode2 = 0x04, Mode3 = 0x06, Mode4 = 0x08, Mode5 = 0x0a;

    private readonly TestClock _time = new();
    private readonly Wires _irq = new(1);
    private readonly Pit8254 _pit;
    private long _clocks;

    public PitTests() => _pit = new Pit8254("pit", _time.Clock, _irq.Lines[0]);

    [Fact]
    public void Mode_0_interrupts_once_when_the_count_has_ended()
    {
        Program(0, Mode0, 4);
        Assert.False(_irq[0]);
        Pass(1);
        Assert.Equal(4, Count(0));
        Pass(3);
        Assert.Equal(1, Count(0));
        Assert.False(_irq[0]);
        Pass(1); // the count was loaded one clock after it was written
        Assert.True(_irq[0]);
        Pass(3);
        Assert.Equal(0xfffd, Count(0)); // it goes on counting
        Assert.True(_irq[0]);
        Pass(100_000);
        Assert.Equal(1, _irq.Rises);
        Program(0, Mode0, 2);
        Assert.False(_irq[0]);
    }

    [Fact]
    public void In_mode_0_the_first_byte_of_a_count_stops_the_counter()
    {
        Program(0, Mode0, 4);
        Pass(2);
        _pit.Write8(0, 8);
        Pass(10);
        Assert.False(_irq[0]);
        _pit.Write8(0, 0);
        Pass(8);
        Assert.False(_irq[0]);
        Pass(1);
        Assert.True(_irq[0]);
    }

    [Fact]
    public void Mode_1_gives_a_pulse_at_each_trigger()
    {
        Program(2, Mode1, 3);
        Assert.True(SpeakerOut);
        Pass(10);
        Assert.True(SpeakerOut); // no trigger yet
        Gate(true);
        Pass(1);
        Assert.False(SpeakerOut);
        Pass(2);
        Assert.False(SpeakerOut);
        Pass(1);
        Assert.True(SpeakerOut);
        Gate(false);
        Gate(true);
        Pass(2);
        Gate(false);
        Gate(true); // triggered again before the pulse has ended
        Pass(3);
        Assert.False(SpeakerOut);
        Pass(1);
        Assert.True(SpeakerOut);
    }

    [Fact]
    public void Mode_2_interrupts_in_every_period()
    {
        Program(0, Mode2, 1000);
        var before = _irq.Rises;
        Pass(1 + 1000 * 5 + 500);
        Assert.Equal(before + 5, _irq.Rises);
        Assert.Equal(500, Count(0));
        Assert.True(_irq[0]);
    }

    [Fact]
    public void In_mode_2_a_new_count_waits_for_the_end_of_the_period()
    {
        Program(0, Mode2, 100);
        Pass(1 + 40);
        _pit.Write8(0, 50);
        _pit.Write8(0, 0);
        Assert.Equal(60, Count(0));
        var before = _irq.Rises;
        Pass(60);
        Assert.Equal(before + 1, _irq.Rises);
        Assert.Equal(50, Count(0));
        Pass(50);
        Assert.Equal(before + 2, _irq.Rises);
    }

    [Fact]
    public void Missed_periods_are_not_made_up_for_one_by_one()
    {
        Program(0, Mode2, 2);
        var before = _irq.Rises;
        Pass(1_000);
        Assert.InRange(_irq.Rises - before, 1, 500);
    }

    [Theory]
    [InlineData(4, new[] { 4, 2, 4, 2, 4 }, new[] { true, true, false, false, true })]
    [InlineData(5, new[] { 5, 4, 2, 5, 2, 5 }, new[] { true, true, true, false, false, true })]
    public void Mode_3_is_a_square_wave_that_counts_by_twos(int count, int[] counts, bool[] outputs)
    {
        Gate(true);
        Program(2, Mode3, count);
        Pass(1);
        for (var i = 0; i < counts.Length; i++)
        {
            Assert.Equal(counts[i], Count(2));
            Assert.Equal(outputs[i], SpeakerOut);
            Pass(1);
        }
    }

    [Fact]
    public void In_mode_3_a_new_count_waits_for_the_end_of_the_half()
    {
        Gate(true);
        Program(2, Mode3, 100);
        Pass(1 + 20);
        _pit.Write8(2, 20);
        _pit.Write8(2, 0);
        Pass(29);
        Assert.True(SpeakerOut);
        Pass(1); // the low half is one of the new count
        Assert.False(SpeakerOut);
        Assert.Equal(20, Count(2));
        Pass(10);
        Assert.True(SpeakerOut);
        Pass(10);
        Assert.False(SpeakerOut);
    }

    [Fact]
    public void The_gate_stops_the_speaker_with_its_output_high()
    {
        Gate(true);
        Program(2, Mode3, 100);
        Pass(1 + 60);
        Assert.False(SpeakerOut);
        Gate(false);
        Assert.True(SpeakerOut);
        Pass(1000);
        Assert.True(SpeakerOut);
        Gate(true);
        Pass(1);
        Assert.Equal(100, Count(2));
        Pass(50);
        Assert.False(SpeakerOut);
    }

    [Fact]
    public void Mode_4_strobes_once_after_the_count()
    {
        Gate(true);
        Program(2, Mode4, 3);
        Pass(3);
        Assert.True(SpeakerOut);
        Pass(1);
        Assert.False(SpeakerOut);
        Pass(1);
        Assert.True(SpeakerOut);
        Pass(0x10000 - 1);
        Assert.True(SpeakerOut);

        Program(0, Mode4, 3);
        var before = _irq.Rises;
        Pass(1000);
        Assert.Equal(before + 1, _irq.Rises);
    }

    [Fact]
    public void The_gate_holds_the_count_of_mode_4()
    {
        Gate(true);
        Program(2, Mode4, 10);
        Pass(1 + 4);
        Gate(false);
        Pass(100);
        Assert.Equal(6, Count(2));
        Gate(true);
        Pass(6);
        Assert.False(SpeakerOut);
    }

    [Fact]
    public void Mode_5_strobes_after_a_trigger()
    {
        Program(2, Mode5, 3);
        Pass(10);
        Gate(true);
        Pass(3);
        Assert.True(SpeakerOut);
        Pass(1);
        Assert.False(SpeakerOut);
        Pass(1);
        Assert.True(SpeakerOut);
    }

    [Fact]
    public void A_latched_count_stays_until_it_is_read()
    {
        Program(0, Mode2, 1000);
        Pass(1 + 100);
        _pit.Write8(Control, Latch);
        Pass(100);
        _pit.Write8(Control, Latch); // ignored: the first was not read yet
        Assert.Equal(900, _pit.Read8(0) | (_pit.Read8(0) << 8));
        Assert.Equal(800, _pit.Read8(0) | (_pit.Read8(0) << 8));
    }

    [Fact]
    public void Read_back_latches_status_and_count_of_several_counters()
    {
        Program(0, Mode2, 1000);
        Gate(true);
        Program(2, Mode3, 500);
        Pass(1 + 100);
        _pit.Write8(Control, 0xc0 | 0x02 | 0x08);
        Pass(50);
        Assert.Equal(0xb4, _pit.Read8(0)); // OUT high, not null, both bytes, mode 2
        Assert.Equal(900, _pit.Read8(0) | (_pit.Read8(0) << 8));
        Assert.Equal(0xb6, _pit.Read8(2));
        Assert.Equal(300, _pit.Read8(2) | (_pit.Read8(2) << 8));
        _pit.Write8(Control, 0x34);
        _pit.Write8(Control, 0xe2);
        Assert.Equal(0xf4, _pit.Read8(0)); // the count is null until it is written
    }

    [Fact]
    public void Counts_can_be_one_byte_and_decimal()
    {
        _pit.Write8(Control, 0x14); // low byte only
        _pit.Write8(0, 200);
        Pass(1 + 50);
        Assert.Equal(150, _pit.Read8(0));
        Assert.Equal(150, _pit.Read8(0));
        _pit.Write8(Control, 0x24); // high byte only
        _pit.Write8(0, 2);
        Pass(1 + 1);
        Assert.Equal(1, _pit.Read8(0));
        _pit.Write8(Control, 0x35); // decimal
        _pit.Write8(0, 0x00);
        _pit.Write8(0, 0x10);
        Pass(1 + 1);
        Assert.Equal(0x0999, Count(0));
        _pit.Write8(0, 0);
        _pit.Write8(0, 0);
        Pass(999);
        Assert.Equal(0, Count(0)); // 10000
        Pass(1);
        Assert.Equal(0x9999, Count(0));
    }

    [Fact]
    public void Port_b_has_the_gate_the_speakers_output_and_the_refresh_toggle()
    {
        _pit.Write8(PortB, 0xff);
        Assert.Equal(0x0f, _pit.Read8(PortB) & 0xcf);
        var toggles = 0;
        var last = _pit.Read8(PortB) & 0x10;
        for (var i = 0; i < 100; i++)
        {
            _time.Advance(1_000);
            var now = _pit.Read8(PortB) & 0x10;
            if (now != last) toggles++;
            last = now;
        }
        Assert.InRange(toggles, 6, 7); // every 15 microseconds
    }

    [Fact]
    public void A_restored_timer_goes_on_interrupting()
    {
        Program(0, Mode2, 100);
        Pass(30);
        var saved = RecordingVisitor.Save(_pit);
        Program(0, Mode0, 5000);
        RecordingVisitor.Restore(_pit, saved);
        var before = _irq.Rises;
        Pass(1000);
        Assert.InRange(_irq.Rises - before, 10, 11);
    }

    private bool SpeakerOut => (_pit.Read8(PortB) & 0x20) != 0;

    private void Gate(bool high) => _pit.Write8(PortB, high ? 1 : 0);

    private void Program(int counter, int mode, int count)
    {
        _pit.Write8(Control, (counter << 6) | LowThenHigh | mode);
        _pit.Write8((ulong)counter, count);
        _pit.Write8((ulong)counter, count >> 8);
    }

    private int Count(int counter)
    {
        _pit.Write8(Control, counter << 6);
        return _pit.Read8((ulong)counter) | (_pit.Read8((ulong)counter) << 8);
    }

    /// <summary>Lets so many clocks of the timer pass.</summary>
    private void Pass(int clocks)
    {
        _clocks += clocks;
        var end = (_clocks * 1_000_000_000 + (long)Pit8254.Frequency - 1) / (long)Pit8254.Frequency;
        _time.Advance(end - _time.Clock.Nanoseconds);
    }
}
