using System.Runtime.InteropServices;
using Mimus.Core.Timing;

namespace Mimus.Translation.Tests.Ir;

/// <summary>A clock on which no time passes, however many cycles do: everybody who computes it comes to the same.</summary>
internal static unsafe class StandingTime
{
    private const ulong Nanoseconds = 1_000_000_001, Offset = 77, Whole = 3, Half = 1ul << 63;

    private static readonly ClockRecord[] s_record = GC.AllocateArray<ClockRecord>(1, pinned: true);
    private static readonly ulong[] s_offset = GC.AllocateArray<ulong>(1, pinned: true);

    static StandingTime()
    {
        s_record[0].Publish(ulong.MaxValue, 0, 0, (long)Nanoseconds);
        s_offset[0] = Offset;
    }

    public static TickSource Source => new(Marshal.UnsafeAddrOfPinnedArrayElement(s_record, 0), Marshal.UnsafeAddrOfPinnedArrayElement(s_offset, 0), Whole, Half);

    public static ulong Ticks => (Nanoseconds * Whole) + (Nanoseconds / 2) + Offset;
}
