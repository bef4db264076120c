namespace Mimus.Core.Cpus;

/// <summary>Why a vCPU returned from running guest code.</summary>
public enum VcpuExit
{
    /// <summary>Somebody asked it to stop.</summary>
    Kicked,

    /// <summary>The guest waits for an interrupt.</summary>
    Halted,

    /// <summary>A breakpoint or watchpoint of the debugger was met; the instruction there has not run.</summary>
    Breakpoint,

    /// <summary>The one instruction that was asked for has run.</summary>
    SingleStep,

    /// <summary>As many instructions have run as were allowed.</summary>
    Counted,

    /// <summary>The engine cannot go on; <see cref="IVcpu.Failure"/> says why.</summary>
    Failed,
}
