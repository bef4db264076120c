using System.Runtime.CompilerServices;

namespace Mimus.Core.Cpus;

/// <summary>
/// The memory of one vCPU at a fixed address: its architectural state, and before it what an engine keeps at hand, so that
/// emitted code reaches both from one register.
/// </summary>
public sealed unsafe class CpuMemory(int stateBytes)
{
    /// <summary>Bytes in front of the state that belong to the engine.</summary>
    public const int EngineBytes = 128 * 1024;

    /// <summary>Where the word of <see cref="VcpuSignal"/> is from the state: in a cache line of its own.</summary>
    public const int AttentionOffset = -64;

    private const int CacheLine = 64;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(EngineBytes + stateBytes + (2 * CacheLine), pinned: true);

    /// <summary>The architectural state; aligned to a cache line, alive as long as this object.</summary>
    public byte* State => (byte*)(((nuint)Unsafe.AsPointer(ref _bytes[0]) + CacheLine - 1) & ~(nuint)(CacheLine - 1)) + EngineBytes;

    internal int* AttentionWord => (int*)(State + AttentionOffset);
}
