using Mimus.Isa;
using Mimus.Isa.RiscV;
using Mimus.Isa.RiscV.Instructions;
using Mimus.Translation.Evaluator;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Engine;

/// <summary>RISC-V for the engines: its instruction table, specialised.</summary>
internal readonly unsafe struct RunRiscV : IEvaluatedIsa
{
    /// <summary>Handlers by row, looked up when first needed.</summary>
    private static readonly nint[] s_handlers = new nint[RiscVInstructions.Count];

    private static readonly nint[] s_recorders = new nint[RiscVInstructions.Count];

    /// <summary>The rows, which only traces need.</summary>
    private static readonly Lazy<InstructionRow[]> s_rows = new(RiscVInstructions.CreateRows);

    /// <summary>Instructions whose two lowest bits are both set are four bytes long.</summary>
    public static int Length(ushort first) => (first & 3) == 3 ? 4 : 2;

    public static DecodedInstruction Decode(EmulatedCpu cpu, uint word, int length)
    {
        var decoded = default(DecodedInstruction);
        var row = Row(cpu, word, length, ref decoded.Operands);
        decoded.Operands.Length = (byte)(length / 2);
        decoded.Handler = row < 0 ? &Illegal : Handler(row);
        return decoded;
    }

    /// <summary>Records the semantics of an instruction.</summary>
    public static void Record(EmulatedCpu cpu, uint word, int length, ref IrBuilder builder)
    {
        var operands = default(Operands);
        var row = Row(cpu, word, length, ref operands);
        operands.Length = (byte)(length / 2);
        if (row < 0)
        {
            builder.TrapIf(builder.Constant(1), Cause.IllegalInstruction, builder.Constant(0));
            return;
        }
        if (s_recorders[row] == 0) s_recorders[row] = (nint)RiscVInstructions.Handler<IrBuilder, Value>(row);
        ((delegate*<ref IrBuilder, in Operands, void>)s_recorders[row])(ref builder, in operands);
    }

    public static string Name(EmulatedCpu cpu, uint word, int length)
    {
        var operands = default(Operands);
        var row = Row(cpu, word, length, ref operands);
        return row < 0 ? "illegal" : s_rows.Value[row].Name;
    }

    private static int Row(EmulatedCpu cpu, uint word, int length, ref Operands operands)
    {
        var features = (ulong)((RiscVHart)cpu).Configuration.Extensions;
        return length == 2 ? RiscVInstructions.Decode16(word, features, ref operands) : RiscVInstructions.Decode32(word, features, ref operands);
    }

    private static delegate*<ref EvaluatorOps, in Operands, void> Handler(int row)
    {
        if (s_handlers[row] == 0) s_handlers[row] = (nint)RiscVInstructions.Handler<EvaluatorOps, U>(row);
        return (delegate*<ref EvaluatorOps, in Operands, void>)s_handlers[row];
    }

    private static void Illegal(ref EvaluatorOps ops, in Operands operands) => ops.TrapIf(new U(1), Cause.IllegalInstruction, default);
}
