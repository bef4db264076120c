namespace Mimus.Cli.Running;

/// <summary>The host side of a console, which serial lines, devices and monitors name by its id.</summary>
internal sealed record ConsolePlan(string Id, ConsoleKind Kind)
{
    /// <summary>Several may use it; a key switches between them.</summary>
    public bool IsShared { get; init; }

    /// <summary>The terminal's own keys, such as Ctrl-C, keep their meaning.</summary>
    public bool KeepsSignals { get; init; }

    /// <summary>The file, or the Unix-domain socket.</summary>
    public string? Path { get; init; }

    public bool Appends { get; init; }

    public string Host { get; init; } = "127.0.0.1";

    public int Port { get; init; }

    /// <summary>Listens for a client instead of being one.</summary>
    public bool IsServer { get; init; }

    /// <summary>The machine does not start before a client has come.</summary>
    public bool WaitsForClient { get; init; }
}
