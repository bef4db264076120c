using Mimus.Isa;

namespace Mimus.Translation.Evaluator;

/// <summary>A decoded instruction: the semantics, specialised for the evaluator, and the operands.</summary>
internal unsafe struct DecodedInstruction
{
    public delegate*<ref EvaluatorOps, in Operands, void> Handler;
    public Operands Operands;
}
