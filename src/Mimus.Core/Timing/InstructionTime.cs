using Mimus.Core.Cpus;
using Mimus.Core.State;

namespace Mimus.Core.Timing;

/// <summary>
/// Time that is made of executed instructions: each takes 2^shift nanoseconds, whichever processor runs it. Beyond that it only
/// passes when all processors wait and somebody lets it.
/// </summary>
public sealed class InstructionTime : IStateful
{
    /// <summary>The longest that an instruction may take: 2^10 nanoseconds.</summary>
    public const int MaximumShift = 10;

    private readonly int _shift;
    private IReadOnlyList<GuestCpu> _cpus = [];
    private ulong _before; // instructions of the machine that were not executed by these processors
    private long _skipped; // nanoseconds in which nothing was executed

    public InstructionTime(int shift)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(shift);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shift, MaximumShift);
        _shift = shift;
    }

    /// <summary>Instructions that the machine has executed.</summary>
    public ulong Instructions
    {
        get
        {
            var sum = _before;
            foreach (var cpu in _cpus) sum += cpu.Executed;
            return sum;
        }
    }

    public long Nanoseconds => _skipped + (long)(Instructions << _shift);

    /// <summary>Says whose instructions count, once, when the machine is built.</summary>
    public void CountOn(IReadOnlyList<GuestCpu> cpus) => _cpus = cpus;

    /// <summary>How many instructions it takes until a time has come; at least one.</summary>
    public ulong InstructionsUntil(long deadline)
    {
        var left = Math.Max(1, deadline - Nanoseconds);
        return ((ulong)left + (1ul << _shift) - 1) >> _shift;
    }

    /// <summary>Time passes without an instruction.</summary>
    public void Skip(long nanoseconds) => _skipped += nanoseconds;

    public void State(StateVisitor v)
    {
        var instructions = Instructions;
        v.Field(1, "instructions", ref instructions);
        v.Field(2, "skipped", ref _skipped);
        if (v.IsRestoring) _before += instructions - Instructions;
    }
}
