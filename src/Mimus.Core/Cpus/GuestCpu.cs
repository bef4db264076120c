using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Core.Cpus;

/// <summary>
/// The architectural side of one processor: its state, what its instructions need from C#, and its interrupt inputs.
/// Engines run it; the debugger and snapshots read it.
/// </summary>
public abstract class GuestCpu(int index, string name, CpuMemory memory) : IDevice, IIrqSink, IDisposable
{
    public int Index { get; } = index;

    public string Name { get; } = name;

    public VcpuSignal Signal { get; } = new(memory);

    /// <summary>The registers as a debugger sees them.</summary>
    public abstract ICpuDebug Debug { get; }

    /// <summary>Instructions that it has carried out and traps that it has taken since it was made, the running stretch included.</summary>
    public abstract ulong Executed { get; }

    /// <summary>Where an engine that counts stops: when <see cref="Executed"/> has come to this. Set while the vCPU does not run.</summary>
    public ulong ExecutionLimit { get; set; } = ulong.MaxValue;

    public abstract void Reset();

    public abstract void State(StateVisitor v);

    /// <summary>Changes an interrupt input. Any thread may call.</summary>
    public abstract void SetLine(int input, bool high);

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing) Signal.Dispose();
    }
}
