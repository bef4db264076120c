using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Devices.Input;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Input;

public sealed class KeyboardTests : IMachineControl
{
    private const ulong Data = 0, Command = 1, PortA = 2;
    private const long Millisecond = 1_000_000;
    private const int Full = 0x01, FromMouse = 0x20;

    private readonly TestClock _time = new();
    private readonly Wires _irqs = new(2), _a20 = new(1);
    private readonly KeyboardController _controller;
    private int _resets;

    public KeyboardTests() =>
        _controller = new KeyboardController("i8042", _time.Clock, _irqs.Lines[0], _irqs.Lines[1], _a20.Lines[0], this);

    [Fact]
    public void The_controller_tests_itself_and_answers_commands()
    {
        Assert.Equal(0x10, _controller.Read8(Command));
        Assert.Equal([0x55], Ask(0xaa));
        Assert.Equal(0x04, _controller.Read8(Command) & 0x04);
        Assert.Equal([0x00], Ask(0xab));
        Assert.Equal([0x00], Ask(0xa9));
        Assert.Equal([0xf1], Ask(0xa4));
        Assert.Equal([0x80], Ask(0xc0));
    }

    [Fact]
    public void The_command_byte_and_the_memory_behind_it_can_be_read_back()
    {
        SetCommandByte(0x65);
        Assert.Equal([0x65], Ask(0x20));
        _controller.Write8(Command, 0x7f);
        _controller.Write8(Data, 0x12);
        Assert.Equal([0x12], Ask(0x3f));
        _controller.Write8(Command, 0xa7);
        Assert.Equal([0x65], Ask(0x20));
        _controller.Write8(Command, 0xa8);
        Assert.Equal([0x45], Ask(0x20));
        _controller.Write8(Command, 0xad);
        Assert.Equal([0x55], Ask(0x20));
        _controller.Write8(Command, 0xae);
        Assert.Equal([0x45], Ask(0x20));
    }

    [Fact]
    public void A_key_interrupts_and_its_codes_come_one_by_one()
    {
        Press(Key.A);
        Release(Key.A);
        Assert.True(_irqs[0]);
        Assert.Equal(Full, _controller.Read8(Command) & (Full | FromMouse));
        Assert.Equal(0x1c, _controller.Read8(Data));
        Assert.Equal(0xf0, _controller.Read8(Data));
        Assert.Equal(0x1c, _controller.Read8(Data));
        Assert.Equal(3, _irqs.Rises); // an edge for each byte
        Assert.False(_irqs[0]);
        Assert.Equal(0, _controller.Read8(Command) & Full);
        Assert.Equal(0x1c, _controller.Read8(Data)); // the last byte stays in the buffer
    }

    [Theory]
    [InlineData(Key.A, new[] { 0x1e }, new[] { 0x9e })]
    [InlineData(Key.Escape, new[] { 0x01 }, new[] { 0x81 })]
    [InlineData(Key.F7, new[] { 0x41 }, new[] { 0xc1 })]
    [InlineData(Key.F12, new[] { 0x58 }, new[] { 0xd8 })]
    [InlineData(Key.Up, new[] { 0xe0, 0x48 }, new[] { 0xe0, 0xc8 })]
    [InlineData(Key.RightControl, new[] { 0xe0, 0x1d }, new[] { 0xe0, 0x9d })]
    [InlineData(Key.KeypadEnter, new[] { 0xe0, 0x1c }, new[] { 0xe0, 0x9c })]
    [InlineData(Key.PrintScreen, new[] { 0xe0, 0x2a, 0xe0, 0x37 }, new[] { 0xe0, 0xb7, 0xe0, 0xaa })]
    [InlineData(Key.Pause, new[] { 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5 }, new int[0])]
    [InlineData(Key.LeftMeta, new[] { 0xe0, 0x5b }, new[] { 0xe0, 0xdb })]
    public void Set_1_comes_from_the_controller_or_from_the_keyboard(Key key, int[] pressed, int[] released)
    {
        SetCommandByte(0x41);
        Press(key);
        Assert.Equal(pressed, Drain());
        Release(key);
        Assert.Equal(released, Drain());

        SetCommandByte(0x01);
        Assert.Equal([0xfa], Tell(0xf0));
        Assert.Equal([0xfa], Tell(0x01));
        Press(key);
        Assert.Equal(pressed, Drain());
        Release(key);
        Assert.Equal(released, Drain());
    }

    [Fact]
    public void Every_key_has_codes_of_its_own_in_every_set()
    {
        foreach (var set in new[] { 1, 2, 3 })
        {
            Tell(0xf0);
            Tell(set);
            var seen = new HashSet<string>();
            foreach (var key in Enum.GetValues<Key>())
            {
                Press(key);
                var codes = Drain();
                Assert.NotEmpty(codes);
                Assert.True(seen.Add(string.Join(' ', codes)), $"{key} in set {set}");
                Release(key);
                Drain();
            }
        }
    }

    [Fact]
    public void In_set_3_keys_release_only_when_they_are_told_to()
    {
        Tell(0xf0);
        Tell(3);
        Assert.Equal([0xfa], Tell(0xf0));
        Assert.Equal([0xfa, 0x03], Tell(0));
        Press(Key.A);
        Release(Key.A);
        Assert.Equal([0x1c], Drain());
        Press(Key.LeftShift);
        Release(Key.LeftShift);
        Assert.Equal([0x12, 0xf0, 0x12], Drain());
        Assert.Equal([0xfa], Tell(0xfc)); // make and break for the keys that follow
        Assert.Equal([0xfa], Tell(0x1c));
        Assert.Equal([0xfa], Tell(0x1b));
        Press(Key.S);
        Release(Key.S);
        Assert.Equal([0x1b, 0xf0, 0x1b], Drain());
        Assert.Equal([0xfa], Tell(0xf9)); // no key releases
        Press(Key.S);
        Release(Key.S);
        Assert.Equal([0x1b], Drain());
    }

    [Fact]
    public void The_keyboard_answers_its_commands()
    {
        Assert.Equal([0xfa, 0xaa], Tell(0xff));
        Assert.Equal([0xee], Tell(0xee));
        Assert.Equal([0xfa, 0xab, 0x83], Tell(0xf2));
        Assert.Equal([0xfa], Tell(0xed));
        Assert.Equal([0xfa], Tell(0x02));
        Assert.Equal(2, _controller.KeyboardIndicators);
        Assert.Equal([0xfe], Tell(0x00));
        Assert.Equal([0xfe], Tell(0xfe)); // the last byte again
        Tell(0xed);
        Assert.Equal([0xfa, 0xab, 0x83], Tell(0xf2)); // a command instead of a parameter
        SetCommandByte(0x41);
        Assert.Equal([0xfa, 0xab, 0x41], Tell(0xf2)); // translated as any other byte
    }

    [Fact]
    public void Keys_are_silent_while_scanning_is_off()
    {
        Assert.Equal([0xfa], Tell(0xf5));
        Press(Key.A);
        Release(Key.A);
        Assert.Empty(Drain());
        Tell(0xf4);
        Press(Key.B);
        Assert.Equal([0x32], Drain());
    }

    [Fact]
    public void A_key_that_is_held_repeats_after_the_delay()
    {
        Press(Key.A);
        Press(Key.A); // whoever types may repeat too; the keyboard does it alone
        Assert.Equal([0x1c], Drain());
        _time.Advance(499 * Millisecond);
        Assert.Empty(Drain());
        _time.Advance(1 * Millisecond);
        Assert.Equal([0x1c], Drain());
        Tell(0xf3);
        Tell(0x00); // the fastest: 250 ms, then every 33.36 ms
        Release(Key.A);
        Drain();
        Press(Key.B);
        Drain();
        _time.Advance(250 * Millisecond);
        Assert.Single(Drain());
        _time.Advance(34 * Millisecond);
        Assert.Single(Drain());
        Release(Key.B);
        Drain();
        _time.Advance(1000 * Millisecond);
        Assert.Empty(Drain());
    }

    [Fact]
    public void More_keys_than_the_buffer_holds_become_an_overrun_and_no_half_of_a_code()
    {
        Tell(0xf3);
        Tell(0x7f);
        for (var key = Key.Insert; key <= Key.Right; key++)
        {
            Press(key);
            Release(key);
        }
        var codes = Drain();
        Assert.Equal(0x00, codes[^1]);
        Assert.InRange(codes.Length, 2, 17);
        Press(Key.A);
        Assert.Equal([0x1c], Drain());
    }

    [Fact]
    public void A_disabled_keyboard_keeps_its_keys()
    {
        _controller.Write8(Command, 0xad);
        Press(Key.A);
        Assert.Equal(0, _controller.Read8(Command) & Full);
        _controller.Write8(Command, 0xae);
        Assert.Equal([0x1c], Drain());
    }

    [Fact]
    public void Bytes_can_be_looped_through_the_controller()
    {
        _controller.Write8(Command, 0xd2);
        _controller.Write8(Data, 0x77);
        Assert.Equal(Full, _controller.Read8(Command) & (Full | FromMouse));
        Assert.Equal([0x77], Drain());
        _controller.Write8(Command, 0xd3);
        _controller.Write8(Data, 0x78);
        Assert.Equal(Full | FromMouse, _controller.Read8(Command) & (Full | FromMouse));
        Assert.True(_irqs[1]);
        Assert.False(_irqs[0]);
        Assert.Equal([0x78], Drain());
    }

    [Fact]
    public void Address_line_20_opens_by_either_way()
    {
        Assert.True(_a20[0]);
        Assert.Equal([0xc3], Ask(0xd0));
        _controller.Write8(Command, 0xd1);
        _controller.Write8(Data, 0xdd);
        Assert.False(_a20[0]);
        Assert.Equal([0xc1], Ask(0xd0));
        _controller.Write8(PortA, 0x02);
        Assert.True(_a20[0]);
        Assert.Equal(0x02, _controller.Read8(PortA));
        _controller.Write8(PortA, 0x00);
        Assert.False(_a20[0]);
        _controller.Write8(Command, 0xd1);
        _controller.Write8(Data, 0xdf);
        Assert.True(_a20[0]);
        Assert.Equal(0, _resets);
    }

    [Fact]
    public void There_are_three_ways_to_reset()
    {
        _controller.Write8(Command, 0xfe);
        Assert.Equal(1, _resets);
        _controller.Write8(Command, 0xff); // pulses nothing
        Assert.Equal(1, _resets);
        _controller.Write8(Command, 0xd1);
        _controller.Write8(Data, 0xde);
        Assert.Equal(2, _resets);
        _controller.Write8(PortA, 0x01);
        _controller.Write8(PortA, 0x01); // no rise
        Assert.Equal(3, _resets);
    }

    void IMachineControl.RequestPowerOff(int status) => Assert.Fail("no power off");

    void IMachineControl.RequestReset() => _resets++;

    private void Press(Key key) => _controller.SetKey(key, true);

    private void Release(Key key) => _controller.SetKey(key, false);

    private void SetCommandByte(int value)
    {
        _controller.Write8(Command, 0x60);
        _controller.Write8(Data, value);
    }

    private int[] Ask(int command)
    {
        _controller.Write8(Command, command);
        return Drain();
    }

    private int[] Tell(int value)
    {
        _controller.Write8(Data, value);
        return Drain();
    }

    private int[] Drain()
    {
        var bytes = new List<int>();
        while ((_controller.Read8(Command) & Full) != 0) bytes.Add(_controller.Read8(Data));
        return [.. bytes];
    }
}
