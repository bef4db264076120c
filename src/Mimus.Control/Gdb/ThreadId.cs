namespace Mimus.Control.Gdb;

/// <summary>The debugger's numbers for processors: the first is 1, because 0 and -1 have meanings of their own.</summary>
internal static class ThreadId
{
    public const int All = -1, Any = 0;

    public static ulong Of(int cpuIndex) => (ulong)cpuIndex + 1;
}
