using System.Text;
using Mimus.Core.Backends;

namespace Mimus.Control.Monitor;

/// <summary>The monitor for people on a console. All input arrives on the machine's main loop.</summary>
public sealed class HumanMonitor : IConsoleReceiver, IConnectionReceiver
{
    private readonly MonitorContext _context;
    private readonly MonitorSession _session;
    private readonly LineEditor _editor;
    private readonly IConsole _console;
    private readonly Queue<string> _waiting = new(); // lines typed while a command takes its time
    private bool _greeted, _busy;

    public HumanMonitor(MonitorContext context, IConsole console)
    {
        _context = context;
        _session = new MonitorSession(context);
        _console = console;
        _editor = new LineEditor(Write, MonitorCommands.All.SelectMany(c => c.Names));
        console.Attach(this);
    }

    public int InputRoom => int.MaxValue;

    /// <summary>Shows where to type, whenever the keyboard of a shared console comes to the monitor.</summary>
    public void Greet()
    {
        Write(_greeted ? "\r\n" + _context.Prompt : _context.Banner + "\r\n" + _context.Prompt);
        _greeted = true;
    }

    /// <summary>Whoever comes to a console of the monitor's own is greeted anew.</summary>
    public void Connected()
    {
        _greeted = false;
        Greet();
    }

    public void Receive(ReadOnlySpan<byte> data)
    {
        foreach (var key in data)
        {
            if (_editor.Type(key) is not { } line) continue;
            _waiting.Enqueue(line);
            RunWaiting();
        }
    }

    private void RunWaiting()
    {
        while (!_busy && _waiting.TryDequeue(out var line))
        {
            if (MonitorSession.TakesTime(line)) RunAside(line);
            else Answer(_session.Execute(line));
        }
    }

    /// <summary>Runs a command on another thread; the answer, or what it threw, comes back to the main loop.</summary>
    private void RunAside(string line)
    {
        _busy = true;
        Task.Run(() => _session.Execute(line)).ContinueWith(done => _context.Vm.Loop.Post(() =>
        {
            _busy = false;
            Answer(done.GetAwaiter().GetResult());
            RunWaiting();
        }), TaskScheduler.Default);
    }

    private void Answer(string text) => Write(text + _context.Prompt);

    private void Write(string text) => _console.Write(Encoding.UTF8.GetBytes(text));
}
