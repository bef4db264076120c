using Mimus.Isa.X86;

namespace Mimus.Translation.Evaluator.X86;

/// <summary>A decoded x86 instruction: the semantics, specialised for the evaluator, and the operands.</summary>
internal unsafe struct DecodedX86
{
    public delegate*<ref EvaluatorOps, in X86Operands, void> Handler;
    public X86Operands Operands;
}
