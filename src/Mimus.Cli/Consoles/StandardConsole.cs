using Mimus.Core.Timing;
using Mimus.Host;

namespace Mimus.Cli.Consoles;

/// <summary>Standard input and output. A terminal is in raw mode while the machine runs.</summary>
internal sealed class StandardConsole(bool keepsSignals) : HostConsole
{
    private IDisposable? _rawMode;

    public override void Write(ReadOnlySpan<byte> data) => _ = Terminal.Write(Terminal.StandardOutput, data);

    public override void Start(EventLoop loop)
    {
        _rawMode = Terminal.EnterRawMode(Terminal.StandardInput, keepsSignals);
        base.Start(loop);
    }

    /// <summary>Gives the terminal back as it was.</summary>
    public void Restore() => _rawMode?.Dispose();

    public override void Dispose()
    {
        Restore();
        base.Dispose();
    }

    protected override int Read(Span<byte> buffer) => Terminal.Read(Terminal.StandardInput, buffer);
}
