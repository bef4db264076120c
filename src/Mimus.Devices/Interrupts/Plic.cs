using System.Numerics;
using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Interrupts;

/// <summary>
/// The platform-level interrupt controller of RISC-V machines (RISC-V PLIC specification 1.0.0), with level-triggered gateways.
/// Its inputs are the numbers of its sources; each context is an interrupt line of one privilege mode of one hart.
/// </summary>
public sealed class Plic : IMmioDevice, IIrqSink
{
    /// <summary>The size of the register window that holds the given number of contexts.</summary>
    public static ulong SizeFor(int contexts) => ContextBase + (ulong)contexts * ContextStride;

    private const int MaximumSources = 1024, MaximumContexts = 15872; // chapter 3

    private const ulong PriorityBase = 0x000000;    // chapter 4: one 32-bit register a source
    private const ulong PendingBase = 0x001000;     // chapter 5: one bit a source
    private const ulong EnableBase = 0x002000;      // chapter 6: one bit a source for each context
    private const ulong EnableStride = 0x80;
    private const ulong ContextBase = 0x200000;     // chapters 7 to 9
    private const ulong ContextStride = 0x1000;
    private const ulong Threshold = 0, Claim = 4;   // in each context's page

    private readonly int _words;
    private readonly uint _priorityMask;
    private readonly IrqLine[] _contexts;
    private readonly Lock _lock = new(); // taken inside the locks of devices, held while the harts' lock-free inputs change

    private readonly uint[] _priority, _level, _pending, _claimed;
    private readonly uint[] _enable; // _words for each context
    private readonly uint[] _threshold;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="sources">The number of sources with source 0, which does not exist.</param>
    /// <param name="highestPriority">The highest priority, one less than a power of two.</param>
    /// <param name="contexts">The interrupt line of each context.</param>
    public Plic(string name, int sources, int highestPriority, IReadOnlyList<IrqLine> contexts)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sources, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sources, MaximumSources);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(contexts.Count, MaximumContexts);
        if (highestPriority < 1 || !BitOperations.IsPow2((uint)highestPriority + 1))
            throw new ArgumentOutOfRangeException(nameof(highestPriority), highestPriority, "must be one less than a power of two");
        Name = name;
        _words = (sources + 31) / 32;
        _priorityMask = (uint)highestPriority;
        _contexts = [.. contexts];
        _priority = new uint[sources];
        _level = new uint[_words];
        _pending = new uint[_words];
        _claimed = new uint[_words];
        _enable = new uint[_words * contexts.Count];
        _threshold = new uint[contexts.Count];
    }

    public string Name { get; }

    public void SetLine(int input, bool high)
    {
        if (input <= 0 || input >= _priority.Length) return;
        var word = input / 32;
        var bit = 1u << input;
        lock (_lock)
        {
            if (!high)
            {
                // Chapter 5: a request that has passed the gateway stays although the device has changed its mind.
                _level[word] &= ~bit;
                return;
            }
            _level[word] |= bit;
            if (((_claimed[word] | _pending[word]) & bit) != 0) return;
            _pending[word] |= bit;
            Update();
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        if (data.Length != sizeof(uint) || offset % sizeof(uint) != 0)
        {
            data.Clear();
            return;
        }
        lock (_lock) Register.Answer(data, ReadLocked(offset));
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.Length != sizeof(uint) || offset % sizeof(uint) != 0) return;
        lock (_lock) WriteLocked(offset, (uint)Register.Value(data));
    }

    public void Reset()
    {
        lock (_lock)
        {
            // The levels are the devices' own outputs, which their resets lower.
            Array.Clear(_priority);
            Array.Clear(_pending);
            Array.Clear(_claimed);
            Array.Clear(_enable);
            Array.Clear(_threshold);
            Update();
        }
    }

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Fields(1, "priority", _priority);
            v.Fields(2, "level", _level);
            v.Fields(3, "pending", _pending);
            v.Fields(4, "claimed", _claimed);
            v.Fields(5, "enable", _enable);
            v.Fields(6, "threshold", _threshold);
            if (!v.IsRestoring) return;
            foreach (var priority in _priority)
            {
                if (priority > _priorityMask) StateVisitor.Refuse($"{Name}: a priority above the highest");
            }
            for (var i = 0; i < _words; i++)
            {
                if (((_level[i] | _pending[i] | _claimed[i]) & ~Existing(i)) != 0) StateVisitor.Refuse($"{Name}: a source that does not exist");
            }
            Update();
            foreach (var context in _contexts) context.Redrive(context.IsHigh);
        }
    }

    private uint ReadLocked(ulong offset)
    {
        if (offset < PendingBase)
        {
            var source = offset / sizeof(uint);
            return source < (ulong)_priority.Length ? _priority[source] : 0;
        }
        if (offset < EnableBase)
        {
            var word = (offset - PendingBase) / sizeof(uint);
            return word < (ulong)_words ? _pending[word] : 0;
        }
        if (offset < ContextBase) return TryEnableWord(offset, out var index, out _) ? _enable[index] : 0;
        var context = (offset - ContextBase) / ContextStride;
        if (context >= (ulong)_contexts.Length) return 0;
        return (offset % ContextStride) switch
        {
            Threshold => _threshold[context],
            Claim => ClaimLocked((int)context),
            _ => 0,
        };
    }

    private void WriteLocked(ulong offset, uint value)
    {
        if (offset < PendingBase)
        {
            var source = offset / sizeof(uint);
            if (source == 0 || source >= (ulong)_priority.Length) return;
            _priority[source] = value & _priorityMask;
            Update();
        }
        else if (offset is >= EnableBase and < ContextBase)
        {
            if (!TryEnableWord(offset, out var index, out var word)) return;
            _enable[index] = value & Existing(word);
            Update();
        }
        else if (offset >= ContextBase)
        {
            var context = (offset - ContextBase) / ContextStride;
            if (context >= (ulong)_contexts.Length) return;
            switch (offset % ContextStride)
            {
                case Threshold:
                    _threshold[context] = value & _priorityMask;
                    Update();
                    break;
                case Claim:
                    CompleteLocked((int)context, value);
                    break;
            }
        }
    }

    /// <summary>Chapter 8: the source of the highest priority that waits for this context, whatever its threshold; 0 when there is none.</summary>
    private uint ClaimLocked(int context)
    {
        var best = Best(context, 0);
        if (best == 0) return 0;
        _pending[best / 32] &= ~(1u << best);
        _claimed[best / 32] |= 1u << best;
        Update();
        return (uint)best;
    }

    /// <summary>Chapter 9: the gateway may send its next request; a source that is not enabled here is ignored.</summary>
    private void CompleteLocked(int context, uint source)
    {
        if (source >= (uint)_priority.Length) return;
        var word = (int)source / 32;
        var bit = 1u << (int)source;
        if ((_enable[context * _words + word] & _claimed[word] & bit) == 0) return;
        _claimed[word] &= ~bit;
        _pending[word] |= _level[word] & bit;
        Update();
    }

    private bool TryEnableWord(ulong offset, out int index, out int word)
    {
        var context = (offset - EnableBase) / EnableStride;
        word = (int)((offset % EnableStride) / sizeof(uint));
        index = 0;
        if (context >= (ulong)_contexts.Length || word >= _words) return false;
        index = (int)context * _words + word;
        return true;
    }

    /// <summary>Which bits of a word stand for sources: all but 0 and those past the last.</summary>
    private uint Existing(int word)
    {
        var count = Math.Min(32, _priority.Length - word * 32);
        var mask = count == 32 ? uint.MaxValue : (1u << count) - 1;
        return word == 0 ? mask & ~1u : mask;
    }

    /// <summary>The pending and enabled source with the highest priority above the threshold, of equals the lowest number.</summary>
    private int Best(int context, uint threshold)
    {
        var best = 0;
        var bestPriority = threshold;
        for (var word = 0; word < _words; word++)
        {
            for (var bits = _pending[word] & _enable[context * _words + word]; bits != 0; bits &= bits - 1)
            {
                var source = word * 32 + BitOperations.TrailingZeroCount(bits);
                if (_priority[source] <= bestPriority) continue;
                best = source;
                bestPriority = _priority[source];
            }
        }
        return best;
    }

    private void Update()
    {
        for (var i = 0; i < _contexts.Length; i++) _contexts[i].Set(Best(i, _threshold[i]) != 0);
    }
}
