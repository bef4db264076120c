using Mimus.TestSupport.RiscV;
using Mimus.TestSupport.RiscV.Generation;

namespace Mimus.Engines.Tests.Programs;

/// <summary>What the registers of a random program are for.</summary>
internal static class Registers
{
    /// <summary>The two registers that calls may link with, by the manual's convention for return-address stacks.</summary>
    public const int Link = Rv.Ra, OtherLink = Rv.T0;

    /// <summary>Point to pages that only the program's own parts change.</summary>
    public const int Frame = Rv.Gp, Constants = Rv.Tp;

    /// <summary>Count the iterations of the program, and of the loops in its main part.</summary>
    public const int Iterations = 26, Outer = 27, Inner = 30;

    /// <summary>Registers that random instructions may write.</summary>
    /// <param name="forControlRegisters">Those that hold values for control registers are kept.</param>
    public static IReadOnlyList<int> Free(bool forControlRegisters) => [.. Enumerable.Range(1, 31).Where(r => !IsReserved(r, forControlRegisters))];

    public static bool IsReserved(int register, bool forControlRegisters) => register switch
    {
        Link or OtherLink or Frame or Constants or Iterations or Outer or Inner => true,
        Pointers.Code => false,
        >= Pointers.InterruptBits and <= Pointers.StatusBits => forControlRegisters,
        _ => Pointers.IsReserved(register),
    };
}
