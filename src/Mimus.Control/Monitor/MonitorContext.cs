namespace Mimus.Control.Monitor;

/// <summary>What a monitor works on, and what it says about the run that only the front end knows.</summary>
public sealed record MonitorContext
{
    public required Vm Vm { get; init; }

    /// <summary>The first line, such as <c>QEMU 10.0.0 monitor - type 'help' for more information</c>.</summary>
    public required string Banner { get; init; }

    public required string Prompt { get; init; }

    /// <summary>The answer to <c>info version</c>.</summary>
    public required string Version { get; init; }

    /// <summary>The version of QEMU whose commands are spoken.</summary>
    public required Version SpokenVersion { get; init; }

    /// <summary>Ends the program with a status.</summary>
    public required Action<int> Quit { get; init; }

    public string? MachineName { get; init; }

    /// <summary>Disks by id, each with a line about it.</summary>
    public IReadOnlyList<MonitorItem> Disks { get; init; } = [];

    /// <summary>Consoles by id, each with a line about it.</summary>
    public IReadOnlyList<MonitorItem> Consoles { get; init; } = [];
}
