namespace Mimus.Isa.X86.Instructions;

/// <summary>How vector instructions reach their operands.</summary>
public static class VectorAccess<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    /// <summary>Whether such instructions run at all now; the exception is pending when not.</summary>
    public static bool TryBegin(ref TOps o, in X86Operands i)
    {
        var enabled = o.Register(Slot.VectorsEnabled);
        var wanted = o.And(enabled, o.Constant(i.Has(OperandTraits.Vex) ? X86.Vectors.Avx : X86.Vectors.Sse));
        if (o.TrapIf(o.Compare(Relation.Equal, wanted, o.Constant(0)), Fault.InvalidOpcode, o.Constant(0))) return false;
        return !o.TrapIf(o.And(enabled, o.Constant(X86.Vectors.Switched)), Fault.DeviceNotAvailable, o.Constant(0));
    }

    /// <summary>The register of the first operand that is read: the target, where the encoding has no other.</summary>
    public static int First(in X86Operands i) => i.Has(OperandTraits.Vex) ? i.Source : i.Target;

    /// <summary>The last operand of two or three: a register, or memory that is loaded into a scratch register.</summary>
    public static bool TryLast(ref TOps o, in X86Operands i, int bytes, out int register)
    {
        register = i.Has(OperandTraits.Vex) ? i.Third : i.Source;
        return !i.Has(OperandTraits.SourceMemory) || TryLoad(ref o, i, bytes, isAligned: bytes >= 16 && !i.Has(OperandTraits.Vex), out register);
    }

    /// <summary>The second operand.</summary>
    public static bool TrySource(ref TOps o, in X86Operands i, int bytes, out int register)
    {
        register = i.Source;
        return !i.Has(OperandTraits.SourceMemory) || TryLoad(ref o, i, bytes, isAligned: bytes >= 16 && !i.Has(OperandTraits.Vex), out register);
    }

    /// <summary>Loads the memory operand into a scratch register.</summary>
    public static bool TryLoad(ref TOps o, in X86Operands i, int bytes, bool isAligned, out int register)
    {
        register = Slot.Scratch;
        if (!Access<TOps, V>.TryAddress(ref o, i, bytes, forWriting: false, out var address)) return false;
        if (isAligned && o.TrapIf(o.And(address, o.Constant((ulong)bytes - 1)), Fault.GeneralProtection, o.Constant(0))) return false;
        return o.TryLoadVector(address, bytes, register);
    }

    public static bool TryStore(ref TOps o, in X86Operands i, int bytes, bool isAligned, int register)
    {
        if (!Access<TOps, V>.TryAddress(ref o, i, bytes, forWriting: true, out var address)) return false;
        if (isAligned && o.TrapIf(o.And(address, o.Constant((ulong)bytes - 1)), Fault.GeneralProtection, o.Constant(0))) return false;
        return o.TryStoreVector(address, bytes, register);
    }

    /// <summary>Carries the row's operation out.</summary>
    public static void Finish(ref TOps o, in X86Operands i, int a, int b)
    {
        if (o.TryVector((VectorOperation)i.Operation, i.Width, i.Target, a, b, (byte)i.Immediate)) ClearAbove(ref o, i);
    }

    /// <summary>With VEX, what is above the result becomes 0.</summary>
    public static void ClearAbove(ref TOps o, in X86Operands i) => ClearAbove(ref o, i, i.Width);

    public static void ClearAbove(ref TOps o, in X86Operands i, int bytes)
    {
        if (!i.Has(OperandTraits.Vex)) return;
        for (var part = Math.Max(bytes, 16) / 8; part < Slot.VectorSlots; part++) o.SetRegister(Slot.Vector(i.Target, part), o.Constant(0));
    }
}
