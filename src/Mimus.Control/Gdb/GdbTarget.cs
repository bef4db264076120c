using Mimus.Core.Cpus;
using Mimus.Isa;

namespace Mimus.Control.Gdb;

/// <summary>The machine as a connected debugger sees it: threads for processors, and what the debugger has chosen.</summary>
internal sealed class GdbTarget(Vm vm)
{
    /// <summary>What the protocol promises to accept in one packet.</summary>
    public const int PacketSize = 0x4000;

    public Vm Vm => vm;

    public IReadOnlyList<EmulatedCpu> Cpus => vm.Machine.Cpus;

    /// <summary>The processor whose registers and memory are meant.</summary>
    public int Selected { get; set; }

    /// <summary>The processors that <c>c</c> and <c>s</c> mean: one, or all.</summary>
    public int SelectedToRun { get; set; } = ThreadId.All;

    /// <summary>Memory addresses are physical.</summary>
    public bool PhysicalMemory { get; set; }

    /// <summary>A stepped program should see its own next instruction, not the machine's timer.</summary>
    public StepOptions StepOptions { get; set; } = StepOptions.HoldInterrupts | StepOptions.HoldTime;

    /// <summary>The debugger understands that a stop says which kind of breakpoint it was.</summary>
    public bool ReportsBreakpointKind { get; set; }

    public ICpuDebug Debug => Cpus[Selected].Debug;

    /// <summary>The processor of a thread that the debugger names, or of any thread.</summary>
    public bool TryCpu(int thread, out int cpuIndex)
    {
        cpuIndex = thread is ThreadId.Any or ThreadId.All ? Selected : thread - 1;
        return cpuIndex >= 0 && cpuIndex < Cpus.Count;
    }

    /// <summary>Does something while no processor runs; false when the machine is over and has nothing to look at.</summary>
    public bool TryRest(Action act)
    {
        var done = false;
        vm.WhileResting(() =>
        {
            if (vm.State == VmState.Stopped) return;
            act();
            done = true;
        });
        return done;
    }
}
