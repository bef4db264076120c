using System.Text;
using Mimus.Core.Backends;

namespace Mimus.TestSupport;

/// <summary>A serial line that remembers what the guest wrote and types what a test wants to say.</summary>
public sealed class RecordingConsole : IConsole
{
    private readonly StringBuilder _output = new();
    private readonly Queue<byte> _input = new();
    private readonly object _changed = new();
    private IConsoleReceiver? _receiver;

    public string Output
    {
        get
        {
            lock (_changed) return _output.ToString();
        }
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        lock (_changed)
        {
            _output.Append(Encoding.Latin1.GetString(data));
            Monitor.PulseAll(_changed);
        }
    }

    public void Attach(IConsoleReceiver receiver) => _receiver = receiver;

    public void InputWanted() => Feed();

    /// <summary>Types text as fast as the guest takes it.</summary>
    public void Type(string text)
    {
        lock (_input)
        {
            foreach (var b in Encoding.Latin1.GetBytes(text)) _input.Enqueue(b);
        }
        Feed();
    }

    /// <summary>Waits until the guest has written <paramref name="text"/> after position <paramref name="from"/>; the position behind it.</summary>
    public int WaitFor(string text, int from = 0, int seconds = 300)
    {
        var end = Environment.TickCount64 + (seconds * 1000L);
        lock (_changed)
        {
            while (true)
            {
                var output = _output.ToString();
                var at = output.IndexOf(text, Math.Min(from, output.Length), StringComparison.Ordinal);
                if (at >= 0) return at + text.Length;
                var left = end - Environment.TickCount64;
                if (left <= 0 || !Monitor.Wait(_changed, (int)Math.Min(left, int.MaxValue)))
                    throw new TimeoutException($"the guest did not write '{text}'; it wrote last: {output[Math.Max(0, output.Length - 600)..]}");
            }
        }
    }

    private void Feed()
    {
        lock (_input)
        {
            while (_receiver is { } receiver && _input.Count > 0 && receiver.InputRoom > 0) receiver.Receive([_input.Dequeue()]);
        }
    }
}
