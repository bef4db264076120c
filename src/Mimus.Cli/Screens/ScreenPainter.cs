using System.Globalization;
using System.Text;
using Mimus.Devices.Display;

namespace Mimus.Cli.Screens;

/// <summary>Draws a text screen on a terminal (ECMA-48): what has changed since the last time, and of a screen that is larger than the terminal the part with the cursor.</summary>
internal sealed class ScreenPainter
{
    private const int Unknown = -1;

    private readonly StringBuilder _output = new();
    private int[] _shown = []; // the cells on the terminal, line by line
    private int _columns, _cursor;

    /// <summary>Somebody else has written to the terminal.</summary>
    public void Forget() => _shown = [];

    /// <summary>What to send to a terminal of a size; nothing when it shows the screen already.</summary>
    public string Paint(TextScreen screen, int width, int height)
    {
        _output.Clear();
        var (columns, rows) = (Math.Min(screen.Columns, width), Math.Min(screen.Rows, height));
        if (_shown.Length != columns * rows || _columns != columns) Begin(columns, rows);
        var top = screen.Cursor < 0 ? 0 : Math.Clamp(screen.Cursor / screen.Columns - rows + 1, 0, screen.Rows - rows);
        var before = _output.Length;
        PaintCells(screen, top, rows);
        PlaceCursor(screen, top, rows, hasMoved: _output.Length != before);
        return _output.ToString();
    }

    private void Begin(int columns, int rows)
    {
        _shown = new int[columns * rows];
        Array.Fill(_shown, Unknown);
        (_columns, _cursor) = (columns, Unknown);
        _output.Append("\e[0m\e[2J\e[?25l");
    }

    private void PaintCells(TextScreen screen, int top, int rows)
    {
        int next = Unknown, colors = Unknown; // where the terminal would write, and how
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < _columns; column++)
            {
                var cell = screen.Cells[(top + row) * screen.Columns + column];
                var at = row * _columns + column;
                if (_shown[at] == cell) continue;
                _shown[at] = cell;
                // At the end of a line terminals differ in where they go on.
                if (next != at || column == 0) MoveTo(at);
                if (cell >> 8 != colors) _output.Append(TextScreen.Color(cell));
                _output.Append(TextScreen.Character(cell));
                (next, colors) = (at + 1, cell >> 8);
            }
        }
        if (colors != Unknown) _output.Append("\e[0m");
    }

    private void PlaceCursor(TextScreen screen, int top, int rows, bool hasMoved)
    {
        var (row, column) = screen.Cursor < 0 ? (Unknown, 0) : (screen.Cursor / screen.Columns - top, screen.Cursor % screen.Columns);
        var cursor = row >= 0 && row < rows && column < _columns ? row * _columns + column : Unknown;
        if (cursor == _cursor && !hasMoved) return;
        if (cursor != Unknown) MoveTo(cursor);
        if ((cursor == Unknown) != (_cursor == Unknown)) _output.Append(cursor == Unknown ? "\e[?25l" : "\e[?25h");
        _cursor = cursor;
    }

    private void MoveTo(int at) => _output.Append(CultureInfo.InvariantCulture, $"\e[{at / _columns + 1};{at % _columns + 1}H");
}
