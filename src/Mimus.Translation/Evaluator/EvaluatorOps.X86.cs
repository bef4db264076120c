using System.Numerics;
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
        _slots[Slot.FlagKind] = (ulong)(((int)kind << 2) | BitOperations.Log2((uint)width));
        _slots[Slot.FlagX] = x.Bits;
        if (kind is not (FlagKind.Eager or FlagKind.Logic)) _slots[Slot.FlagY] = y.Bits;
        if (kind is FlagKind.AddCarry or FlagKind.SubtractBorrow) _slots[Slot.FlagZ] = z.Bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void SetFlagsIf(U condition, FlagKind kind, MemorySize width, U x, U y)
    {
        if (condition.Bits != 0) SetFlags(kind, width, x, y, default);
    }

    public U Flags()
    {
        var packed = _slots[Slot.FlagKind];
        return FlagFormulas<EvaluatorOps, U>.All(ref this, (FlagKind)(packed >> 2), (MemorySize)(1 << (int)(packed & 3)));
    }

    public U Condition(ConditionCode code)
    {
        var packed = _slots[Slot.FlagKind];
        return FlagFormulas<EvaluatorOps, U>.Condition(ref this, (FlagKind)(packed >> 2), (MemorySize)(1 << (int)(packed & 3)), code);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool ExitIf(U condition) => condition.Bits != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryLoadForUpdate(U address, MemorySize size, out U value)
    {
        var at = address.Bits;
        var entry = _writes + TranslationBuffer.IndexOf(at);
        if (entry->Tag != Tag(at, size)) return TryLoadForUpdateSlowly(at, size, out value);
        // Safe: what may be written may be read.
        value = new U(Read((byte*)(at + entry->Addend), size));
        return true;
    }

    public bool TryProbeWrite(U address, int bytes)
    {
        var last = address.Bits + (ulong)bytes - 1;
        return TryProbe(address.Bits) && (((address.Bits ^ last) & TranslationBuffer.PageMask) == 0 || TryProbe(last));
    }

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
        for (var i = 0; i < Slot.VectorSlots; i++) parts[i] = i * 8 < bytes ? loaded[i] : 0;
        return true;
    }

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

    private bool TryLoadForUpdateSlowly(ulong address, MemorySize size, out U value)
    {
        value = default;
        return TryProbeWrite(new U(address), (int)size) && TryLoad(new U(address), size, out value);
    }

    private bool TryProbe(ulong address)
    {
        if (_writes[TranslationBuffer.IndexOf(address)].Tag == (address & TranslationBuffer.PageMask)) return true;
        if (_cpu.TryTranslate(address, 1, MemoryAccess.Store, out _)) return true;
        Outcome = Outcome.Trap;
        return false;
    }
}
