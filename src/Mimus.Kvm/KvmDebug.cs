using Mimus.Core.Cpus;
using Mimus.Kvm.Kernel;

namespace Mimus.Kvm;

/// <summary>The debugger's points in the four debug registers of a processor (SDM volume 3, 18.2).</summary>
internal sealed unsafe class KvmDebug(KvmFile vcpu, DebugPoints points)
{
    private const int Most = 4;

    private bool _isStale = true, _steps;

    /// <summary>Why the points cannot be set; null when they are.</summary>
    public string? Problem { get; private set; }

    /// <summary>Points were changed.</summary>
    public void Forget() => _isStale = true;

    /// <summary>Brings the points to the kernel if they, or stepping, have changed.</summary>
    public void Apply(bool steps)
    {
        if (!_isStale && steps == _steps) return;
        (_isStale, _steps) = (false, steps);
        Problem = null;
        GuestDebug debug = default;
        var used = 0;
        // A step is done even where a breakpoint stands.
        foreach (var address in steps ? [] : points.Breakpoints) Add(&debug, ref used, address, condition: 0, length: 1);
        foreach (var watch in points.Watchpoints) Add(&debug, ref used, watch.Address, (watch.Kind & WatchKind.Read) != 0 ? 3u : 1u, watch.Length);
        if (used > Most) Problem = $"{used} breakpoints and watchpoints are set, and KVM has {Most}; remove some, or use -accel tcg";
        if (used > 0) debug.Control |= GuestDebug.UsesRegisters;
        if (steps) debug.Control |= GuestDebug.Steps;
        if (debug.Control != 0) debug.Control |= GuestDebug.IsOn;
        if (Problem is null) vcpu.Call(KvmCalls.SetGuestDebug, &debug);
    }

    private void Add(GuestDebug* debug, ref int used, ulong address, ulong condition, ulong length)
    {
        if (used < Most)
        {
            ulong size = length switch { 1 => 0, 2 => 1, 8 => 2, _ => 3 };
            debug->Registers[used] = address;
            debug->Registers[7] |= (2ul << (2 * used)) | (condition << (16 + (4 * used))) | (size << (18 + (4 * used)));
        }
        used++;
    }

    /// <summary>The watchpoint that a debug exit's status register names, or null.</summary>
    public WatchHit? FindHit(ulong status)
    {
        var number = points.Breakpoints.Count;
        foreach (var watch in points.Watchpoints)
        {
            if (number < Most && (status & (1ul << number)) != 0) return new WatchHit(watch, watch.Address);
            number++;
        }
        return null;
    }
}
