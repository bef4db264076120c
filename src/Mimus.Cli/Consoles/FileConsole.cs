using Microsoft.Win32.SafeHandles;
using Mimus.Core.Timing;

namespace Mimus.Cli.Consoles;

/// <summary>A console whose output goes to a file.</summary>
internal sealed class FileConsole : HostConsole
{
    private readonly SafeFileHandle _file;
    private readonly Lock _lock = new(); // held while the end of the file moves
    private readonly string _path;
    private long _end;
    private bool _failed;

    public FileConsole(string path, bool append)
    {
        _path = path;
        _file = File.OpenHandle(path, append ? FileMode.OpenOrCreate : FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        if (append) _end = RandomAccess.GetLength(_file);
    }

    public override void Write(ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            try
            {
                RandomAccess.Write(_file, data, _end);
                _end += data.Length;
            }
            catch (IOException e)
            {
                // A full disk of the host is no reason to end the guest; a person is told once.
                if (!_failed) HostOutput.ErrorLine($"warning: console output to '{_path}' is being lost: {e.Message}");
                _failed = true;
            }
        }
    }

    public override void Start(EventLoop loop)
    {
    }

    public override void Dispose()
    {
        _file.Dispose();
        base.Dispose();
    }

    protected override int Read(Span<byte> buffer) => 0;
}
