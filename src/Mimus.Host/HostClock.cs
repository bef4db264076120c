using System.Diagnostics;

namespace Mimus.Host;

/// <summary>The host's monotonic time. Only a machine's clock reads it; everything else asks that clock.</summary>
public static class HostClock
{
#pragma warning disable RS0030 // the one place where host time enters
    private static readonly double s_nanosecondsPerTick = 1e9 / Stopwatch.Frequency;

    /// <summary>Nanoseconds since an arbitrary start.</summary>
    public static long Nanoseconds => Stopwatch.Frequency == 1_000_000_000
        ? Stopwatch.GetTimestamp()
        : (long)(Stopwatch.GetTimestamp() * s_nanosecondsPerTick);

    /// <summary>Seconds since 1970-01-01 UTC.</summary>
    public static long UnixNanoseconds => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
#pragma warning restore RS0030
}
