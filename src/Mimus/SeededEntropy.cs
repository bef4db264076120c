using System.Buffers.Binary;
using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus;

/// <summary>
/// Numbers that look random and are the same for the same seed, and a part of the machine's state: SplitMix64 (Steele, Lea,
/// Flood: "Fast splittable pseudorandom number generators", 2014). For repeatable runs, not for secrets.
/// </summary>
public sealed class SeededEntropy(ulong seed) : IEntropySource, IDevice
{
    private const ulong Gamma = 0x9e37_79b9_7f4a_7c15;

    private readonly Lock _lock = new();
    private ulong _state = seed;

    public string Name => "entropy";

    public void Fill(Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        lock (_lock)
        {
            while (!destination.IsEmpty)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(word, Next());
                var taken = Math.Min(word.Length, destination.Length);
                word[..taken].CopyTo(destination);
                destination = destination[taken..];
            }
        }
    }

    /// <summary>What was given once is not given again by switching a machine off and on.</summary>
    public void Reset()
    {
    }

    public void State(StateVisitor v)
    {
        lock (_lock) v.Field(1, "state", ref _state);
    }

    private ulong Next()
    {
        var z = _state += Gamma;
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
        return z ^ (z >> 31);
    }
}
