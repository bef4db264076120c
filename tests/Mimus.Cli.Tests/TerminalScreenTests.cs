using System.Text;
using Mimus.Cli.Screens;
using Mimus.Core.Backends;
using Mimus.Devices.Display;

namespace Mimus.Cli.Tests;

/// <summary>The machine's screen on a terminal, and the terminal's keys.</summary>
public sealed class TerminalScreenTests
{
    private readonly ScreenPainter _painter = new();

    [Fact]
    public void Only_what_changed_is_drawn()
    {
        var screen = new TextScreen(4, 2, [0x1f41, 0x1f42, 0x0743, 0x0744, 0x0720, 0x0720, 0x0720, 0x0720], 0);
        var first = _painter.Paint(screen, 80, 24);
        Assert.Contains("\e[2J", first, StringComparison.Ordinal);
        Assert.Contains("\e[1;1H\e[97;44mAB\e[37;40mCD", first, StringComparison.Ordinal);
        Assert.EndsWith("\e[1;1H\e[?25h", first, StringComparison.Ordinal);
        Assert.Equal("", _painter.Paint(screen, 80, 24));
        screen.Cells[5] = 0x07b3;
        Assert.Equal("\e[2;2H\e[37;40m│\e[0m\e[1;1H", _painter.Paint(screen, 80, 24));
        Assert.Equal("\e[?25l", _painter.Paint(screen with { Cursor = -1 }, 80, 24));
        _painter.Forget();
        Assert.Contains("AB", _painter.Paint(screen, 80, 24), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "012", "\e[1;1H")]
    [InlineData(3, "123", "\e[3;1H")]
    [InlineData(4, "234", "\e[3;1H")]
    public void A_small_terminal_shows_the_part_with_the_cursor(int cursorRow, string expected, string cursor)
    {
        var screen = new TextScreen(2, 5, [.. Enumerable.Range(0, 10).Select(i => (ushort)(0x0700 | '0' + i / 2))], cursorRow * 2);
        var drawn = _painter.Paint(screen, 1, 3);
        Assert.Equal(expected, string.Concat(drawn.Where((c, i) => char.IsDigit(c) && (drawn[i - 1] is 'm' or 'H'))));
        Assert.Contains(cursor, drawn[^12..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aZ", "A Shift+Z")]
    [InlineData("1!-_?", "Digit1 Shift+Digit1 Minus Shift+Minus Shift+Slash")]
    [InlineData("\r\n\t\u007f\b ", "Enter Enter Tab Backspace Backspace Space")]
    [InlineData("\u0003\u001c", "Control+C Control+Backslash")]
    [InlineData("\e", "Escape")]
    [InlineData("\ex", "Alt+X")]
    [InlineData("\e[A\eOB\e[1;5C\e[1;4D", "Up Down Control+Right Alt+Shift+Left")]
    [InlineData("\eOP\e[12~\e[[C\e[24~\e[15;2~", "F1 F2 F3 F12 Shift+F5")]
    [InlineData("\e[3~\e[5~\e[H\eOF\e[Z", "Delete PageUp Home End Shift+Tab")]
    [InlineData("a\e[999;999;999qb", "A B")]
    [InlineData("ä", "")]
    [InlineData("\e[12", "")]
    public void Terminals_keys_are_those_of_a_keyboard(string input, string expected) =>
        Assert.Equal(expected, string.Join(' ', TerminalKeys.Read(Encoding.UTF8.GetBytes(input)).Select(Describe)));

    [Fact]
    public void No_input_is_too_strange()
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(12)];
            random.NextBytes(bytes);
            if (bytes.Length > 2 && i % 2 == 0) "\e["u8.CopyTo(bytes);
            Assert.True(TerminalKeys.Read(bytes).Count <= bytes.Length);
        }
    }

    private static string Describe(KeyStroke s) => $"{(s.Control ? "Control+" : "")}{(s.Alt ? "Alt+" : "")}{(s.Shift ? "Shift+" : "")}{s.Key}";
}
