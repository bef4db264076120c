using Mimus.Isa.FloatingPoint;
using Mimus.Isa.RiscV.Privileged;

namespace Mimus.Isa.RiscV.Instructions;

/// <summary>What all floating-point instructions share: the unit's enable, NaN boxing, and rounding modes.</summary>
internal static class FloatRegisters<TOps, V> where TOps : struct, IGuestOps<V> where V : unmanaged
{
    private const int DynamicRounding = 7, LastRounding = 4;

    /// <summary>mstatus.FS off makes every floating-point instruction illegal.</summary>
    public static bool TrapIfOff(ref TOps o) =>
        o.TrapIf(o.Compare(Relation.Equal, o.Register(Slot.FloatStatus), o.Constant(0)), Cause.IllegalInstruction, o.Constant(0));

    /// <summary>
    /// Checks the enable and the rounding mode, which is in the low three bits of the immediate; reserved modes are illegal
    /// (Unprivileged manual, section 20.2).
    /// </summary>
    public static bool TryBegin(ref TOps o, in Operands i, out V rounding)
    {
        rounding = default;
        if (TrapIfOff(ref o)) return false;
        var mode = i.Imm & 7;
        if (mode <= LastRounding)
        {
            rounding = o.Constant((ulong)mode);
            return true;
        }
        rounding = o.Register(Slot.RoundingMode);
        var reserved = mode == DynamicRounding ? o.Compare(Relation.GreaterOrEqualUnsigned, rounding, o.Constant(LastRounding + 1)) : o.Constant(1);
        return !o.TrapIf(reserved, Cause.IllegalInstruction, o.Constant(0));
    }

    /// <summary>A narrow value is valid only when all bits above it are ones; else it is the canonical NaN.</summary>
    public static V Read<TFormat>(ref TOps o, int slot) where TFormat : struct, IFloatFormat
    {
        var value = o.Register(slot);
        var box = Box<TFormat>();
        if (box == 0) return value;
        return o.Select(o.Compare(Relation.GreaterOrEqualUnsigned, value, o.Constant(box)), o.And(value, o.Constant(~box)),
            o.Constant(SoftFloat<TFormat>.CanonicalNaN));
    }

    public static void Write<TFormat>(ref TOps o, int slot, V value) where TFormat : struct, IFloatFormat
    {
        var box = Box<TFormat>();
        o.SetRegister(slot, box == 0 ? value : o.Or(value, o.Constant(box)));
        MarkDirty(ref o);
    }

    /// <summary>The registers or the flags have changed.</summary>
    public static void MarkDirty(ref TOps o) => o.SetRegister(Slot.FloatStatus, o.Constant(Mstatus.FloatDirty));

    public static ulong SignBit<TFormat>() where TFormat : struct, IFloatFormat => 1ul << (TFormat.ExponentBits + TFormat.FractionBits);

    private static ulong Box<TFormat>() where TFormat : struct, IFloatFormat
    {
        var width = 1 + TFormat.ExponentBits + TFormat.FractionBits;
        return width == 64 ? 0 : ulong.MaxValue << width;
    }
}
