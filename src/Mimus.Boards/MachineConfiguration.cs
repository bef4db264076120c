using Mimus.Boards.Smbios;
using Mimus.Core.Backends;

namespace Mimus.Boards;

/// <summary>Everything that is asked of a machine, by whatever front end. Paths are checked when the machine is built.</summary>
public sealed record MachineConfiguration
{
    public const ulong DefaultMemory = 128ul << 20;

    /// <summary>The name of the board, such as <c>virt</c>.</summary>
    public string Board { get; init; } = "virt";

    /// <summary>Parts of the board that were switched on or off.</summary>
    public IReadOnlyDictionary<string, bool> Switches { get; init; } = new Dictionary<string, bool>();

    public int Cpus { get; init; } = 1;

    /// <summary>The processor model, with properties: <c>rv64,zba=off,+zfh</c>.</summary>
    public string? CpuModel { get; init; }

    public ulong MemoryBytes { get; init; } = DefaultMemory;

    /// <summary><c>none</c>, <c>default</c> or a file.</summary>
    public string Firmware { get; init; } = "default";

    /// <summary>Where firmware is looked for by its name, before the usual folders.</summary>
    public IReadOnlyList<string> FirmwareFolders { get; init; } = [];

    public string? KernelPath { get; init; }

    /// <summary>A kernel that is in memory already, in place of a file; its name is for messages.</summary>
    public byte[]? KernelImage { get; init; }

    /// <summary>Whether there is a kernel to start.</summary>
    public bool HasKernel => KernelPath is not null || KernelImage is not null;

    public string? InitrdPath { get; init; }

    public string CommandLine { get; init; } = "";

    public string? DeviceTreePath { get; init; }

    /// <summary>Files to put into memory beside the kernel.</summary>
    public IReadOnlyList<LoaderRequest> Loaders { get; init; } = [];

    /// <summary>Devices beyond the board's own, in the order in which they were asked for.</summary>
    public IReadOnlyList<DeviceRequest> Devices { get; init; } = [];

    /// <summary>The board's serial lines; a missing one leads nowhere.</summary>
    public IReadOnlyList<IConsole> SerialLines { get; init; } = [];

    /// <summary>Disks by the id that device requests name.</summary>
    public IReadOnlyDictionary<string, IDisk> Disks { get; init; } = new Dictionary<string, IDisk>();

    /// <summary>Consoles by the id that device requests name.</summary>
    public IReadOnlyDictionary<string, IConsole> Consoles { get; init; } = new Dictionary<string, IConsole>();

    /// <summary>Defaults of device properties: <c>-global driver.property=value</c>.</summary>
    public IReadOnlyList<GlobalProperty> Globals { get; init; } = [];

    /// <summary>From which devices firmware starts, as letters: diskette a, disk c, CD d, network n.</summary>
    public string? BootOrder { get; init; }

    /// <summary>Firmware asks from which device to start.</summary>
    public bool HasBootMenu { get; init; }

    /// <summary>How long firmware waits before it starts over when nothing could be started, in milliseconds; -1 for ever.</summary>
    public int? BootRetryMilliseconds { get; init; }

    /// <summary>Nobody looks at the display, so firmware uses the first serial line in its place.</summary>
    public bool IsHeadless { get; init; }

    /// <summary>The machine's UUID, in the usual form.</summary>
    public string? Uuid { get; init; }

    /// <summary>What SMBIOS shall say.</summary>
    public IReadOnlyList<SmbiosRequest> Smbios { get; init; } = [];

    public IEntropySource? Entropy { get; init; }
}
