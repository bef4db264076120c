using Mimus.Translation.Ir;

namespace Mimus.Translation.Engine;

/// <summary>An instruction set as the translator sees it: how the code of one vCPU is found, interpreted, recorded and named.</summary>
internal interface IFrontEnd : IDisposable
{
    ICodePath Code { get; }

    IInterpreter Interpreter { get; }

    SpecialSlots SpecialSlots { get; }

    /// <summary>Whether what decides how instructions run now is not what they were compiled for.</summary>
    bool MustInterpret { get; }

    /// <summary>Whether guests change how the host computes with floating-point numbers beyond its flags.</summary>
    bool HasFloatControl { get; }

    /// <summary>Whether guests load what they reserve: see <see cref="X64.CompilerSettings"/>.</summary>
    bool HasReservations { get; }

    /// <summary>
    /// Records the instruction at an address of a page; the result is its length, or 0 where it cannot be compiled, and then nothing was recorded.
    /// </summary>
    int Record(ref IrBuilder builder, ulong pc, CompilablePage page, IStraddling straddling);

    /// <summary>The instruction at an address as text.</summary>
    string Describe(ulong pc, CompilablePage page, CompilablePage? next);

    /// <summary>
    /// What the host's floating point has flagged since the last time becomes the guest's flags; the control is left as it is to be while the guest's
    /// code runs.
    /// </summary>
    void FoldFloatFlags(ref uint control);
}

/// <summary>Where instructions go on that begin at the end of a page.</summary>
internal interface IStraddling
{
    /// <summary>The next page, if what is being recorded may depend on it; else null.</summary>
    CompilablePage? PageAfter(ulong pc);
}
