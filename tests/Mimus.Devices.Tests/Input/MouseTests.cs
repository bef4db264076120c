using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Devices.Input;
using Mimus.Devices.Tests.Support;

namespace Mimus.Devices.Tests.Input;

public sealed class MouseTests : IMachineControl
{
    private const ulong Data = 0, Command = 1;

    private readonly Wires _irqs = new(2);
    private readonly KeyboardController _controller;

    public MouseTests() => _controller = new KeyboardController("i8042", new TestClock().Clock, _irqs.Lines[0], _irqs.Lines[1], new Wires(1).Lines[0], this);

    [Fact]
    public void It_answers_its_commands()
    {
        Assert.Equal([0xfa, 0xaa, 0x00], Tell(0xff));
        Assert.Equal([0xfa, 0x00], Tell(0xf2));
        Assert.Equal([0xfa, 0x00, 0x02, 100], Tell(0xe9));
        Assert.Equal([0xfa], Tell(0xe8));
        Assert.Equal([0xfa], Tell(3));
        Assert.Equal([0xfa], Tell(0xe7));
        Assert.Equal([0xfa], Tell(0xf4));
        _controller.SetButton(PointerButton.Left, true);
        Assert.Equal([0x09, 0, 0], Drain());
        Assert.Equal([0xfa, 0x34, 0x03, 100], Tell(0xe9));
        Assert.Equal([0xfc], Tell(0x00));
        Assert.Equal([0xfa], Tell(0xf6));
        Assert.Equal([0xfa, 0x04, 0x02, 100], Tell(0xe9));
    }

    [Fact]
    public void Moves_are_reported_when_it_is_enabled()
    {
        _controller.Move(1, 1, 0);
        Assert.Empty(Drain());
        Tell(0xf4);
        _controller.Move(5, 3, 0);
        Assert.True(_irqs[1]);
        Assert.False(_irqs[0]);
        Assert.Equal([0x28, 5, 0xfd], Drain()); // down is negative
        Assert.False(_irqs[1]);
        _controller.Move(-1, -2, 0);
        Assert.Equal([0x18, 0xff, 2], Drain());
        _controller.SetButton(PointerButton.Right, true);
        _controller.SetButton(PointerButton.Middle, true);
        Assert.Equal([0x0a, 0, 0, 0x0e, 0, 0], Drain());
    }

    [Fact]
    public void Long_moves_take_several_reports()
    {
        Tell(0xf4);
        _controller.Move(600, 0, 0);
        Assert.Equal([0x08, 255, 0, 0x08, 255, 0, 0x08, 90, 0], Drain());
        _controller.Move(int.MaxValue, int.MinValue, 0);
        Assert.NotEmpty(Drain());
    }

    [Fact]
    public void Magic_sample_rates_ask_for_a_wheel_and_then_for_two_more_buttons()
    {
        SetRates(200, 100, 80);
        Assert.Equal([0xfa, 3], Tell(0xf2));
        Tell(0xf4);
        _controller.Move(1, 0, -1);
        Assert.Equal([0x08, 1, 0, 0xff], Drain());
        SetRates(200, 200, 80);
        Assert.Equal([0xfa, 4], Tell(0xf2));
        _controller.SetButton(PointerButton.Back, true);
        _controller.Move(0, 0, -1);
        Assert.Equal([0x08, 0, 0, 0x10, 0x08, 0, 0, 0x1f], Drain());
        Tell(0xff);
        Assert.Equal([0xfa, 0], Tell(0xf2));
    }

    [Fact]
    public void Scaling_doubles_long_steps_in_stream_mode()
    {
        Tell(0xe7);
        Tell(0xf4);
        _controller.Move(5, 0, 0);
        Assert.Equal([0x08, 9, 0], Drain());
        _controller.Move(20, 0, 0);
        Assert.Equal([0x08, 40, 0], Drain());
    }

    [Fact]
    public void In_remote_mode_it_reports_when_it_is_asked()
    {
        Tell(0xf0);
        _controller.Move(7, 0, 0);
        Assert.Empty(Drain());
        Assert.Equal([0xfa, 0x08, 7, 0], Tell(0xeb));
        Assert.Equal([0xfa, 0x08, 0, 0], Tell(0xeb));
    }

    [Fact]
    public void In_wrap_mode_it_echoes()
    {
        Tell(0xee);
        Assert.Equal([0xf2], Tell(0xf2));
        Assert.Equal([0xfa], Tell(0xec));
        Assert.Equal([0xfa, 0x00], Tell(0xf2));
    }

    void IMachineControl.RequestPowerOff(int status)
    {
    }

    void IMachineControl.RequestReset()
    {
    }

    private void SetRates(params int[] rates)
    {
        foreach (var rate in rates)
        {
            Assert.Equal([0xfa], Tell(0xf3));
            Assert.Equal([0xfa], Tell(rate));
        }
    }

    private int[] Tell(int value)
    {
        _controller.Write8(Command, 0xd4);
        _controller.Write8(Data, value);
        return Drain();
    }

    private int[] Drain()
    {
        var bytes = new List<int>();
        while ((_controller.Read8(Command) & 0x21) == 0x21) bytes.Add(_controller.Read8(Data));
        return [.. bytes];
    }
}
