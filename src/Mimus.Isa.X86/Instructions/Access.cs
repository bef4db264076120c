using System.Runtime.CompilerServices;

namespace Mimus.Isa.X86.Instructions;

/// <summary>How instructions reach their operands: registers of all widths, memory behind segments, the stack.</summary>
public static class Access<TOps, V> where TOps : struct, IX86Ops<V> where V : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Get<TWidth>(ref TOps o, byte register) where TWidth : struct, IWidth
    {
        if (typeof(TWidth) == typeof(Bits8) && register >= Slot.HighBytes)
            return o.ZeroExtend(o.ShiftRight(o.Register(register - Slot.HighBytes), o.Constant(8)), MemorySize.Byte);
        return o.ZeroExtend(o.Register(register), TWidth.Size);
    }

    /// <summary>Writes a register: 32 bits clear the rest of it, 8 and 16 bits keep it. The value is zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<TWidth>(ref TOps o, byte register, V value) where TWidth : struct, IWidth
    {
        if (typeof(TWidth) == typeof(Bits8) && register >= Slot.HighBytes)
        {
            var slot = register - Slot.HighBytes;
            o.SetRegister(slot, o.Or(o.And(o.Register(slot), o.Constant(~0xff00ul)), o.ShiftLeft(value, o.Constant(8))));
            return;
        }
        if (typeof(TWidth) == typeof(Bits8)) value = o.Or(o.And(o.Register(register), o.Constant(~0xfful)), value);
        if (typeof(TWidth) == typeof(Bits16)) value = o.Or(o.And(o.Register(register), o.Constant(~0xfffful)), value);
        o.SetRegister(register, value);
    }

    /// <summary>Writes a register whose width is an operand's.</summary>
    public static void Set(ref TOps o, int bytes, byte register, V value)
    {
        if (bytes == 8) Set<Bits64>(ref o, register, value);
        else if (bytes == 4) Set<Bits32>(ref o, register, value);
        else if (bytes == 2) Set<Bits16>(ref o, register, value);
        else Set<Bits8>(ref o, register, value);
    }

    /// <summary>The memory operand's offset in its segment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Offset(ref TOps o, in X86Operands i)
    {
        var displacement = i.Has(OperandTraits.Relative) ? i.Displacement + o.Pc + i.Length : i.Displacement;
        var offset = o.Add(o.Add(o.Register(i.Base), o.Constant(displacement)), o.ShiftLeft(o.Register(i.Index), o.Constant(i.Scale)));
        return i.AddressWidth == 8 ? offset : Wrap(ref o, i.AddressWidth, offset);
    }

    /// <summary>The memory operand's linear address; false with the fault pending when the segment does not allow the access.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryAddress(ref TOps o, in X86Operands i, int bytes, bool forWriting, out V address)
    {
        address = Offset(ref o, i);
        return i.Has(OperandTraits.Plain) || TryLinear(ref o, i, i.Segment, address, bytes, forWriting, out address);
    }

    /// <summary>From an offset in a segment to a linear address.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryLinear(ref TOps o, in X86Operands i, int segment, V offset, int bytes, bool forWriting, out V address)
    {
        if (i.Has(OperandTraits.Long))
        {
            address = segment >= (int)SegmentNumber.Fs ? o.Add(offset, o.Register(Slot.SegmentBase(segment))) : offset;
            return true;
        }
        var end = o.Register(forWriting ? Slot.SegmentWriteEnd(segment) : Slot.SegmentReadEnd(segment));
        var outside = o.Or(o.Compare(Relation.LessUnsigned, offset, o.Register(Slot.SegmentLow(segment))),
            o.Compare(Relation.LessUnsigned, end, o.Add(offset, o.Constant((ulong)bytes))));
        address = o.ZeroExtend(o.Add(offset, o.Register(Slot.SegmentBase(segment))), MemorySize.Word);
        return !o.TrapIf(outside, segment == (int)SegmentNumber.Ss ? Fault.StackSegment : Fault.GeneralProtection, o.Constant(0));
    }

    /// <summary>Reads the memory operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryLoad(ref TOps o, in X86Operands i, MemorySize size, out V value)
    {
        value = default;
        return TryAddress(ref o, i, (int)size, forWriting: false, out var address) && o.TryLoad(address, size, out value);
    }

    /// <summary>The second operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TrySource<TWidth>(ref TOps o, in X86Operands i, out V value) where TWidth : struct, IWidth
    {
        if (i.Has(OperandTraits.SourceMemory)) return TryLoad(ref o, i, TWidth.Size, out value);
        value = i.Has(OperandTraits.SourceImmediate) ? o.Constant(i.Immediate & Mask<TWidth>()) : Get<TWidth>(ref o, i.Source);
        return true;
    }

    /// <summary>The first operand where it is only read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead<TWidth>(ref TOps o, in X86Operands i, out V value) where TWidth : struct, IWidth
    {
        if (i.Has(OperandTraits.TargetMemory)) return TryLoad(ref o, i, TWidth.Size, out value);
        value = Get<TWidth>(ref o, i.Target);
        return true;
    }

    /// <summary>The first operand where it is read and then written by <see cref="TryFinish"/>, which no longer faults.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryUpdate<TWidth>(ref TOps o, in X86Operands i, out V address, out V value) where TWidth : struct, IWidth
    {
        if (!i.Has(OperandTraits.TargetMemory))
        {
            address = default;
            value = Get<TWidth>(ref o, i.Target);
            return true;
        }
        value = default;
        return TryAddress(ref o, i, (int)TWidth.Size, forWriting: true, out address) && o.TryLoadForUpdate(address, TWidth.Size, out value);
    }

    /// <summary>The same for instructions that LOCK can stand before: with it the operation is carried out in memory here already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryUpdate<TWidth>(ref TOps o, in X86Operands i, AtomicOperation operation, V operand, out V address, out V value) where TWidth : struct, IWidth
    {
        if (!i.Has(OperandTraits.Lock)) return TryUpdate<TWidth>(ref o, i, out address, out value);
        value = default;
        return TryAddress(ref o, i, (int)TWidth.Size, forWriting: true, out address) && o.TryAtomic(operation, address, TWidth.Size, operand, out value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFinish<TWidth>(ref TOps o, in X86Operands i, V address, V value) where TWidth : struct, IWidth
    {
        if (i.Has(OperandTraits.TargetMemory)) return i.Has(OperandTraits.Lock) || o.TryStore(address, TWidth.Size, value);
        Set<TWidth>(ref o, i.Target, value);
        return true;
    }

    /// <summary>Writes the first operand where it is not read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWrite<TWidth>(ref TOps o, in X86Operands i, V value) where TWidth : struct, IWidth
    {
        if (i.Has(OperandTraits.TargetMemory))
            return TryAddress(ref o, i, (int)TWidth.Size, forWriting: true, out var address) && o.TryStore(address, TWidth.Size, value);
        Set<TWidth>(ref o, i.Target, value);
        return true;
    }

    /// <summary>Reads a register whose width is an operand's.</summary>
    public static V Get(ref TOps o, int bytes, byte register) => bytes switch
    {
        1 => Get<Bits8>(ref o, register),
        2 => Get<Bits16>(ref o, register),
        4 => Get<Bits32>(ref o, register),
        _ => Get<Bits64>(ref o, register),
    };

    public static V Wrap(ref TOps o, int bytes, V value) => bytes switch
    {
        2 => o.ZeroExtend(value, MemorySize.Half),
        4 => o.ZeroExtend(value, MemorySize.Word),
        _ => value,
    };

    /// <summary>The linear address of an offset in the stack segment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryStackAddress(ref TOps o, in X86Operands i, V offset, int bytes, bool forWriting, out V address)
    {
        address = offset;
        return i.Has(OperandTraits.Flat) || TryLinear(ref o, i, (int)SegmentNumber.Ss, offset, bytes, forWriting, out address);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPush(ref TOps o, in X86Operands i, MemorySize size, V value)
    {
        var pointer = Wrap(ref o, i.StackWidth, o.Subtract(o.Register(Slot.Rsp), o.Constant((ulong)size)));
        if (!TryStackAddress(ref o, i, pointer, (int)size, forWriting: true, out var address) || !o.TryStore(address, size, value)) return false;
        Set(ref o, i.StackWidth, Slot.Rsp, pointer);
        return true;
    }

    /// <summary>Reads the top of the stack; <see cref="MoveStack"/> takes it off once nothing can fault any more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPeek(ref TOps o, in X86Operands i, MemorySize size, out V value)
    {
        return TryPeek(ref o, i, size, 0, out value);
    }

    /// <summary>Reads what is so many bytes above the top of the stack.</summary>
    public static bool TryPeek(ref TOps o, in X86Operands i, MemorySize size, int above, out V value)
    {
        value = default;
        var offset = Wrap(ref o, i.StackWidth, o.Add(o.Register(Slot.Rsp), o.Constant((ulong)above)));
        return TryStackAddress(ref o, i, offset, (int)size, forWriting: false, out var address) && o.TryLoad(address, size, out value);
    }

    /// <summary>Writes so many bytes below the top of the stack, which does not move.</summary>
    public static bool TryPoke(ref TOps o, in X86Operands i, MemorySize size, int below, V value)
    {
        var offset = Wrap(ref o, i.StackWidth, o.Subtract(o.Register(Slot.Rsp), o.Constant((ulong)below)));
        return TryStackAddress(ref o, i, offset, (int)size, forWriting: true, out var address) && o.TryStore(address, size, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MoveStack(ref TOps o, in X86Operands i, ulong bytes) =>
        Set(ref o, i.StackWidth, Slot.Rsp, Wrap(ref o, i.StackWidth, o.Add(o.Register(Slot.Rsp), o.Constant(bytes))));

    /// <summary>All ones in the width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mask<TWidth>() where TWidth : struct, IWidth => ulong.MaxValue >> (64 - Bits<TWidth>());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Bits<TWidth>() where TWidth : struct, IWidth => (int)TWidth.Size * 8;
}
