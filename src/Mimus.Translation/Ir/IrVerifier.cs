using System.Diagnostics;

namespace Mimus.Translation.Ir;

/// <summary>The rules that a unit keeps, whoever made it.</summary>
internal static class IrVerifier
{
    public const int SlotCount = 256;

    /// <summary>In debug builds only: a unit that breaks a rule is a defect of whoever made it.</summary>
    [Conditional("DEBUG")]
    public static void Assert(IrUnit unit)
    {
        if (FindFault(unit) is { } fault) throw new InvalidOperationException($"{fault}\n{IrPrinter.Print(unit)}");
    }

    /// <summary>The first broken rule as a sentence; null where all are kept.</summary>
    public static string? FindFault(IrUnit unit)
    {
        if (unit.Blocks.Count == 0) return "there is no block";
        int at = 0, guest = 0;
        for (var b = 0; b < unit.Blocks.Count; b++)
        {
            var block = unit.Blocks[b];
            if (block.First != at || block.Last < block.First || block.Last > unit.Count) return $"block {b} does not follow on the one before";
            for (var other = 0; other < b; other++)
            {
                if (unit.Blocks[other].Pc == block.Pc) return $"blocks {other} and {b} begin at the same address";
            }
            if (FaultOfGuests(unit, block, b, guest) is { } wrongGuests) return wrongGuests;
            if (FaultOfInsts(unit, block, guest) is { } wrong) return wrong;
            if (FaultOfEnd(unit, block) is { } wrongEnd) return $"block {b} {wrongEnd}";
            at = block.Last;
            guest += block.Instructions;
        }
        if (at != unit.Count) return "operations are outside of blocks";
        return guest == unit.Guests.Count ? null : "guest instructions are outside of blocks";
    }

    private static string? FaultOfGuests(IrUnit unit, in IrBlock block, int number, int first)
    {
        if (block.Instructions < 1 || first + block.Instructions > unit.Guests.Count) return $"block {number} has {block.Instructions} guest instructions";
        for (var i = 0; i < block.Instructions; i++)
        {
            var (pc, ordinal) = unit.Guests[first + i];
            if (ordinal != i) return $"the instruction at 0x{pc:x} is number {i} of its block, not {ordinal}";
            if (i == 0 ? pc != block.Pc : pc <= unit.Guests[first + i - 1].Pc) return $"the instruction at 0x{pc:x} is not in order";
        }
        return block.After > unit.Guests[first + block.Instructions - 1].Pc ? null : $"block {number} ends before its last instruction";
    }

    private static string? FaultOfInsts(IrUnit unit, in IrBlock block, int guest)
    {
        // A slot is read from memory at most once, and before it is written: later readers take the value that is known.
        Span<bool> isKnown = stackalloc bool[SlotCount];
        isKnown.Clear();
        var last = guest + block.Instructions;
        for (var id = block.First; id < block.Last; id++)
        {
            ref var inst = ref unit.Insts[id];
            if (!Enum.IsDefined(inst.Op)) return $"v{id} is no operation";
            ref readonly var info = ref IrOps.Info(inst.Op);
            if (inst.Guest < guest || inst.Guest >= last) return Fault(unit, id, "is not of the guest instruction before it or after it");
            guest = inst.Guest;
            if (FaultOfOperands(unit, block, id, info) is { } wrong) return Fault(unit, id, wrong);
            if (FaultOfNumbers(unit, inst, info) is { } wrongNumber) return Fault(unit, id, wrongNumber);
            if (inst.Op == IrOp.ReadSlot && isKnown[inst.Slot]) return Fault(unit, id, "reads a slot whose value is known");
            if (inst.Op is IrOp.ReadSlot or IrOp.WriteSlot) isKnown[inst.Slot] = true;
            if (inst.Op is IrOp.Call or IrOp.TryCall) isKnown.Clear();
            if (inst.Op == IrOp.VectorLoad) isKnown.Slice(inst.Slot, inst.Kind / sizeof(ulong)).Clear();
            if (inst.Op == IrOp.Vector && VectorOperands.Unpack(inst.Immediate) is var vectors) isKnown.Slice(vectors.Target, vectors.Bytes / sizeof(ulong)).Clear();
        }
        return null;
    }

    private static string? FaultOfOperands(IrUnit unit, in IrBlock block, int id, in IrOpInfo info)
    {
        ref var inst = ref unit.Insts[id];
        for (var i = 0; i < 3; i++)
        {
            var operand = i switch { 0 => inst.A, 1 => inst.B, _ => inst.C };
            if (i >= info.Operands)
            {
                if (operand != Inst.None) return $"takes {info.Operands} operands";
                continue;
            }
            if (operand == Inst.None)
            {
                // What a helper does not look at may be missing.
                if (inst.Op == IrOp.FloatCall && i > 0) continue;
                return "lacks an operand";
            }
            if (operand < block.First || operand >= id) return $"uses v{operand}, which is not defined before it in the block";
            if (!IrOps.Info(unit.Insts[operand].Op).HasResult) return $"uses v{operand}, which has no result";
        }
        return null;
    }

    private static string? FaultOfNumbers(IrUnit unit, in Inst inst, in IrOpInfo info)
    {
        if (!IrNames.IsValid(info.Kind, inst.Kind)) return $"cannot have {info.Kind} {inst.Kind}";
        if (!IrNames.IsValid(info.Variant, inst.Variant)) return $"cannot have {info.Variant} {inst.Variant}";
        var helpers = inst.Op switch
        {
            IrOp.ReadSlot or IrOp.WriteSlot => SlotCount,
            IrOp.VectorLoad or IrOp.VectorStore => SlotCount - (inst.Kind / sizeof(ulong)) + 1,
            IrOp.Vector => Enum.GetValues<IrVector>().Length,
            IrOp.Call or IrOp.TryCall => unit.Helpers.Count,
            IrOp.FloatCall => unit.FloatHelpers.Count,
            IrOp.FloatCompare or IrOp.IntegerToFloat => 1,
            _ => info.Kind == IrKind.Float ? unit.FloatHelpers.Count : 1,
        };
        if (inst.Slot < 0 || inst.Slot >= helpers) return $"names slot or helper {inst.Slot} of {helpers}";
        return inst.Op switch
        {
            IrOp.Constant => null,
            IrOp.Vector => VectorOperands.Unpack(inst.Immediate).Bytes is 16 or 32 ? null : "has vectors of no such length",
            IrOp.Load or IrOp.LoadForUpdate or IrOp.Store or IrOp.VectorLoad or IrOp.VectorStore => (long)inst.Immediate == (int)inst.Immediate ? null : "has a displacement of more than 32 bits",
            IrOp.FloatCall => IrNames.IsRounding(inst.Immediate) ? null : "has no rounding mode",
            IrOp.FloatToInteger => inst.Immediate <= 1 ? null : "rounds in a way that the host's instruction does not",
            _ => inst.Immediate == 0 ? null : "has a number that nobody looks at",
        };
    }

    private static string? FaultOfEnd(IrUnit unit, in IrBlock block)
    {
        var mayHaveCondition = block.End == BlockEnd.Goto && block.Refresh;
        if (block.End == BlockEnd.Branch || block.EndsIndirectly || (mayHaveCondition && block.Value != Inst.None))
        {
            if (!Defines(unit, block, block.Value)) return "ends with a value that it does not define";
        }
        else if (block.Value != Inst.None) return "ends with a value that nobody looks at";
        if (block.Context != Inst.None && !(block.Refresh && block.EndsIndirectly && Defines(unit, block, block.Context))) return "goes on in a context that it does not define";
        if (block.End != BlockEnd.Never) return Enum.IsDefined(block.End) ? null : "has no end";
        if (block.Last == block.First || unit.Insts[block.Last - 1].Op is not (IrOp.TrapIf or IrOp.GuardZero)) return "has no end, and does not leave";
        ref var condition = ref unit.Insts[unit.Insts[block.Last - 1].A];
        return condition.Op == IrOp.Constant && condition.Immediate != 0 ? null : "has no end, and does not always leave";
    }

    private static bool Defines(IrUnit unit, in IrBlock block, int value) =>
        value >= block.First && value < block.Last && IrOps.Info(unit.Insts[value].Op).HasResult;

    private static string Fault(IrUnit unit, int id, string what) => $"'{IrPrinter.Print(unit, id)}' {what}";
}
