using Mimus.Isa;
using Mimus.Translation.Evaluator;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Engine;

/// <summary>What the translator asks of an instruction set beyond what the evaluator does.</summary>
internal interface ITranslatedIsa : IEvaluatedIsa
{
    static abstract SpecialSlots SpecialSlots { get; }

    /// <summary>Records the semantics of an instruction.</summary>
    static abstract void Record(EmulatedCpu cpu, uint word, int length, ref IrBuilder builder);
}
