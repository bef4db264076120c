using Mimus.Isa.RiscV;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Machines;

/// <summary>All that a hart and its memory begin with, and where the program ends.</summary>
/// <param name="State">The registers.</param>
/// <param name="FurtherCsrs">Control registers that are set before those of the state.</param>
/// <param name="Pages">Memory, by physical page; all else is zero.</param>
/// <param name="Stop">Where the program ends.</param>
/// <param name="Lost">Where it ends when its harness has lost control of it.</param>
internal sealed record ProgramImage(
    RiscVSnapshot State, IReadOnlyList<(int Number, ulong Value)> FurtherCsrs, IReadOnlyDictionary<ulong, byte[]> Pages, ulong Stop, ulong Lost)
{
    private const int FirstCsr = 65;
    private const ulong Dirty = 3;

    /// <summary>mstatus.FS, which writing floating-point registers changes, so that it is set last.</summary>
    public ulong? FloatStatus { get; init; }

    /// <summary>Gives the registers to a hart that rests.</summary>
    public void SetRegisters(RiscVHart hart)
    {
        hart.Reset();
        foreach (var (number, value) in FurtherCsrs) hart.Debug.TryWriteRegister(FirstCsr + number, value);
        State.ApplyTo(hart);
        // As the hart has it, dirty is all ones.
        if (FloatStatus is { } status) hart.Registers.FloatStatus = status == Dirty ? ulong.MaxValue : status;
    }
}
