using Mimus.Boards;
using Mimus.Core.Diagnostics;
using Mimus.Translation.Engine;

namespace Mimus.Cli.Running;

/// <summary>Everything that a run needs, resolved from either dialect of the command line. Nothing is opened yet.</summary>
internal sealed record RunPlan
{
    /// <summary>Where the board is from.</summary>
    public required Architecture Architecture { get; init; }

    /// <summary>The engine's name; the best there is where nothing else was asked for.</summary>
    public string Engine { get; init; } = EngineCatalog.Names[0];

    public TranslatorOptions EngineOptions { get; init; } = new();

    /// <summary>How time is counted in instructions; null for the host's time.</summary>
    public CountedTime? CountedTime { get; init; }

    public const char StandardEscape = '\x01';

    /// <summary>The program's name in messages.</summary>
    public required string Program { get; init; }

    /// <summary>What a person is told when the quit key ended the machine.</summary>
    public required string Farewell { get; init; }

    /// <summary>What a monitor says first.</summary>
    public required string MonitorBanner { get; init; }

    public required string MonitorPrompt { get; init; }

    /// <summary>What a monitor says about the program.</summary>
    public required string Version { get; init; }

    /// <summary>The machine, without its disks and consoles.</summary>
    public required MachineConfiguration Machine { get; init; }

    public IReadOnlyList<DiskPlan> Disks { get; init; } = [];

    public IReadOnlyList<ConsolePlan> Consoles { get; init; } = [];

    /// <summary>The consoles of the board's serial lines.</summary>
    public IReadOnlyList<string> SerialLines { get; init; } = [];

    /// <summary>The consoles that have a monitor.</summary>
    public IReadOnlyList<string> Monitors { get; init; } = [];

    /// <summary>The consoles that speak QMP.</summary>
    public IReadOnlyList<string> ControlConsoles { get; init; } = [];

    /// <summary>The console that shows the machine's screen; null for none.</summary>
    public string? ScreenConsole { get; init; }

    /// <summary>The key that introduces commands to a shared console; zero for none.</summary>
    public char Escape { get; init; } = StandardEscape;

    public string? MachineName { get; init; }

    public bool StartsPaused { get; init; }

    public bool StopsOnReset { get; init; }

    public bool PausesOnPowerOff { get; init; }

    /// <summary>Where a debugger connects: <c>tcp::1234</c>, <c>unix:PATH</c>.</summary>
    public string? DebuggerAddress { get; init; }

    /// <summary>A saved machine to go on with.</summary>
    public string? SnapshotPath { get; init; }

    public string? ProcessIdPath { get; init; }

    public LogItems LogItems { get; init; }

    /// <summary>Where the log goes; null for standard error.</summary>
    public string? LogPath { get; init; }

    /// <summary>The guest code that the log is limited to; null for all.</summary>
    public AddressFilter? LogFilter { get; init; }

    /// <summary>Write the device tree there and do not run.</summary>
    public string? DeviceTreeDumpPath { get; init; }

    /// <summary>What to tell before the start.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
