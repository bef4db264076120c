using Mimus.Core.Devices;

namespace Mimus.Devices.Tests.Support;

/// <summary>Interrupt inputs that remember their levels and can be waited for.</summary>
internal sealed class Wires : IIrqSink
{
    private readonly object _changed = new();
    private readonly bool[] _levels;

    public Wires(int count)
    {
        _levels = new bool[count];
        Lines = [.. Enumerable.Range(0, count).Select(i => new IrqLine(this, i))];
    }

    public IReadOnlyList<IrqLine> Lines { get; }

    /// <summary>How many times an input has risen.</summary>
    public int Rises { get; private set; }

    public bool this[int input]
    {
        get
        {
            lock (_changed) return _levels[input];
        }
    }

    public void SetLine(int input, bool high)
    {
        lock (_changed)
        {
            if (high && !_levels[input]) Rises++;
            _levels[input] = high;
            Monitor.PulseAll(_changed);
        }
    }

    /// <summary>Waits until an input is high; only a hang takes the whole patience.</summary>
    public void WaitHigh(int input)
    {
        lock (_changed)
        {
            while (!_levels[input]) Assert.True(Monitor.Wait(_changed, TimeSpan.FromSeconds(60)), $"input {input} stays low");
        }
    }
}
