using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;

namespace Mimus.Core.Cpus;

/// <summary>What a vCPU is connected to.</summary>
public sealed record VcpuEnvironment(AddressSpace Bus, GuestMemory Memory, DebugPoints Debug, MachineLog Log);
