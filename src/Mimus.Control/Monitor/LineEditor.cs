using System.Text;

namespace Mimus.Control.Monitor;

/// <summary>
/// A line as it is typed on a terminal: echo, backspace, Ctrl-U, Ctrl-W, earlier lines with the arrow keys, and completion of
/// the first word with Tab.
/// </summary>
/// <param name="echo">Shows text to the person.</param>
/// <param name="words">The words to complete.</param>
internal sealed class LineEditor(Action<string> echo, IEnumerable<string> words)
{
    private const int MaximumLength = 4096;
    private const int HistoryLength = 100;

    private readonly StringBuilder _line = new();
    private readonly List<string> _history = [];
    private int _historyIndex;
    private Escape _escape;

    private enum Escape
    {
        None,
        Begun,
        Bracket,
    }

    /// <summary>Takes a key; the line when it is complete.</summary>
    public string? Type(byte key)
    {
        if (_escape != Escape.None)
        {
            TypeEscaped(key);
            return null;
        }
        switch (key)
        {
            case (byte)'\r' or (byte)'\n': return Finish();
            case 0x1b: _escape = Escape.Begun; break;
            case 0x7f or 0x08: Drop(1); break;
            case 0x15: Drop(_line.Length); break; // Ctrl-U
            case 0x17: Drop(_line.Length - (_line.ToString().TrimEnd().LastIndexOf(' ') + 1)); break; // Ctrl-W
            case (byte)'\t': Complete(); break;
            case >= 0x20 when _line.Length < MaximumLength:
                _line.Append((char)key);
                echo(((char)key).ToString());
                break;
        }
        return null;
    }

    private void TypeEscaped(byte key)
    {
        if (_escape == Escape.Begun && key is (byte)'[' or (byte)'O')
        {
            _escape = Escape.Bracket;
            return;
        }
        if (_escape == Escape.Bracket && key is >= 0x30 and <= 0x3f) return; // a parameter
        var isArrow = _escape == Escape.Bracket;
        _escape = Escape.None;
        if (isArrow && key == 'A') Recall(_historyIndex - 1);
        else if (isArrow && key == 'B') Recall(_historyIndex + 1);
    }

    private string Finish()
    {
        var line = _line.ToString();
        _line.Clear();
        if (line.Length > 0 && (_history.Count == 0 || _history[^1] != line)) _history.Add(line);
        if (_history.Count > HistoryLength) _history.RemoveAt(0);
        _historyIndex = _history.Count;
        echo("\r\n");
        return line;
    }

    private void Recall(int index)
    {
        if (index < 0 || index > _history.Count) return;
        Drop(_line.Length);
        _historyIndex = index;
        if (index == _history.Count) return;
        _line.Append(_history[index]);
        echo(_history[index]);
    }

    private void Drop(int count)
    {
        count = Math.Min(count, _line.Length);
        _line.Length -= count;
        for (var i = 0; i < count; i++) echo("\b \b");
    }

    private void Complete()
    {
        var begun = _line.ToString();
        var fitting = words.Where(w => w.StartsWith(begun, StringComparison.Ordinal)).ToArray();
        if (begun.Length == 0 || fitting.Length != 1) return;
        var rest = fitting[0][begun.Length..] + " ";
        _line.Append(rest);
        echo(rest);
    }
}
