namespace Mimus.Isa.X86;

/// <content>Segment registers and descriptors (SDM volume 3, chapters 3 and 5).</content>
public sealed unsafe partial class X86Cpu
{
    private const ulong NullMask = 0xfffc;

    internal ulong Cpl => _state->Cpl;

    /// <summary>Loads a segment register other than CS, as MOV and POP do; false with the fault pending.</summary>
    internal bool TryLoadSegment(SegmentNumber number, ushort selector)
    {
        if (HasRealSegments)
        {
            SetRealSegment(number, selector, IsVirtual8086 ? 0xffff : _state->Segment(number).Limit);
        }
        else
        {
            if (!TryPrepareSegment(number, selector, _state->Cpl, Fault.GeneralProtection, out var segment)) return false;
            _state->Segment(number) = segment;
        }
        if (number == SegmentNumber.Ss) _state->InterruptShadow = 1;
        ModeChanged();
        return true;
    }

    /// <summary>Checks a selector for a data or stack segment register, and makes what the register will hold.</summary>
    /// <param name="number">The register.</param>
    /// <param name="selector">What is loaded.</param>
    /// <param name="privilege">The privilege level for which it is loaded.</param>
    /// <param name="vector">The exception of a selector that cannot be loaded: #TS in a task switch or for an inner stack.</param>
    /// <param name="segment">The register's new contents.</param>
    internal bool TryPrepareSegment(SegmentNumber number, ushort selector, ulong privilege, int vector, out SegmentState segment)
    {
        segment = new SegmentState { Selector = selector };
        var isStack = number == SegmentNumber.Ss;
        if ((selector & NullMask) == 0)
        {
            return !isStack || (IsLongCode && privilege < 3 && ((ulong)selector & 3) == privilege) || Refuse(vector, 0);
        }
        if (!TryReadDescriptor(selector, vector, out var descriptor, out var address)) return false;
        var requested = (ulong)selector & 3;
        if (isStack)
        {
            if (requested != privilege || !descriptor.IsWritableData || (ulong)descriptor.Privilege != privilege) return Refuse(vector, selector);
            if (!descriptor.IsPresent) return Refuse(Fault.StackSegment, selector);
        }
        else
        {
            if (!descriptor.IsReadable) return Refuse(vector, selector);
            if (!descriptor.IsConforming && (ulong)descriptor.Privilege < Math.Max(privilege, requested)) return Refuse(vector, selector);
            if (!descriptor.IsPresent) return Refuse(Fault.SegmentNotPresent, selector);
        }
        if (!TrySetAccessed(ref descriptor, address)) return false;
        segment = descriptor.ToSegment(selector);
        return true;
    }

    /// <summary>A segment as real and virtual-8086 mode have them.</summary>
    internal void SetRealSegment(SegmentNumber number, ushort selector, ulong limit)
    {
        ref var segment = ref _state->Segment(number);
        segment.Base = (ulong)selector << 4;
        segment.Selector = selector;
        segment.Limit = limit;
        segment.Low = 0;
        segment.ReadEnd = segment.WriteEnd = limit + 1;
        var big = IsVirtual8086 ? 0 : segment.Attributes & (Descriptor.Big | Descriptor.Granular);
        segment.Attributes = big | (IsVirtual8086 ? 0xf3u : 0x93u);
    }

    /// <summary>Whether a selector's descriptor can be reached at all, without a fault for the rest.</summary>
    internal bool TryLocate(ushort selector, out ulong address)
    {
        ref var local = ref _state->Segment(SegmentNumber.Ldt);
        var isLocal = (selector & 4) != 0;
        var limit = isLocal ? local.Limit : _state->GdtLimit;
        address = (isLocal ? local.Base : _state->GdtBase) + (selector & 0xfff8u);
        return (selector | 7ul) <= limit && (!isLocal || (local.Selector & NullMask) != 0);
    }

    internal bool TryReadDescriptor(ushort selector, int vector, out Descriptor descriptor, out ulong address)
    {
        descriptor = default;
        if (!TryLocate(selector, out address)) return Refuse(vector, selector);
        if (!TryReadSystem(address, 8, out var low)) return false;
        descriptor = new Descriptor(low);
        if (!IsLongActive || !descriptor.IsSystem || (selector & NullMask) == 0) return true;
        // In long mode descriptors of the system are 16 bytes.
        if (!TryLocate((ushort)(selector + 8), out _)) return Refuse(vector, selector);
        if (!TryReadSystem(address + 8, 8, out var high)) return false;
        descriptor = new Descriptor(low, high);
        return true;
    }

    internal bool TrySetAccessed(ref Descriptor descriptor, ulong address)
    {
        if ((descriptor.Attributes & Descriptor.Accessed) != 0) return true;
        descriptor = descriptor.AsAccessed;
        return TryWriteSystem(address + 5, 1, (descriptor.Low >> 40) & 0xff);
    }

    /// <summary>Changes the low bits of a descriptor's access byte: the busy bit of a task.</summary>
    internal bool TrySetBusy(ushort selector, bool busy)
    {
        if (!TryLocate(selector, out var address) || !TryReadSystem(address + 5, 1, out var access)) return false;
        return TryWriteSystem(address + 5, 1, busy ? access | 2 : access & ~2ul);
    }

    /// <summary>LLDT.</summary>
    internal bool TryLoadLocalTable(ushort selector)
    {
        if (!TryRequireSystem()) return false;
        if ((selector & NullMask) == 0)
        {
            _state->Segment(SegmentNumber.Ldt) = new SegmentState { Selector = selector };
            return true;
        }
        if ((selector & 4) != 0) return Refuse(Fault.GeneralProtection, selector);
        if (!TryReadDescriptor(selector, Fault.GeneralProtection, out var descriptor, out _)) return false;
        if (!descriptor.IsSystem || descriptor.Type != Descriptor.Ldt) return Refuse(Fault.GeneralProtection, selector);
        if (!descriptor.IsPresent) return Refuse(Fault.SegmentNotPresent, selector);
        _state->Segment(SegmentNumber.Ldt) = descriptor.ToSegment(selector);
        return true;
    }

    /// <summary>LTR.</summary>
    internal bool TryLoadTask(ushort selector)
    {
        if (!TryRequireSystem()) return false;
        if ((selector & NullMask) == 0 || (selector & 4) != 0) return Refuse(Fault.GeneralProtection, (selector & NullMask) == 0 ? (ushort)0 : selector);
        if (!TryReadDescriptor(selector, Fault.GeneralProtection, out var descriptor, out _)) return false;
        var isTask = descriptor.IsSystem && (descriptor.Type == Descriptor.Tss || (descriptor.Type == Descriptor.Tss16 && !IsLongActive));
        if (!isTask) return Refuse(Fault.GeneralProtection, selector);
        if (!descriptor.IsPresent) return Refuse(Fault.SegmentNotPresent, selector);
        if (!TrySetBusy(selector, busy: true)) return false;
        _state->Segment(SegmentNumber.Task) = new Descriptor(descriptor.Low | (2ul << 40), descriptor.High).ToSegment(selector);
        return true;
    }

    /// <summary>Raises an exception with a selector as its error code; always false.</summary>
    internal bool Refuse(int vector, ushort selector)
    {
        RaiseTrap(vector, selector & NullMask);
        return false;
    }

    /// <summary>#GP(0) unless the processor runs at privilege level 0.</summary>
    internal bool TryRequireSystem() => _state->Cpl == 0 || Refuse(Fault.GeneralProtection, 0);

    /// <summary>#GP(0) where user-mode instruction prevention keeps system tables from programs.</summary>
    internal bool TryRequireUnrestricted() => _state->Cpl == 0 || (_state->Cr4 & Cr4.Umip) == 0 || Refuse(Fault.GeneralProtection, 0);

    /// <summary>#UD in real and virtual-8086 mode.</summary>
    internal bool TryRequireProtected() => !HasRealSegments || Refuse(Fault.InvalidOpcode, 0);
}
