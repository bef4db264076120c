using System.Globalization;
using Mimus.Boards;

namespace Mimus.Cli.Images;

/// <summary>Measures many reads or writes of one size.</summary>
internal static class BenchVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("bench", words, "f: c: d: s: S: o: w q n U t: i: pattern: flush-interval: no-drain follow");
        arguments.RequireOperands(1, 1, "a file");
        var count = Value(arguments, "c", 75000);
        var depth = (int)Math.Clamp(Value(arguments, "d", 64), 1, 64);
        var size = (int)Math.Min(Value(arguments, "s", 4096), 1 << 28);
        var step = Value(arguments, "S", size);
        var first = Value(arguments, "o", 0);
        var flushInterval = arguments.Get("flush-interval") is { } f ? ImageArguments.Number("--flush-interval", f) : 0;
        var pattern = (byte)(arguments.Get("pattern") is { } p ? ImageArguments.Number("--pattern", p) : 0);
        var writes = arguments.Has("w");
        using var disk = ImageSource.Open(arguments, arguments.Operands[0], readOnly: !writes);
        if (size <= 0 || size > disk.Length) throw new ConfigurationException($"bench: requests of {size} bytes do not fit the disk's {disk.Length}");
        HostOutput.WriteLine($"Sending {count} {(writes ? "write" : "read")} requests, {size} bytes each, {depth} in parallel (starting at offset {first}, step size {step})");
        var start = TimeProvider.System.GetTimestamp();
        var next = -1L;
        Exception? failure = null;
        var threads = Enumerable.Range(0, Math.Min(depth, Environment.ProcessorCount)).Select(_ => new Thread(() =>
        {
            var buffer = new byte[size];
            buffer.AsSpan().Fill(pattern);
            try
            {
                for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
                {
                    var offset = (first + (i * step)) % Math.Max(1, disk.Length - size + 1);
                    if (writes) disk.Write(offset, buffer);
                    else disk.Read(offset, buffer);
                    if (writes && flushInterval > 0 && i % flushInterval == flushInterval - 1) disk.Flush();
                }
            }
            catch (IOException e)
            {
                Interlocked.CompareExchange(ref failure, e, null);
                Interlocked.Exchange(ref next, count);
            }
        })).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        if (failure is not null) throw failure;
        HostOutput.WriteLine($"Run completed in {TimeProvider.System.GetElapsedTime(start).TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture)} seconds.");
        return 0;
    }

    private static long Value(ImageArguments arguments, string name, long otherwise) => arguments.Get(name) is { } text ? ImageArguments.Size("-" + name, text) : otherwise;
}
