using System.Globalization;
using Mimus.Core.Cpus;

namespace Mimus.Control.Monitor;

/// <summary>Why processors left guest code, how often and for how long: all processors together.</summary>
internal static class ExitReport
{
    private const int ReasonColumn = 18, SubjectColumn = 30, NumberColumn = 12;

    /// <param name="monitor">Who asks.</param>
    /// <param name="argument"><c>-h</c> for whole histograms.</param>
    public static void Run(MonitorSession monitor, string argument)
    {
        var cpus = monitor.Vm.Machine.Cpus.Select(c => monitor.Vm.Exits(c.Index)).ToArray();
        if (Array.TrueForAll(cpus, c => c is null))
        {
            monitor.Say($"engine '{monitor.Vm.AcceleratorName}' does not leave guest code for anything, so there is nothing to tell; 'info jit' may");
            return;
        }
        monitor.Say($"{"reason",-ReasonColumn}{"where",-SubjectColumn}{"count",NumberColumn}{"mean ns",NumberColumn}{"median <",NumberColumn}{"99% <",NumberColumn}{"all <",NumberColumn}");
        foreach (var exit in cpus.SelectMany(c => c ?? []).GroupBy(e => (e.Reason, e.Subject)).Select(g => g.Aggregate(Add)).OrderByDescending(e => e.Count))
        {
            monitor.Say($"{exit.Reason,-ReasonColumn}{exit.Subject,-SubjectColumn}{exit.Count,NumberColumn}{exit.Nanoseconds / exit.Count,NumberColumn}"
                + $"{Bound(exit, 0.5),NumberColumn}{Bound(exit, 0.99),NumberColumn}{Bound(exit, 1),NumberColumn}");
            if (argument == "-h") SayHistogram(monitor, exit);
        }
    }

    private static ExitCount Add(ExitCount a, ExitCount b) =>
        a with { Count = a.Count + b.Count, Nanoseconds = a.Nanoseconds + b.Nanoseconds, Histogram = [.. a.Histogram.Zip(b.Histogram, (x, y) => x + y)] };

    /// <summary>The nanoseconds that a share of the exits took less than, as far as powers of two tell it.</summary>
    private static ulong Bound(ExitCount exit, double share)
    {
        ulong sum = 0;
        var bucket = 0;
        while (bucket < exit.Histogram.Count - 1 && (sum += exit.Histogram[bucket]) < exit.Count * share) bucket++;
        return 2ul << bucket;
    }

    private static void SayHistogram(MonitorSession monitor, ExitCount exit)
    {
        const int Width = 40;
        var most = exit.Histogram.Max();
        for (var i = 0; i < exit.Histogram.Count; i++)
        {
            if (exit.Histogram[i] == 0) continue;
            var bar = new string('#', (int)Math.Max(1, exit.Histogram[i] * Width / most));
            monitor.Say(string.Create(CultureInfo.InvariantCulture, $"{"< " + (2ul << i),ReasonColumn}  {exit.Histogram[i],NumberColumn} {bar}"));
        }
    }
}
