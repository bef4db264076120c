using System.Runtime.CompilerServices;
using Mimus.Isa;
using Mimus.Isa.X86;
using Mimus.Isa.X86.Instructions;
using Mimus.Translation.Engine;

namespace Mimus.Translation.Evaluator;

/// <content>What x86 has beyond other instruction sets.</content>
internal unsafe partial struct EvaluatorOps : IX86Ops<U>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetFlags(FlagKind kind, MemorySize width, U x, U y, U z)
    {
        _slots[Slot.FlagKind] = FlagKinds.Pack(kind, width);
        _slots[Slot.FlagX] = x.Bits;
        if (FlagKinds.HasY(kind)) _slots[Slot.FlagY] = y.Bits;
        if (FlagKinds.HasZ(kind)) _slots[Slot.FlagZ] = z.Bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetFlagsIf(U condition, FlagKind kind, MemorySize width, U x, U y)
    {
        if (condition.Bits != 0) SetFlags(kind, width, x, y, default);
    }

    public U Flags()
    {
        var (kind, width) = FlagKinds.Unpack(_slots[Slot.FlagKind]);
        return FlagFormulas<EvaluatorOps, U>.All(ref this, kind, width);
    }

    public U KeptCarry() => Condition(ConditionCode.Below);

    public U Condition(ConditionCode code)
    {
        var (kind, width) = FlagKinds.Unpack(_slots[Slot.FlagKind]);
        return FlagFormulas<EvaluatorOps, U>.Condition(ref this, kind, width, code);
    }

    public bool TryDivide(bool isSigned, U high, U low, U divisor, out U quotient, out U remainder)
    {
        ulong wholes, rest;
        var done = isSigned
            ? WideDivision.TryDivideSigned(high.Bits, low.Bits, divisor.Bits, out wholes, out rest)
            : WideDivision.TryDivide(high.Bits, low.Bits, divisor.Bits, out wholes, out rest);
        (quotient, remainder) = (new U(wholes), new U(rest));
        return !TrapIf(new U(done ? 0u : 1u), Fault.DivideError, default);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool ExitIf(U condition) => condition.Bits != 0;

    public void HoldInterrupts(U condition)
    {
        if (condition.Bits == 0) return;
        _slots[Slot.InterruptShadow] = 1;
        EndBlock();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLoadForUpdate(U address, MemorySize size, out U value)
    {
        var at = address.Bits;
        var entry = _writes + TranslationBuffer.IndexOf(at);
        if (entry->Tag != Tag(at, size))
        {
            var done = _data.TryLoadForUpdate(at, size, out var bits);
            value = new U(bits);
            return Ended(done);
        }
        // Safe: what may be written may be read.
        value = new U(Read((byte*)(at + entry->Addend), size));
        return true;
    }

    public bool TryProbeWrite(U address, int bytes) => Ended(_data.TryProbeWrite(address.Bits, bytes));

    public bool TryCompareExchange(U address, MemorySize size, U expected, U value, out U old) =>
        TryUpdate(address.Bits, size, new MemoryUpdate(expected.Bits, value.Bits), out old);

    public bool TryCompareExchangePair(U address, U expectedLow, U expectedHigh, U low, U high, out U oldLow, out U oldHigh)
    {
        var at = address.Bits;
        ulong* found = stackalloc ulong[] { expectedLow.Bits, expectedHigh.Bits }, wanted = stackalloc ulong[] { low.Bits, high.Bits };
        var entry = _writes + TranslationBuffer.IndexOf(at);
        var isHit = entry->Tag == Tag(at, MemorySize.Double);
        if (isHit) AtomicPair.CompareExchange((byte*)(at + entry->Addend), found, wanted);
        var done = isHit || Ended(_data.TryExchangePair(at, found, wanted));
        (oldLow, oldHigh) = (new U(found[0]), new U(found[1]));
        return done;
    }

    public bool TryLoadVector(U address, int bytes, int register)
    {
        var parts = _slots + Slot.Vector(register);
        var loaded = stackalloc ulong[Slot.VectorSlots];
        for (var at = 0; at < bytes; at += 8)
        {
            var size = (MemorySize)Math.Min(8, bytes - at);
            if (!TryLoad(new U(address.Bits + (ulong)at), size, out var value)) return false;
            loaded[at / 8] = value.Bits;
        }
        for (var i = 0; i < Math.Max(2, bytes / 8); i++) parts[i] = i * 8 < bytes ? loaded[i] : 0;
        return true;
    }

    public readonly void CopyVector(int bytes, int target, int source) =>
        Buffer.MemoryCopy(_slots + Slot.Vector(source), _slots + Slot.Vector(target), bytes, bytes);

    public bool TryStoreVector(U address, int bytes, int register)
    {
        if (bytes > 8 && !TryProbeWrite(address, bytes)) return false;
        var parts = _slots + Slot.Vector(register);
        for (var at = 0; at < bytes; at += 8)
        {
            if (!TryStore(new U(address.Bits + (ulong)at), (MemorySize)Math.Min(8, bytes - at), new U(parts[at / 8]))) return false;
        }
        return true;
    }

    public bool TryVector(VectorOperation operation, int bytes, int target, int a, int b, int control)
    {
        VectorTable.Apply((X86Cpu)_cpu, operation, bytes, target, a, b, control);
        if (!_cpu.TrapPending) return true;
        Outcome = Outcome.Trap;
        return false;
    }
}
