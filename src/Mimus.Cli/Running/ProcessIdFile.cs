using System.Globalization;

namespace Mimus.Cli.Running;

/// <summary>A file that tells the process's number while it runs.</summary>
internal sealed class ProcessIdFile : IDisposable
{
    private readonly string _path;

    private ProcessIdFile(string path)
    {
        _path = path;
        File.WriteAllText(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
    }

    public static ProcessIdFile? Create(string? path) => path is null ? null : new ProcessIdFile(path);

    public void Dispose() => File.Delete(_path);
}
