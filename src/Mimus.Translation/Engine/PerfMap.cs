using System.Globalization;

namespace Mimus.Translation.Engine;

/// <summary>
/// The file that tells Linux' perf what code was made at run time: a line with the start, the size and a name, both numbers in
/// hexadecimal. All vCPUs write the same one.
/// </summary>
internal sealed class PerfMap : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StreamWriter _writer;

    public PerfMap()
    {
        // Where perf looks, whatever the temporary folder is.
        var path = string.Create(CultureInfo.InvariantCulture, $"/tmp/perf-{Environment.ProcessId}.map");
        _writer = new StreamWriter(path, append: true) { AutoFlush = true };
    }

    public unsafe void Add(byte* start, long length, string name)
    {
        lock (_lock) _writer.Write(string.Create(CultureInfo.InvariantCulture, $"{(nint)start:x} {length:x} {name}\n"));
    }

    public void Dispose() => _writer.Dispose();
}
