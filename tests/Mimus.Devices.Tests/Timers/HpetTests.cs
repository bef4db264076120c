using Mimus.Core.Devices;
using Mimus.Devices.Interrupts;
using Mimus.Devices.Tests.Support;
using Mimus.Devices.Timers;

namespace Mimus.Devices.Tests.Timers;

public sealed class HpetTests : IMessageSink
{
    private const ulong Configuration = 0x10, Status = 0x20, Counter = 0xf0, Timer0 = 0x100, Timer1 = 0x120, Comparator = 8, Message = 0x10;
    private const ulong Level = 2, Enabled = 4, Periodic = 8, SetsValue = 0x40, Forces32Bit = 0x100, ByMessage = 0x4000;

    private readonly TestClock _time = new();
    private readonly Wires _wires = new(4), _legacy = new(2);
    private readonly List<(ulong, uint)> _messages = [];
    private readonly Hpet _hpet;

    public HpetTests()
    {
        var routes = new IrqLine?[Hpet.Routes];
        for (var i = 0; i < 4; i++) routes[20 + i] = _wires.Lines[i];
        _hpet = new Hpet("hpet", _time.Clock, routes, _legacy.Lines[0], _legacy.Lines[1], this);
    }

    [Fact]
    public void It_says_what_it_can_do()
    {
        Assert.Equal(0x00989680_8086a201ul, _hpet.Read(0, 8));
        Assert.Equal(0x00f00000_00008030ul, _hpet.Read(Timer0, 8));
        Assert.Equal(0x00989680u, _hpet.Read32(4));
    }

    [Fact]
    public void The_counter_runs_while_it_is_enabled_and_can_be_set_while_it_is_not()
    {
        _time.Advance(1000);
        Assert.Equal(0ul, _hpet.Read(Counter, 8));
        _hpet.Write(Counter, 8, 0x1_0000_0000);
        _hpet.Write(Configuration, 8, 1);
        _time.Advance(1000);
        Assert.Equal(0x1_0000_0064ul, _hpet.Read(Counter, 8));
        Assert.Equal(1u, _hpet.Read32(Counter + 4));
        _hpet.Write(Counter, 8, 5); // not now
        Assert.Equal(0x1_0000_0064ul, _hpet.Read(Counter, 8));
        _hpet.Write(Configuration, 8, 0);
        _time.Advance(1000);
        Assert.Equal(0x1_0000_0064ul, _hpet.Read(Counter, 8));
    }

    [Fact]
    public void A_comparator_interrupts_once()
    {
        _hpet.Write(Timer0 + Comparator, 8, 100);
        _hpet.Write(Timer0, 8, Enabled | (20 << 9));
        _hpet.Write(Configuration, 8, 1);
        _time.Advance(999);
        Assert.Equal(0, _wires.Rises);
        _time.Advance(1);
        Assert.True(_wires[0]);
        _time.Advance(1_000_000);
        Assert.Equal(1, _wires.Rises);
        _hpet.Write(Timer0 + Comparator, 8, _hpet.Read(Counter, 8) + 10);
        _time.Advance(100);
        Assert.Equal(2, _wires.Rises);
        Assert.Equal(0ul, _hpet.Read(Status, 8)); // edges leave no status
        _hpet.Write(Timer0, 8, 0);
        Assert.False(_wires[0]);
    }

    [Fact]
    public void A_level_stays_until_its_status_is_cleared()
    {
        _hpet.Write(Timer1 + Comparator, 8, 100);
        _hpet.Write(Timer1, 8, Level | Enabled | (23 << 9));
        _hpet.Write(Configuration, 8, 1);
        _time.Advance(2000);
        Assert.True(_wires[3]);
        Assert.Equal(2ul, _hpet.Read(Status, 8));
        _hpet.Write(Status, 8, 1);
        Assert.True(_wires[3]);
        _hpet.Write32(Status, 2);
        Assert.False(_wires[3]);
        Assert.Equal(0ul, _hpet.Read(Status, 8));
    }

    [Fact]
    public void A_periodic_timer_moves_its_comparator()
    {
        _hpet.Write(Timer0, 8, Enabled | Periodic | SetsValue | (20 << 9));
        _hpet.Write(Timer0 + Comparator, 8, 1000);
        _hpet.Write(Timer0 + Comparator, 8, 200);
        _hpet.Write(Configuration, 8, 1);
        _time.Advance(10_000);
        Assert.Equal(1, _wires.Rises);
        Assert.Equal(1200ul, _hpet.Read(Timer0 + Comparator, 8));
        _time.Advance(10_000);
        Assert.Equal(6, _wires.Rises);
        Assert.Equal(2200ul, _hpet.Read(Timer0 + Comparator, 8));
    }

    [Fact]
    public void Half_a_period_leaves_the_other_half()
    {
        _hpet.Write(Counter, 8, 0x3_0000_0000);
        _hpet.Write(Timer0, 8, Enabled | Periodic | SetsValue | (20 << 9));
        _hpet.Write(Timer0 + Comparator, 8, 0x3_0000_0064);
        _hpet.Write32(Timer0 + Comparator, 50);
        _hpet.Write(Configuration, 8, 1);
        _time.Advance(2000);
        Assert.Equal(0x3_0000_00fa, (long)_hpet.Read(Timer0 + Comparator, 8));
    }

    [Fact]
    public void In_32_bit_mode_the_comparator_is_met_once_in_a_turn()
    {
        _hpet.Write(Counter, 8, 0x5_ffff_fff0);
        _hpet.Write(Timer0, 8, Enabled | Forces32Bit | (20 << 9));
        _hpet.Write(Timer0 + Comparator, 8, 0x7_0000_0010);
        Assert.Equal(0x10ul, _hpet.Read(Timer0 + Comparator, 8));
        _hpet.Write(Configuration, 8, 1);
        _time.Advance(320);
        Assert.Equal(1, _wires.Rises);
        _time.Advance(42_949_672_960);
        Assert.Equal(2, _wires.Rises);
    }

    [Fact]
    public void Legacy_replacement_takes_the_place_of_the_old_timers()
    {
        _hpet.SetLine(Hpet.IntervalTimer, true);
        Assert.True(_legacy[0]);
        _hpet.Write(Configuration, 8, 3);
        Assert.False(_legacy[0]);
        _hpet.SetLine(Hpet.RealTimeClock, true);
        Assert.False(_legacy[1]);
        _hpet.Write(Timer0 + Comparator, 8, _hpet.Read(Counter, 8) + 10);
        _hpet.Write(Timer0, 8, Enabled | (20 << 9));
        _time.Advance(100);
        Assert.True(_legacy[0]);
        Assert.False(_wires[0]);
        _hpet.Write(Configuration, 8, 1);
        Assert.True(_legacy[1]);
    }

    [Fact]
    public void A_timer_can_send_messages()
    {
        _hpet.Write(Timer0 + Message, 8, 0xfee01000_00000055);
        _hpet.Write(Timer0, 8, Enabled | ByMessage | (20 << 9));
        _hpet.Write(Timer0 + Comparator, 8, 10);
        _hpet.Write(Configuration, 8, 1);
        _time.Advance(1000);
        Assert.Equal([(0xfee01000ul, 0x55u)], _messages);
        Assert.Equal(0, _wires.Rises);
    }

    [Fact]
    public void Only_routes_that_are_offered_can_be_chosen()
    {
        _hpet.Write(Timer0, 8, 21 << 9);
        _hpet.Write(Timer0, 8, 5 << 9);
        Assert.Equal(21ul, _hpet.Read(Timer0, 8) >> 9 & 31);
    }

    [Fact]
    public void A_restored_timer_goes_on()
    {
        _hpet.Write(Timer0 + Comparator, 8, 100);
        _hpet.Write(Timer0, 8, Enabled | (20 << 9));
        _hpet.Write(Configuration, 8, 1);
        var saved = RecordingVisitor.Save(_hpet);
        _hpet.Reset();
        RecordingVisitor.Restore(_hpet, saved);
        _time.Advance(1000);
        Assert.Equal(1, _wires.Rises);
    }

    void IMessageSink.Send(ulong address, uint data) => _messages.Add((address, data));
}
