using Mimus.Cli.Consoles;
using Mimus.Cli.Tests.Support;

namespace Mimus.Cli.Tests;

/// <summary>The keys of a shared console.</summary>
public sealed class ConsoleMultiplexerTests
{
    private readonly FakeHost _host = new(), _serial = new(), _monitor = new();
    private readonly MultiplexedConsole _serialConsole, _monitorConsole;
    private readonly ConsoleMultiplexer _shared;
    private int _quits, _flushes, _focused;

    public ConsoleMultiplexerTests()
    {
        _shared = new ConsoleMultiplexer(_host, '\u0001') { Quit = () => _quits++, FlushDisks = () => _flushes++ };
        _serialConsole = _shared.AddUser();
        _serialConsole.Attach(_serial);
        _monitorConsole = _shared.AddUser();
        _monitorConsole.Attach(_monitor);
        _monitorConsole.OnFocus = () => _focused++;
    }

    [Theory]
    [InlineData("abc", "abc", "")]
    [InlineData("a\u0001\u0001z", "a\u0001z", "")]
    [InlineData("\u0001\u0001", "\u0001", "")]
    [InlineData("\u0001\u0001\u0001\u0001q", "\u0001\u0001q", "")]
    [InlineData("a\u0001cinfo\u0001cb", "ab", "info")]
    [InlineData("\u0001?x", "x", "")]
    [InlineData("\u0001zx", "x", "")]
    public void Keys_go_to_the_one_who_has_the_keyboard(string keys, string serial, string monitor)
    {
        _host.Type(keys);
        Assert.Equal((serial, monitor), (_serial.Got, _monitor.Got));
    }

    [Fact]
    public void The_escape_and_its_command_may_come_apart()
    {
        foreach (var key in "a\u0001xb\u0001\u0001") _host.Type(key.ToString());
        Assert.Equal((1, "ab\u0001"), (_quits, _serial.Got));
    }

    [Fact]
    public void Commands_do_what_they_say()
    {
        _host.Type("\u0001x\u0001s\u0001s\u0001b\u0001h");
        Assert.Equal((1, 2, 1), (_quits, _flushes, _serial.Breaks));
        Assert.Contains("C-a x    exit emulator\r\n", _host.Got, StringComparison.Ordinal);
        _host.Type("\u0001c");
        Assert.Equal(1, _focused);
        _host.Type("\u0001b\u0001c");
        Assert.Equal((1, 1, 1), (_focused, _serial.Breaks, _monitor.Breaks));
    }

    [Fact]
    public void Timestamps_stand_at_the_start_of_each_line()
    {
        _serialConsole.Write("one "u8);
        _host.Type("\u0001t");
        _serialConsole.Write("still one\ntwo\n"u8);
        _serialConsole.Write("thr"u8);
        _serialConsole.Write("ee\n"u8);
        Assert.Matches(@"^one still one\n\[\d\d:\d\d:\d\d\.\d\d\d\] two\n\[[^]]*\] three\n$", _host.Got);
    }

    [Fact]
    public void A_guest_without_room_gets_its_input_later_and_the_keys_still_work()
    {
        _serial.Room = 2;
        _host.Type("abcdef\u0001x");
        Assert.Equal(("ab", 1), (_serial.Got, _quits));
        Assert.True(_shared.InputRoom > 1000);
        _serial.Room = 3;
        _host.Type("g");
        Assert.Equal("abcde", _serial.Got);
        _serial.Room = 10;
        _host.Type("h");
        Assert.Equal("abcdefgh", _serial.Got);
    }

    [Fact]
    public void A_guest_that_never_reads_stops_the_input_at_a_limit()
    {
        _serial.Room = 0;
        while (_shared.InputRoom > 0) _host.Type(new string('x', Math.Min(1000, _shared.InputRoom)));
        Assert.Equal("", _serial.Got);
        _serial.Room = int.MaxValue;
        _host.Type("y");
        Assert.Equal((1 << 16) + 1, _serial.Got.Length);
    }

    [Fact]
    public void Another_escape_key_leaves_Ctrl_A_to_the_guest()
    {
        var host = new FakeHost();
        var device = new FakeHost();
        var shared = new ConsoleMultiplexer(host, '\u0002') { Quit = () => _quits++ };
        shared.AddUser().Attach(device);
        host.Type("\u0001x\u0002x");
        Assert.Equal(("\u0001x", 1), (device.Got, _quits));
    }

    [Theory]
    [InlineData("0q", 1)]
    [InlineData("3q", 7)]
    [InlineData("1x2q", 5)]
    public void The_test_channel_ends_with_the_status_that_it_is_told(string text, int status)
    {
        var ended = -1;
        var console = new TestDeviceConsole { PowerOff = s => ended = s };
        foreach (var key in text) console.Write([(byte)key]);
        Assert.Equal(status, ended);
    }
}
