using Mimus.Engines.Tests.Programs;
using Mimus.TestSupport.RiscV;

namespace Mimus.Engines.Tests.Nodes;

internal static class IndirectJump
{
    /// <summary>Jumps to one of a power of two of addresses in a table, chosen by the low bits of a register.</summary>
    /// <param name="w">Where to.</param>
    /// <param name="register">Chooses.</param>
    /// <param name="temporary">A free register, which ends as the target.</param>
    /// <param name="second">Another one, which may be the one that chooses.</param>
    /// <param name="table">The table, in the code.</param>
    /// <param name="count">How many entries it has.</param>
    /// <param name="link">The register for the return address, or none.</param>
    public static void Write(ProgramWriter w, int register, int temporary, int second, Label table, int count, int link = 0)
    {
        w.Code.Emit(Rv.Andi(second, register, count - 1), Rv.Slli(second, second, 3), Rv.Sd(second, Registers.Frame, FrameSlots.Choice));
        w.CodeAsData(temporary, table, second);
        w.Code.Emit(Rv.Ld(second, Registers.Frame, FrameSlots.Choice), Rv.Add(temporary, temporary, second));
        w.Code.Emit(Rv.Ld(temporary, temporary, 0), Rv.Jalr(link, temporary, 0));
    }
}
