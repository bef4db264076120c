using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Isa;

namespace Mimus.Running;

/// <summary>
/// Whose turn it is, where processors run one after the other: each for so many instructions, or until it waits. A part of the
/// machine's state, since what a guest does depends on it.
/// </summary>
internal sealed class CpuTurns(int cpuCount) : IDevice
{
    /// <summary>Short enough that a processor which waits for another in a loop does not do so for long.</summary>
    private const ulong InstructionsPerTurn = 10_000;

    /// <summary>The turn of a processor that has no other to wait for it.</summary>
    private const ulong Unlimited = ulong.MaxValue / 2;

    private readonly byte[] _isWaiting = new byte[cpuCount];
    private int _current;
    private ulong _left;

    public string Name => "turns";

    public int Current => _current;

    /// <summary>What is left of the current turn.</summary>
    public ulong Left => _left;

    /// <summary>Finds out who runs now; false when nobody can.</summary>
    public bool TryNext(IReadOnlyList<EmulatedCpu> cpus, IReadOnlyCollection<int>? chosen)
    {
        if (_left != 0 && CanRun(cpus[_current], chosen)) return true;
        for (var i = 1; i <= cpuCount; i++)
        {
            var next = (_current + i) % cpuCount;
            if (!CanRun(cpus[next], chosen)) continue;
            _current = next;
            _left = cpuCount == 1 ? Unlimited : InstructionsPerTurn;
            _isWaiting[next] = 0;
            return true;
        }
        return false;
    }

    /// <summary>Whether a processor has something to run and is among those chosen.</summary>
    public bool CanRun(EmulatedCpu cpu, IReadOnlyCollection<int>? chosen) =>
        !cpu.IsStopped && (_isWaiting[cpu.Index] == 0 || cpu.HasInterrupt) && (chosen is null || chosen.Contains(cpu.Index));

    public void Spend(ulong instructions) => _left -= Math.Min(_left, instructions);

    /// <summary>The current turn ends early: the processor waits for an interrupt, or until it is started again.</summary>
    public void End(bool isWaiting)
    {
        _isWaiting[_current] = isWaiting ? (byte)1 : (byte)0;
        _left = 0;
    }

    /// <summary>A processor that was stepped does not wait any more.</summary>
    public void Wake(int cpu) => _isWaiting[cpu] = 0;

    public void Reset()
    {
        Array.Clear(_isWaiting);
        _current = cpuCount - 1; // the first is next
        _left = 0;
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "current", ref _current, cpuCount - 1);
        v.Field(2, "left", ref _left);
        v.Bytes(3, "waiting", _isWaiting);
    }
}
