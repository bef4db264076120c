using Mimus.Core.Backends;
using Mimus.Core.Timing;

namespace Mimus.Cli.Consoles;

/// <summary>
/// A console on the host. A thread of its own reads the input and hands it over on the main loop, at most as much as the
/// receiver has room for; it reads on when all has been taken, so a fast writer is slowed down and nothing is lost.
/// </summary>
internal abstract class HostConsole : IConsole, IDisposable
{
    private readonly byte[] _input = new byte[4096];
    private readonly AutoResetEvent _taken = new(false);
    private IConsoleReceiver? _receiver;
    private EventLoop? _loop;
    private int _next;
    private volatile int _end; // the input from _next to here waits; the reader changes it when nothing does, else the loop

    public abstract void Write(ReadOnlySpan<byte> data);

    public void Attach(IConsoleReceiver receiver) => _receiver = receiver;

    public void InputWanted()
    {
        if (_end != 0) _loop?.Post(Deliver);
    }

    /// <summary>Begins to read. Before it, nothing is delivered.</summary>
    public virtual void Start(EventLoop loop)
    {
        _loop = loop;
        if (IsConnected) TellConnected();
        new Thread(ReadAll, 256 << 10) { IsBackground = true, Name = "console input" }.Start();
    }

    public virtual void Dispose() => _taken.Dispose();

    /// <summary>Somebody is at the other end from the start.</summary>
    protected virtual bool IsConnected => true;

    /// <summary>Tells the receiver that somebody has come to the other end.</summary>
    protected void TellConnected()
    {
        if (_receiver is IConnectionReceiver receiver) _loop!.Post(receiver.Connected);
    }

    /// <summary>Waits for input; 0 at its end.</summary>
    protected abstract int Read(Span<byte> buffer);

    private void ReadAll()
    {
        while (true)
        {
            var count = Read(_input);
            if (count == 0) return; // the end of the input is not the end of the machine
            _next = 0;
            _end = count;
            _loop!.Post(Deliver);
            try
            {
                _taken.WaitOne();
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Deliver()
    {
        while (_end > _next)
        {
            var count = Math.Min(_receiver?.InputRoom ?? int.MaxValue, _end - _next);
            if (count == 0) return;
            var start = _next;
            _next += count;
            _receiver?.Receive(_input.AsSpan(start, count));
        }
        if (_end == 0) return;
        _end = 0;
        _taken.Set();
    }
}
