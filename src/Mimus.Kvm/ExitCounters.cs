using System.Numerics;
using System.Runtime.InteropServices;
using Mimus.Core.Cpus;

namespace Mimus.Kvm;

/// <summary>Counts one processor's exits by reason and place, with the time until the guest goes on.</summary>
internal sealed class ExitCounters
{
    private const int Buckets = 64;

    private readonly Dictionary<(ExitReason Reason, bool IsWrite, ulong Place), Counter> _counters = [];

    /// <summary>Notes an exit.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="isWrite">Whether the guest gave something.</param>
    /// <param name="place">The port, or the start of the region.</param>
    /// <param name="nanoseconds">How long the processor was out.</param>
    public void Add(ExitReason reason, bool isWrite, ulong place, long nanoseconds)
    {
        ref var counter = ref CollectionsMarshal.GetValueRefOrAddDefault(_counters, (reason, isWrite, place), out _);
        counter.Histogram ??= new ulong[Buckets];
        counter.Count++;
        counter.Nanoseconds += (ulong)nanoseconds;
        counter.Histogram[BitOperations.Log2((ulong)nanoseconds | 1)]++;
    }

    /// <summary>The counts, the most frequent first.</summary>
    /// <param name="subject">What to call a place.</param>
    public IReadOnlyList<ExitCount> ToList(Func<ExitReason, ulong, string> subject) =>
    [
        .. _counters.OrderByDescending(c => c.Value.Count)
            .Select(c => new ExitCount(Name(c.Key.Reason, c.Key.IsWrite), subject(c.Key.Reason, c.Key.Place), c.Value.Count, c.Value.Nanoseconds, c.Value.Histogram)),
    ];

    private static string Name(ExitReason reason, bool isWrite) => reason switch
    {
        ExitReason.Io => isWrite ? "port write" : "port read",
        ExitReason.Mmio => isWrite ? "device write" : "device read",
        ExitReason.Halt => "halt",
        ExitReason.InterruptWindow => "interrupt window",
        ExitReason.Interrupted => "kick",
        ExitReason.SetPriority => "priority",
        ExitReason.Debug => "debug",
        ExitReason.MsrRead => "MSR read",
        ExitReason.MsrWrite => "MSR write",
        _ => reason.ToString(),
    };

    private struct Counter
    {
        public ulong Count, Nanoseconds;
        public ulong[] Histogram;
    }
}
