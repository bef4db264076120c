using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;

namespace Mimus.Core.Cpus;

/// <summary>What a vCPU is connected to.</summary>
public sealed record VcpuEnvironment(AddressSpace Bus, GuestMemory Memory, DebugPoints Debug, MachineLog Log)
{
    /// <summary>Held for atomic accesses that are not to one piece of RAM: to devices, or to two pages.</summary>
    public Lock BusLock { get; } = new();

    /// <summary>Engines count: they stop exactly at <see cref="GuestCpu.ExecutionLimit"/>, and see what was asked of them after every instruction.</summary>
    public bool CountsInstructions { get; init; }
}
