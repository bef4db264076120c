using System.Collections.Frozen;

namespace Mimus.Core.Cpus;

/// <summary>What an access must do to hit a watchpoint.</summary>
[Flags]
public enum WatchKind
{
    Read = 1,
    Write = 2,
}

/// <summary>A range of virtual addresses whose accesses stop the machine.</summary>
public readonly record struct Watchpoint(ulong Address, ulong Length, WatchKind Kind);

/// <summary>A watchpoint that was met, and the address that met it.</summary>
public sealed record WatchHit(Watchpoint Watchpoint, ulong Address);

/// <summary>
/// The debugger's breakpoints and watchpoints, by virtual address, the same for all vCPUs of a machine. Changed only while no
/// vCPU runs, and followed by <see cref="IVcpu.Forget"/>.
/// </summary>
public sealed class DebugPoints
{
    private FrozenSet<ulong>? _breakpoints;
    private IReadOnlyList<Watchpoint>? _watchpoints;

    public IReadOnlyCollection<ulong> Breakpoints
    {
        get => _breakpoints ?? [];
        set => _breakpoints = value.Count == 0 ? null : value.ToFrozenSet();
    }

    public IReadOnlyList<Watchpoint> Watchpoints
    {
        get => _watchpoints ?? [];
        set => _watchpoints = value.Count == 0 ? null : value;
    }

    public bool HasWatchpoints => _watchpoints is not null;

    public bool IsBreakpoint(ulong address) => _breakpoints is not null && _breakpoints.Contains(address);

    /// <summary>Whether a breakpoint stands at this offset of any page: code is decoded by physical page, breakpoints are virtual.</summary>
    public bool HasPageOffset(ulong address)
    {
        if (_breakpoints is null) return false;
        foreach (var breakpoint in _breakpoints)
        {
            if (((breakpoint ^ address) & 0xfff) == 0) return true;
        }
        return false;
    }

    /// <summary>Whether a watchpoint lies on the page, so that its accesses cannot take the fast path.</summary>
    public bool WatchesPage(ulong pageAddress, ulong pageSize)
    {
        if (_watchpoints is null) return false;
        foreach (var watch in _watchpoints)
        {
            if (Overlap(watch, pageAddress, pageSize)) return true;
        }
        return false;
    }

    /// <summary>The watchpoint that an access meets, or null.</summary>
    public WatchHit? Find(ulong address, ulong length, WatchKind kind)
    {
        if (_watchpoints is null) return null;
        foreach (var watch in _watchpoints)
        {
            if ((watch.Kind & kind) != 0 && Overlap(watch, address, length))
                return new WatchHit(watch, address - watch.Address < watch.Length ? address : watch.Address);
        }
        return null;
    }

    /// <summary>By distances, because a range may end at the top of the address space or a debugger's may go beyond it.</summary>
    private static bool Overlap(Watchpoint watch, ulong address, ulong length) =>
        address - watch.Address < watch.Length || watch.Address - address < length;
}
