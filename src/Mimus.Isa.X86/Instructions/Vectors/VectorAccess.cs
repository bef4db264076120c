namespace Mimus.Isa.X86.Instructions;

/// <summary>How vector instructions reach their operands.</summary>
public static class VectorAccess<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    /// <summary>Whether such instructions run at all now; the exception is pending when not.</summary>
    public static bool TryBegin(ref TOps o, in X86Operands i)
    {
        if (i.Has(OperandTraits.Mmx)) return TryBeginMmx(ref o);
        return TryBeginSse(ref o, i.Has(OperandTraits.Vex) ? X86.Vectors.Avx : X86.Vectors.Sse);
    }

    /// <summary>The same for vector registers, of one of two kinds.</summary>
    public static bool TryBeginSse(ref TOps o, ulong kind)
    {
        var enabled = o.Register(Slot.VectorsEnabled);
        var wanted = o.And(enabled, o.Constant(kind));
        if (o.TrapIf(o.Compare(Relation.Equal, wanted, o.Constant(0)), Fault.InvalidOpcode, o.Constant(0))) return false;
        return !o.TrapIf(o.And(enabled, o.Constant(X86.Vectors.Switched)), Fault.DeviceNotAvailable, o.Constant(0));
    }

    /// <summary>The same for the registers that x87 has too, whose exceptions come first.</summary>
    public static bool TryBeginMmx(ref TOps o)
    {
        var enabled = o.Register(Slot.VectorsEnabled);
        var wanted = o.And(enabled, o.Constant(X86.Vectors.Legacy));
        if (o.TrapIf(o.Compare(Relation.Equal, wanted, o.Constant(0)), Fault.InvalidOpcode, o.Constant(0))) return false;
        if (o.TrapIf(o.And(enabled, o.Constant(X86.Vectors.Switched)), Fault.DeviceNotAvailable, o.Constant(0))) return false;
        return !o.TrapIf(o.And(o.Register(Slot.X87Status), o.Constant(X87Unit.Summary)), Fault.FloatingPoint, o.Constant(0));
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
        return TryLoad(ref o, i, bytes, isAligned, register);
    }

    /// <summary>Loads the memory operand into a register.</summary>
    public static bool TryLoad(ref TOps o, in X86Operands i, int bytes, bool isAligned, int register)
    {
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
        if (o.TryVector((VectorOperation)i.Operation, i.Width, i.Target, a, b, (byte)i.Immediate)) Complete(ref o, i);
    }

    /// <summary>What is above the result: with VEX it becomes 0; of an MMX register it is all ones, and all of them are in use (SDM volume 1, 9.6.2).</summary>
    public static void Complete(ref TOps o, in X86Operands i) => Complete(ref o, i, i.Width);

    public static void Complete(ref TOps o, in X86Operands i, int bytes)
    {
        if (i.Has(OperandTraits.Mmx))
        {
            const ulong Ones = 0xffff;
            if (i.Target >= Slot.Mmx) o.SetRegister(Slot.Vector(i.Target, 1), o.Constant(Ones));
            EnterMmx(ref o, i);
        }
        if (!i.Has(OperandTraits.Vex)) return;
        for (var part = Math.Max(bytes, 16) / 8; part < Slot.VectorSlots; part++) o.SetRegister(Slot.Vector(i.Target, part), o.Constant(0));
    }

    /// <summary>After an instruction on MMX registers: all of x87's registers count as used, and the first is the top.</summary>
    public static void EnterMmx(ref TOps o, in X86Operands i)
    {
        if (i.Has(OperandTraits.Mmx)) EnterMmx(ref o);
    }

    public static void EnterMmx(ref TOps o)
    {
        const ulong AllUsed = 0xff, Top = 7 << 11;
        o.SetRegister(Slot.X87Used, o.Constant(AllUsed));
        o.SetRegister(Slot.X87Status, o.And(o.Register(Slot.X87Status), o.Constant(~Top)));
    }
}
