using System.Runtime.InteropServices;
using Mimus.Host;

namespace Mimus.Core.Timing;

/// <summary>
/// How a time is computed from the host's cycles, in native memory, so that C# and emitted code compute the same. It holds for a while only: for
/// a number of cycles from a first one. As long as it holds, time is a function of the cycles that all threads share.
/// </summary>
/// <remarks>
/// A reader takes <see cref="Validity"/>, then the cycles and the other fields, and last sees that the validity is still what it was: before
/// anything else changes it becomes 0, and hardly ever again what it once was. The fields are apart from what else is written near them.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 160)]
public unsafe struct ClockRecord
{
    public const int ValidityOffset = 64, CyclesOffset = 72, MultiplierOffset = 80, NanosecondsOffset = 88;

    /// <summary>For how many cycles the record holds; 0 where there is none.</summary>
    [FieldOffset(ValidityOffset)]
    public ulong Validity;

    /// <summary>The first cycle.</summary>
    [FieldOffset(CyclesOffset)]
    public ulong Cycles;

    /// <summary>Nanoseconds a cycle, in units of 2^-64: less than one.</summary>
    [FieldOffset(MultiplierOffset)]
    public ulong Multiplier;

    /// <summary>The time at the first cycle.</summary>
    [FieldOffset(NanosecondsOffset)]
    public long Nanoseconds;

    /// <summary>The time at the end of the validity, which no reader has seen more than.</summary>
    public readonly long End => Nanoseconds + (long)Math.BigMul(Validity, Multiplier, out _);

    public bool TryRead(out long nanoseconds)
    {
        nanoseconds = 0;
        var validity = Volatile.Read(ref Validity);
        if (validity == 0) return false;
        var cycles = HostCycles.Now - Volatile.Read(ref Cycles);
        if (cycles >= validity) return false;
        nanoseconds = Volatile.Read(ref Nanoseconds) + (long)Math.BigMul(cycles, Volatile.Read(ref Multiplier), out _);
        return Volatile.Read(ref Validity) == validity;
    }

    /// <summary>Replaces the record by another. One thread at a time.</summary>
    public void Publish(ulong validity, ulong cycles, ulong multiplier, long nanoseconds)
    {
        Revoke();
        Volatile.Write(ref Cycles, cycles);
        Volatile.Write(ref Multiplier, multiplier);
        Volatile.Write(ref Nanoseconds, nanoseconds);
        Volatile.Write(ref Validity, validity);
    }

    public void Revoke() => Volatile.Write(ref Validity, 0);
}
