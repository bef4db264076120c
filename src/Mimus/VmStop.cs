using Mimus.Core.Cpus;

namespace Mimus;

/// <summary>A vCPU stopped for the debugger or could not go on; the whole machine is paused.</summary>
/// <param name="CpuIndex">Which vCPU.</param>
/// <param name="Exit">Why.</param>
/// <param name="WatchHit">The watchpoint, when that was why.</param>
public sealed record VmStop(int CpuIndex, VcpuExit Exit, WatchHit? WatchHit)
{
    /// <summary>What the engine says of it, when it could not go on.</summary>
    public string? Failure { get; init; }
}
