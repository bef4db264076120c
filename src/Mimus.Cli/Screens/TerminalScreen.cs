using System.Text;
using Mimus.Boards;
using Mimus.Cli.Consoles;
using Mimus.Core.Backends;
using Mimus.Devices.Display;
using Mimus.Host;

namespace Mimus.Cli.Screens;

/// <summary>
/// Shows a machine's screen on the terminal and types its keys at the machine's keyboard. It is one of the users of a shared console, whose keys
/// after the escape key, such as Ctrl-A x, keep their meaning.
/// </summary>
internal sealed class TerminalScreen : IConsoleReceiver, IDisposable
{
    // As often as people notice; a key is typed each time, which any guest's keyboard buffer takes.
    private const int PeriodMilliseconds = 25;

    private const int QueueLimit = 1024;
    private const int StandardColumns = 80, StandardRows = 25;
    private const ushort Plain = 0x0700;

    // The alternate screen of terminals keeps what was there before ("XTerm Control Sequences", 1049).
    private const string Begin = "\e[?1049h", Clear = "\e[0m\e[2J\e[H\e[?25h", End = "\e[0m\e[?25h\e[?1049l";

    private readonly Vm _vm;
    private readonly VgaAdapter _display;
    private readonly IKeyReceiver _keyboard;
    private readonly MultiplexedConsole _console;
    private readonly Timer _timer;
    private readonly ScreenPainter _painter = new();
    private readonly Queue<KeyStroke> _strokes = new();
    private readonly Lock _lock = new(); // held while keys are typed and the terminal is drawn
    private bool _hasBegun, _hasEnded;

    public TerminalScreen(Vm vm, MultiplexedConsole console)
    {
        _vm = vm;
        _console = console;
        _display = vm.Machine.Display ?? throw NoScreen(vm, "display");
        _keyboard = vm.Machine.Keyboard ?? throw NoScreen(vm, "keyboard");
        _timer = new Timer(_ => Tick(), null, Timeout.Infinite, Timeout.Infinite);
        console.Attach(this);
        console.OnLeave = Leave;
    }

    /// <summary>Keys wait while the machine does not run.</summary>
    public int InputRoom
    {
        get
        {
            lock (_lock) return QueueLimit - _strokes.Count;
        }
    }

    /// <summary>Refuses to draw into a file or a pipe.</summary>
    public static void CheckTerminal()
    {
        if (!Terminal.IsTerminal(Terminal.StandardOutput))
            throw new ConfigurationException("-display curses draws on a terminal, and standard output is none; use -nographic, or -display none with screendump in the monitor");
    }

    public void Start()
    {
        lock (_lock) _hasBegun = true;
        _console.Write(Encoding.ASCII.GetBytes(Begin));
        _timer.Change(0, PeriodMilliseconds);
    }

    public void Receive(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            foreach (var stroke in TerminalKeys.Read(data)) _strokes.Enqueue(stroke);
        }
    }

    /// <summary>Gives the terminal back as it was.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            if (_hasBegun && !_hasEnded) _console.Write(Encoding.ASCII.GetBytes(End));
            _hasEnded = true;
        }
    }

    /// <summary>The next user of the console begins with an empty screen.</summary>
    private void Leave()
    {
        lock (_lock)
        {
            if (!_hasEnded) _console.Write(Encoding.ASCII.GetBytes(Clear));
            _painter.Forget();
        }
    }

    private void Tick()
    {
        // A terminal that takes long makes the next ticks wait for nothing.
        if (!_lock.TryEnter()) return;
        try
        {
            if (_hasEnded) return;
            if (_vm.State == VmState.Running && _strokes.TryDequeue(out var stroke))
            {
                stroke.TypeAt(_keyboard);
                _console.InputWanted();
            }
            if (_console.HasFocus) Draw();
        }
        finally
        {
            _lock.Exit();
        }
    }

    private void Draw()
    {
        var (columns, rows) = Terminal.Size(Terminal.StandardOutput) ?? (StandardColumns, StandardRows);
        var text = _painter.Paint(_display.Text ?? Say("There is no text on the screen; screendump in the monitor (Ctrl-A c) makes a picture."), columns, rows);
        if (text.Length > 0) _console.Write(Encoding.UTF8.GetBytes(text));
    }

    private static TextScreen Say(string line) => new(line.Length, 1, [.. line.Select(c => (ushort)(Plain | c))], -1);

    private static ConfigurationException NoScreen(Vm vm, string what) =>
        new($"-display curses is not possible: machine '{vm.Machine.Board}' has no {what}; use -nographic");
}
