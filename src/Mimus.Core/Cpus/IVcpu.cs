namespace Mimus.Core.Cpus;

/// <summary>One virtual processor of an accelerator. Except where it says otherwise, only its own thread calls.</summary>
public interface IVcpu : IDisposable
{
    GuestCpu Cpu { get; }

    /// <summary>Why the last run ended with <see cref="VcpuExit.Failed"/>.</summary>
    string? Failure { get; }

    /// <summary>Which watchpoint ended the last run with <see cref="VcpuExit.Breakpoint"/>; null for a breakpoint.</summary>
    WatchHit? WatchHit { get; }

    /// <summary>Runs guest code until something concerns the caller.</summary>
    VcpuExit Run();

    /// <summary>
    /// Runs one instruction, even where a breakpoint stands, or takes an interrupt that is due, unless interrupts are held.
    /// </summary>
    VcpuExit Step(StepOptions options = StepOptions.None);

    /// <summary>
    /// Forgets all it knows of guest code and translations: memory, registers or debug points were changed from outside.
    /// Called while the vCPU does not run.
    /// </summary>
    void Forget();
}
