using Mimus.Isa.X86;
using Mimus.Isa.X86.Instructions;

namespace Mimus.Translation.Evaluator.X86;

/// <summary>The semantics of x86 for the evaluator, looked up when first needed.</summary>
internal static unsafe class X86Handlers
{
    private const int VariantCount = 16;

    private static readonly nint[] s_handlers = new nint[X86Instructions.Count * VariantCount];

    public static delegate*<ref EvaluatorOps, in X86Operands, void> Find(int method, in X86Operands operands)
    {
        var variant = InstructionDecoder.VariantOf(method, operands);
        ref var handler = ref s_handlers[(method * VariantCount) + variant];
        if (handler == 0) handler = (nint)X86Instructions.Handler<EvaluatorOps, U>(method, variant);
        return (delegate*<ref EvaluatorOps, in X86Operands, void>)handler;
    }

    public static void InvalidOpcode(ref EvaluatorOps ops, in X86Operands operands) => ops.TrapIf(new U(1), Fault.InvalidOpcode, default);

    /// <summary>An instruction that goes on beyond the 15 bytes that one may have.</summary>
    public static void TooLong(ref EvaluatorOps ops, in X86Operands operands) => ops.TrapIf(new U(1), Fault.GeneralProtection, default);

    /// <summary>Not an instruction, but the way to the one at this address: behind a run, or where code has changed.</summary>
    public static void Link(ref EvaluatorOps ops, in X86Operands operands)
    {
        ops.Count--;
        ops.Target = ops.Pc;
        ops.Outcome = Engine.Outcome.Branch;
    }
}
