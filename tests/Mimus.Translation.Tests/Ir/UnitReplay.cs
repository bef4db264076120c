using Mimus.Isa;
using Mimus.Isa.FloatingPoint;
using Mimus.Translation.Ir;

namespace Mimus.Translation.Tests.Ir;

/// <summary>Records a unit's operations once more, as instructions would: the builder folds, forwards and finds again what it can.</summary>
internal static class UnitReplay
{
    public static IrUnit Record(IrUnit unit)
    {
        var result = new IrUnit();
        var builder = new IrBuilder(result, new BlockMemory(), new SpecialSlots(-1, -1, -1), canReadTime: true);
        var guest = 0;
        foreach (var block in unit.Blocks)
        {
            RecordBlock(unit, block, guest, ref builder);
            guest += block.Instructions;
        }
        return result;
    }

    private static void RecordBlock(IrUnit unit, in IrBlock block, int guest, ref IrBuilder builder)
    {
        builder.BeginBlock(block.Pc);
        var last = guest + block.Instructions - 1;
        var next = guest;
        var values = new Value[unit.Count];
        for (var id = block.First; id < block.Last && !builder.HasEnded; id++)
        {
            while (next <= unit.Insts[id].Guest) BeginInstruction(ref builder, block);
            values[id] = Record(unit, unit.Insts[id], values, ref builder);
        }
        if (!builder.HasEnded)
        {
            while (next <= last) BeginInstruction(ref builder, block);
            if (block.End == BlockEnd.Branch) builder.BranchIf(values[block.Value], block.Taken);
            else if (block.End == BlockEnd.Return) builder.Return(values[block.Value]);
            else if (block.End == BlockEnd.Indirect) builder.Jump(values[block.Value]);
            else if (block.Value == Inst.None) builder.Jump(builder.Constant(block.Next));
            if (block.Refresh && block.End == BlockEnd.Goto && block.Value != Inst.None) builder.EndBlockIf(values[block.Value]);
            else if (block.Context != Inst.None) builder.EnterContext(values[block.Context]);
            else if (block.Refresh) builder.EndBlock();
        }
        builder.EndBlock(builder.HasEnded ? block.After : block.Next);

        void BeginInstruction(ref IrBuilder b, in IrBlock of)
        {
            var pc = unit.Guests[next].Pc;
            // The last one is so long that what follows it is where the block goes on when it does not jump.
            var fallsThrough = of.End == BlockEnd.Branch || (of.End == BlockEnd.Goto && of.Value != Inst.None);
            b.BeginInstruction(pc, next == last && fallsThrough ? (int)(of.Next - pc) : 4);
            next++;
        }
    }

    private static Value Record(IrUnit unit, Inst inst, Value[] values, ref IrBuilder o)
    {
        Value a = inst.A >= 0 ? values[inst.A] : default, b = inst.B >= 0 ? values[inst.B] : default, c = inst.C >= 0 ? values[inst.C] : default;
        Value result = default;
        var size = (MemorySize)inst.Kind;
        switch (inst.Op)
        {
            case IrOp.Constant: return o.Constant(inst.Immediate);
            case IrOp.ReadSlot: return o.Register(inst.Slot);
            case IrOp.WriteSlot: o.SetRegister(inst.Slot, a); return default;
            case IrOp.Add: return o.Add(a, b);
            case IrOp.Subtract: return o.Subtract(a, b);
            case IrOp.And: return o.And(a, b);
            case IrOp.Or: return o.Or(a, b);
            case IrOp.Xor: return o.Xor(a, b);
            case IrOp.ShiftLeft: return o.ShiftLeft(a, b);
            case IrOp.ShiftRight: return o.ShiftRight(a, b);
            case IrOp.ShiftRightSigned: return o.ShiftRightSigned(a, b);
            case IrOp.RotateRight: return o.RotateRight(a, b);
            case IrOp.RotateRight32: return o.RotateRight32(a, b);
            case IrOp.Multiply: return o.Multiply(a, b);
            case IrOp.MultiplyHighSigned: return o.MultiplyHighSigned(a, b);
            case IrOp.MultiplyHighUnsigned: return o.MultiplyHighUnsigned(a, b);
            case IrOp.MultiplyHighSignedUnsigned: return o.MultiplyHighSignedUnsigned(a, b);
            case IrOp.DivideSigned: return o.DivideSigned(a, b);
            case IrOp.DivideUnsigned: return o.DivideUnsigned(a, b);
            case IrOp.RemainderSigned: return o.RemainderSigned(a, b);
            case IrOp.RemainderUnsigned: return o.RemainderUnsigned(a, b);
            case IrOp.CarrylessMultiplyLow: return o.CarrylessMultiplyLow(a, b);
            case IrOp.CarrylessMultiplyHigh: return o.CarrylessMultiplyHigh(a, b);
            case IrOp.SignExtend: return o.SignExtend(a, size);
            case IrOp.ZeroExtend: return o.ZeroExtend(a, size);
            case IrOp.CountLeadingZeros: return o.CountLeadingZeros(a);
            case IrOp.CountTrailingZeros: return o.CountTrailingZeros(a);
            case IrOp.CountOnes: return o.CountOnes(a);
            case IrOp.ReverseBytes: return o.ReverseBytes(a);
            case IrOp.Compare: return o.Compare((Relation)inst.Kind, a, b);
            case IrOp.Select: return o.Select(a, b, c);
            case IrOp.Load:
                var address = o.Add(a, o.Constant(inst.Immediate));
                if (inst.Variant != 0) o.TryLoadSigned(address, size, out result);
                else o.TryLoad(address, size, out result);
                return result;
            case IrOp.Store: o.TryStore(o.Add(a, o.Constant(inst.Immediate)), size, b); return default;
            case IrOp.LoadReserved: o.TryLoadReserved(a, size, out result); return result;
            case IrOp.StoreConditional: o.TryStoreConditional(a, size, b, out result); return result;
            case IrOp.Atomic: o.TryAtomic((AtomicOperation)inst.Variant, a, size, b, out result); return result;
            case IrOp.LoadForUpdate: o.TryLoadForUpdate(o.Add(a, o.Constant(inst.Immediate)), size, out result); return result;
            case IrOp.CompareExchange: o.TryCompareExchange(a, size, b, c, out result); return result;
            case IrOp.Fence: o.Fence(); return default;
            case IrOp.ReadTime: return o.ReadTime();
            case IrOp.TrapIf: o.TrapIf(a, inst.Kind, b); return default;
            case IrOp.Call: return o.Call(unit.Helpers[inst.Slot], a, b);
            case IrOp.TryCall: o.TryCall(unit.Helpers[inst.Slot], a, b, out result); return result;
            case IrOp.FloatConvert:
                return inst.Kind != 0 ? o.FloatConvert<Binary32, Binary64>(a, o.Constant(0)) : o.FloatConvert<Binary64, Binary32>(a, o.Constant(0));
            default: return inst.Kind != 0 ? RecordFloat<Binary64>(inst, a, b, c, ref o) : RecordFloat<Binary32>(inst, a, b, c, ref o);
        }
    }

    private static Value RecordFloat<TFormat>(Inst inst, Value a, Value b, Value c, ref IrBuilder o) where TFormat : struct, IFloatFormat
    {
        var nearest = o.Constant(0);
        return inst.Op switch
        {
            IrOp.FloatAdd => o.FloatAdd<TFormat>(a, b, nearest),
            IrOp.FloatSubtract => o.FloatSubtract<TFormat>(a, b, nearest),
            IrOp.FloatMultiply => o.FloatMultiply<TFormat>(a, b, nearest),
            IrOp.FloatDivide => o.FloatDivide<TFormat>(a, b, nearest),
            IrOp.FloatSquareRoot => o.FloatSquareRoot<TFormat>(a, nearest),
            IrOp.FloatMultiplyAdd => o.FloatMultiplyAdd<TFormat>(a, b, c, nearest),
            IrOp.FloatCompare => o.FloatCompare<TFormat>((FloatRelation)inst.Variant, a, b),
            IrOp.FloatToInteger => o.FloatToInteger<TFormat>((IntegerType)inst.Variant, a, o.Constant(inst.Immediate)),
            IrOp.IntegerToFloat => o.IntegerToFloat<TFormat>((IntegerType)inst.Variant, a, nearest),
            _ => throw new ArgumentOutOfRangeException(nameof(inst), inst.Op, "instructions do not record this"),
        };
    }
}
