using System.Diagnostics;
using System.Text;
using Mimus.Boards;
using Mimus.Control.Qmp;
using Mimus.TestSupport;

namespace Mimus.Cli.Tests;

/// <summary>A PC on a terminal of its own: what is typed there reaches its keyboard, its screen reaches the terminal, which is given back as it was.</summary>
public sealed class TerminalRunTests : IDisposable
{
    private const string Typed = "zZ\\|yY1!/?[{ end";
    private const int DisketteBytes = 1_474_560;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    // A boot sector that shows every key: mov ah,0; int 16h; mov ah,0eh; int 10h; jmp back
    private static readonly byte[] s_echo = [0xb4, 0x00, 0xcd, 0x16, 0xb4, 0x0e, 0xcd, 0x10, 0xeb, 0xf6];

    private readonly string _folder = Directory.CreateTempSubdirectory("mimus-test-").FullName;
    private readonly StringBuilder _output = new();
    private Process? _process;

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill(entireProcessTree: true);
        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [FactNeeding(Need.TerminalRecorder)]
    public async Task Keys_go_to_the_machine_and_its_screen_comes_back()
    {
        string socket = Path.Combine(_folder, "qmp"), diskette = Path.Combine(_folder, "diskette");
        var image = new byte[DisketteBytes];
        s_echo.CopyTo(image, 0);
        (image[510], image[511]) = (0x55, 0xaa);
        File.WriteAllBytes(diskette, image);
        var line = $"dotnet exec {typeof(Failures).Assembly.Location} --as=system-x86_64 -bios mimus -display curses -qmp unix:{socket},server=on,wait=off -fda {diskette}";
        var start = new ProcessStartInfo("script", ["-q", "-e", "-c", line, "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 };
        var process = _process = Process.Start(start)!;
        var reader = Task.Run(() => Collect(process.StandardOutput));

        WaitFor("the start", () => ReadScreen(socket).Any(l => l.Contains("starting", StringComparison.Ordinal)));
        await process.StandardInput.WriteAsync(Typed);
        await process.StandardInput.FlushAsync();
        WaitFor("what was typed", () => ReadScreen(socket).Any(l => l.Contains(Typed, StringComparison.Ordinal)));

        await process.StandardInput.WriteAsync("\u0001x");
        await process.StandardInput.FlushAsync();
        Assert.True(process.WaitForExit(s_patience));
        Assert.Equal(0, process.ExitCode);
        await reader;
        Assert.Contains("\e[?1049h", Output, StringComparison.Ordinal);
        Assert.EndsWith("\e[0m\e[?25h\e[?1049l", Output, StringComparison.Ordinal);
        Assert.False(File.Exists(socket));
    }

    private string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>The screen's lines; none while there is no socket yet, or no text.</summary>
    private static IReadOnlyList<string> ReadScreen(string socket)
    {
        try
        {
            using var client = QmpClient.Connect(socket);
            return client.ReadScreen();
        }
        catch (ConfigurationException)
        {
            return [];
        }
    }

    private void Collect(StreamReader reader)
    {
        var buffer = new char[1024];
        for (int count; (count = reader.Read(buffer)) > 0;)
        {
            lock (_output) _output.Append(buffer, 0, count);
        }
    }

    private void WaitFor(string what, Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, s_patience), $"{what} did not come: {Output}");
}
