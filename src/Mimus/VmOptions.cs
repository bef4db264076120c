using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;

namespace Mimus;

/// <summary>How a machine is run, apart from what it is.</summary>
public sealed record VmOptions
{
    /// <summary>Makes the engine; by default the evaluator.</summary>
    public Func<IAccelerator>? Accelerator { get; init; }

    public MachineLog Log { get; init; } = MachineLog.Silent;

    /// <summary>Counts time in instructions, so that every run does the same; null for the host's time.</summary>
    public CountedTime? CountedTime { get; init; }

    /// <summary>A reset by the guest ends the machine (<c>-no-reboot</c>).</summary>
    public bool StopOnReset { get; init; }

    /// <summary>A power-off by the guest pauses the machine (<c>-no-shutdown</c>).</summary>
    public bool PauseOnPowerOff { get; init; }
}
