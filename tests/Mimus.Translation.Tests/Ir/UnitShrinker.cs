using Mimus.Translation.Ir;

namespace Mimus.Translation.Tests.Ir;

/// <summary>Makes a unit as small as it can be while it still fails.</summary>
internal static class UnitShrinker
{
    /// <summary>An edit of a copy: what an operation becomes; null takes it away.</summary>
    private delegate Inst? Edit(int id, Inst inst);

    public static IrUnit Shrink(IrUnit unit, Predicate<IrUnit> fails)
    {
        for (var changed = true; changed;)
        {
            changed = false;
            for (var b = unit.Blocks.Count - 1; b >= 0; b--)
            {
                if (b > 0) changed |= Try(ref unit, Copy(unit, (_, i) => i, withoutBlock: b), fails);
                if (b >= unit.Blocks.Count || unit.Blocks[b].End == BlockEnd.Goto) continue;
                changed |= Try(ref unit, Copy(unit, (_, i) => i, straightBlock: b), fails);
            }
            for (var half = unit.Count / 2; half > 1; half /= 2)
            {
                for (var from = 0; from < unit.Count; from += half)
                {
                    int start = from, end = from + half;
                    changed |= Try(ref unit, Copy(unit, (id, i) => id >= start && id < end ? Without(i) : i), fails);
                }
            }
            for (var id = unit.Count - 1; id >= 0; id--)
            {
                if (id >= unit.Count) continue;
                var at = id;
                if (unit.Insts[id].Op != IrOp.Constant) changed |= Try(ref unit, Copy(unit, (i, inst) => i == at ? Without(inst) : inst), fails);
                else if (unit.Insts[id].Immediate > 1) changed |= Try(ref unit, Copy(unit, (i, inst) => i == at ? inst with { Immediate = 0 } : inst), fails);
            }
        }
        return unit;
    }

    private static Inst? Without(Inst inst) => !IrOps.Info(inst.Op).HasResult ? null
        : new Inst { Op = IrOp.Constant, A = Inst.None, B = Inst.None, C = Inst.None, Guest = inst.Guest, Immediate = inst.Op == IrOp.Constant ? inst.Immediate : 1 };

    private static bool Try(ref IrUnit unit, IrUnit candidate, Predicate<IrUnit> fails)
    {
        if (Size(candidate) >= Size(unit) || IrVerifier.FindFault(candidate) is not null || !fails(candidate)) return false;
        unit = candidate;
        return true;
    }

    /// <summary>Constants weigh least, and a zero nothing beyond its line.</summary>
    private static int Size(IrUnit unit)
    {
        var size = unit.Blocks.Count * 20;
        for (var i = 0; i < unit.Count; i++)
        {
            if (unit.Insts[i].Op != IrOp.Constant) size += 5;
            else size += unit.Insts[i].Immediate > 1 ? 3 : 2;
        }
        foreach (var block in unit.Blocks) size += block.End == BlockEnd.Goto ? 0 : 5;
        return size;
    }

    private static IrUnit Copy(IrUnit unit, Edit edit, int withoutBlock = -1, int straightBlock = -1)
    {
        var copy = new IrUnit();
        copy.Helpers.AddRange(unit.Helpers);
        copy.FloatHelpers.AddRange(unit.FloatHelpers);
        var insts = new Inst?[unit.Count];
        for (var id = 0; id < unit.Count; id++) insts[id] = edit(id, unit.Insts[id]);
        var isUsed = FindUsed(unit, insts, straightBlock);
        var places = new int[unit.Count];
        var guest = 0;
        for (var b = 0; b < unit.Blocks.Count; b++)
        {
            var block = unit.Blocks[b];
            var firstGuest = guest;
            guest += block.Instructions;
            if (b == withoutBlock) continue;
            int first = block.First, last = block.Last;
            block.Instructions = 1;
            var lastGuest = firstGuest;
            copy.Guests.Add(unit.Guests[firstGuest]);
            block.First = copy.Count;
            for (var id = first; id < last; id++)
            {
                places[id] = -1;
                if (insts[id] is not { } inst || (IrOps.Info(inst.Op).IsPure && !isUsed[id])) continue;
                if (inst.Guest != lastGuest)
                {
                    copy.Guests.Add((unit.Guests[inst.Guest].Pc, block.Instructions++));
                    lastGuest = inst.Guest;
                }
                inst.Guest = (ushort)(copy.Guests.Count - 1);
                if (inst.A >= 0) inst.A = places[inst.A];
                if (inst.B >= 0) inst.B = places[inst.B];
                if (inst.C >= 0) inst.C = places[inst.C];
                places[id] = copy.Add(inst);
            }
            block.Last = copy.Count;
            if (b == straightBlock)
            {
                if (block.EndsIndirectly || block.End == BlockEnd.Never) block.Next = block.After;
                block.End = BlockEnd.Goto;
                block.Value = Inst.None;
                block.Taken = 0;
            }
            else if (block.Value >= 0) block.Value = places[block.Value];
            copy.Blocks.Add(block);
        }
        return copy;
    }

    private static bool[] FindUsed(IrUnit unit, Inst?[] insts, int straightBlock)
    {
        var isUsed = new bool[unit.Count];
        for (var b = 0; b < unit.Blocks.Count; b++)
        {
            if (unit.Blocks[b].Value >= 0 && b != straightBlock) isUsed[unit.Blocks[b].Value] = true;
        }
        for (var id = unit.Count - 1; id >= 0; id--)
        {
            if (insts[id] is not { } inst || (IrOps.Info(inst.Op).IsPure && !isUsed[id])) continue;
            if (inst.A >= 0) isUsed[inst.A] = true;
            if (inst.B >= 0) isUsed[inst.B] = true;
            if (inst.C >= 0) isUsed[inst.C] = true;
        }
        return isUsed;
    }
}
