using Mimus.Core.Backends;
using Mimus.Core.Timing;

namespace Mimus.Cli.Consoles;

/// <summary>One user's share of a console: the keyboard is its own while it has the focus.</summary>
internal sealed class MultiplexedConsole(ConsoleMultiplexer shared) : IConsole
{
    private byte[] _queue = new byte[256]; // only the main loop touches it; what waits is from _first to _end
    private int _first, _end;
    private IConsoleReceiver? _receiver;
    private EventLoop? _loop;
    private volatile bool _waits;

    /// <summary>The keyboard has come to this user.</summary>
    public Action OnFocus { get; set; } = () => { };

    /// <summary>The keyboard goes to another user.</summary>
    public Action OnLeave { get; set; } = () => { };

    public bool HasFocus => shared.HasFocus(this);

    public int Queued => _end - _first;

    public void Write(ReadOnlySpan<byte> data) => shared.Write(data);

    public void Attach(IConsoleReceiver receiver) => _receiver = receiver;

    public void InputWanted()
    {
        if (_waits) _loop?.Post(Deliver);
    }

    public void Start(EventLoop loop) => _loop = loop;

    public void Enqueue(ReadOnlySpan<byte> data)
    {
        if (_first == _end) _first = _end = 0;
        if (data.Length > _queue.Length - _end) MakeRoom(data.Length);
        data.CopyTo(_queue.AsSpan(_end));
        _end += data.Length;
        Deliver();
    }

    public void Break() => (_receiver as IBreakReceiver)?.ReceiveBreak();

    private void Deliver()
    {
        while (_end > _first)
        {
            // Set before the receiver is asked: one that gets room after its answer sees it and calls back.
            _waits = true;
            var room = _receiver?.InputRoom ?? int.MaxValue;
            if (room <= 0) return;
            var count = Math.Min(room, _end - _first);
            var start = _first;
            _first += count;
            _receiver?.Receive(_queue.AsSpan(start, count));
        }
        if (!_waits) return;
        _waits = false;
        shared.OnRoom(this);
    }

    private void MakeRoom(int length)
    {
        var waiting = _queue.AsSpan(_first, _end - _first);
        var target = waiting.Length + length > _queue.Length ? new byte[2 * (waiting.Length + length)] : _queue;
        waiting.CopyTo(target);
        (_queue, _first, _end) = (target, 0, waiting.Length);
    }
}
