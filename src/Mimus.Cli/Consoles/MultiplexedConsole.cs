using Mimus.Core.Backends;
using Mimus.Core.Timing;

namespace Mimus.Cli.Consoles;

/// <summary>One user's share of a console: the keyboard is its own while it has the focus.</summary>
internal sealed class MultiplexedConsole(ConsoleMultiplexer shared) : IConsole
{
    private readonly Queue<byte> _queue = new(); // only the main loop touches it
    private IConsoleReceiver? _receiver;
    private EventLoop? _loop;
    private volatile bool _waits;

    /// <summary>The keyboard has come to this user.</summary>
    public Action OnFocus { get; set; } = () => { };

    public bool HasFocus => shared.HasFocus(this);

    public int Queued => _queue.Count;

    public void Write(ReadOnlySpan<byte> data) => shared.Write(data);

    public void Attach(IConsoleReceiver receiver) => _receiver = receiver;

    public void InputWanted()
    {
        if (_waits) _loop?.Post(Deliver);
    }

    public void Start(EventLoop loop) => _loop = loop;

    public void Enqueue(ReadOnlySpan<byte> data)
    {
        foreach (var value in data) _queue.Enqueue(value);
        Deliver();
    }

    public void Break() => (_receiver as IBreakReceiver)?.ReceiveBreak();

    private void Deliver()
    {
        Span<byte> chunk = stackalloc byte[256];
        while (_queue.Count > 0)
        {
            // Set before the receiver is asked: one that gets room after its answer sees it and calls back.
            _waits = true;
            var room = _receiver?.InputRoom ?? int.MaxValue;
            if (room <= 0) return;
            var count = Math.Min(Math.Min(room, chunk.Length), _queue.Count);
            for (var i = 0; i < count; i++) chunk[i] = _queue.Dequeue();
            _receiver?.Receive(chunk[..count]);
        }
        if (!_waits) return;
        _waits = false;
        shared.OnRoom(this);
    }
}
