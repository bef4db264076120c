using Mimus.Boards;
using Mimus.Cli.Running;
using Mimus.Core.Diagnostics;
using Mimus.Translation.Engine;

namespace Mimus.Cli.Qemu;

/// <summary>What the options of a command line add up to; rows of the table write it, <see cref="PlanMapping"/> reads it.</summary>
internal sealed class QemuRequest(string program, Architecture architecture)
{
    public string Program { get; } = program;

    public Architecture Architecture { get; } = architecture;

    /// <summary>The board that was asked for, or the usual one.</summary>
    public IBoard Board => BoardCatalog.Find(Machine.Board, Architecture.Boards);

    /// <summary>A text that was asked for in place of a machine.</summary>
    public string? Answer { get; set; }

    public MachineConfiguration Machine { get; set; } = new() { Board = architecture.DefaultBoard.Name, CpuModel = architecture.DefaultCpu };

    public List<string> Accelerators { get; } = [];

    public TranslatorOptions EngineOptions { get; set; } = new();

    public CountedTime? CountedTime { get; set; }

    public List<DeviceRequest> Devices { get; } = [];

    public List<LoaderRequest> Loaders { get; } = [];

    public List<GlobalProperty> Globals { get; } = [];

    public List<DriveRequest> Drives { get; } = [];

    /// <summary>Nodes of <c>-blockdev</c> by name.</summary>
    public Dictionary<string, BlockNode> Nodes { get; } = [];

    public bool IsSnapshot { get; set; }

    public List<ConsolePlan> Consoles { get; } = [];

    /// <summary>The consoles of the serial lines, by id.</summary>
    public List<string> SerialLines { get; } = [];

    public List<string> Monitors { get; } = [];

    /// <summary>Monitors were asked for, if only to have none.</summary>
    public bool HasMonitorOption { get; set; }

    /// <summary>The consoles that speak QMP.</summary>
    public List<string> ControlConsoles { get; } = [];

    /// <summary>The console that shows the machine's screen.</summary>
    public string? ScreenConsole { get; set; }

    /// <summary>What the machine says at its debug port goes there.</summary>
    public string? DebugConsole { get; set; }

    public bool HasNoGraphic { get; set; }

    public bool HasNoDisplay { get; set; }

    /// <summary>The terminal shows the screen's text.</summary>
    public bool HasTerminalScreen { get; set; }

    public bool HasNoDefaults { get; set; }

    public char Escape { get; set; } = RunPlan.StandardEscape;

    public string? MachineName { get; set; }

    public bool StartsPaused { get; set; }

    public bool StopsOnReset { get; set; }

    public bool PausesOnPowerOff { get; set; }

    public string? DebuggerAddress { get; set; }

    public string? SnapshotPath { get; set; }

    public string? ProcessIdPath { get; set; }

    public LogItems LogItems { get; set; }

    public string? LogPath { get; set; }

    public AddressFilter? LogFilter { get; set; }

    public string? DeviceTreeDumpPath { get; set; }

    public List<string> Warnings { get; } = [];
}
