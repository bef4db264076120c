using Mimus.Core.Cpus;

namespace Mimus.Control.Gdb;

/// <summary>
/// The debugger's breakpoints and watchpoints. A debugger removes all of them at each stop and sets them again before it lets
/// the program run; so changes take effect when the program runs, and cost nothing when they cancel each other out.
/// </summary>
internal sealed class DebugPointSet(Vm vm)
{
    /// <summary>More than anybody sets by hand, and few enough to look through.</summary>
    private const int MaximumBreakpoints = 1024, MaximumWatchpoints = 64;

    private readonly HashSet<ulong> _software = [], _hardware = [];
    private readonly HashSet<Watchpoint> _watchpoints = [];
    private HashSet<ulong> _appliedBreakpoints = [];
    private HashSet<Watchpoint> _appliedWatchpoints = [];

    public bool IsSoftware(ulong address) => _software.Contains(address);

    public bool IsHardware(ulong address) => _hardware.Contains(address);

    public bool Contains(Watchpoint watchpoint) => _watchpoints.Contains(watchpoint);

    /// <summary>Adds a breakpoint; false when there are too many.</summary>
    public bool TryAdd(ulong address, bool isHardware)
    {
        var set = isHardware ? _hardware : _software;
        return set.Contains(address) || (set.Count < MaximumBreakpoints && set.Add(address));
    }

    public bool TryAdd(Watchpoint watchpoint) =>
        _watchpoints.Contains(watchpoint) || (_watchpoints.Count < MaximumWatchpoints && _watchpoints.Add(watchpoint));

    public void Remove(ulong address, bool isHardware) => (isHardware ? _hardware : _software).Remove(address);

    public void Remove(Watchpoint watchpoint) => _watchpoints.Remove(watchpoint);

    public void Clear()
    {
        _software.Clear();
        _hardware.Clear();
        _watchpoints.Clear();
    }

    /// <summary>Makes the machine stop at the points as they are now. A step of one processor does not ask for breakpoints.</summary>
    public void Apply(bool stepsAlone)
    {
        HashSet<ulong> breakpoints = [.. _software, .. _hardware];
        if (_watchpoints.SetEquals(_appliedWatchpoints) && (stepsAlone || breakpoints.SetEquals(_appliedBreakpoints))) return;
        _appliedBreakpoints = breakpoints;
        _appliedWatchpoints = [.. _watchpoints];
        vm.WhileResting(() =>
        {
            vm.Debug.Breakpoints = breakpoints;
            vm.Debug.Watchpoints = [.. _watchpoints];
            if (vm.State != VmState.Stopped) vm.ForgetCode();
        });
    }
}
