namespace Mimus.Isa.X86;

/// <content>Jumps, calls and returns between segments (SDM volume 3, 5.8). The state has the next instruction's address.</content>
public sealed unsafe partial class X86Cpu
{
    /// <summary>A far jump or call; false with the fault pending.</summary>
    /// <param name="selector">The target's selector.</param>
    /// <param name="offset">The target's offset, which a gate replaces.</param>
    /// <param name="size">0 for a jump, else the size of what a call pushes.</param>
    /// <param name="target">Where to go on.</param>
    internal bool TryFarTransfer(ushort selector, ulong offset, int size, out ulong target)
    {
        target = offset;
        Caches.FlushCode();
        if (HasRealSegments) return TryRealTransfer(selector, offset, size);
        if ((selector & NullMask) == 0) return Refuse(Fault.GeneralProtection, 0);
        if (!TryReadDescriptor(selector, Fault.GeneralProtection, out var descriptor, out var address)) return false;
        if (descriptor.IsSystem) return TryThroughGate(selector, descriptor, size, out target);
        if (!TryCheckCode(descriptor, selector)) return false;
        if (descriptor.IsLong && IsLongActive) target = offset;
        else if (offset > descriptor.Limit) return Refuse(Fault.GeneralProtection, 0);
        if (size != 0)
        {
            var writer = OwnStack();
            if (!writer.TryPush(size, _state->Segment(SegmentNumber.Cs).Selector) || !writer.TryPush(size, _state->Rip)) return false;
            if (!TrySetAccessed(ref descriptor, address)) return false;
            SetStackPointer(writer.Pointer);
        }
        else if (!TrySetAccessed(ref descriptor, address)) return false;
        SetCode(descriptor, (ushort)((selector & NullMask) | _state->Cpl), _state->Cpl);
        return true;
    }

    /// <summary>A far return: RETF with as many bytes of parameters, or IRET when <paramref name="isInterrupt"/>.</summary>
    internal bool TryFarReturn(int size, ulong release, bool isInterrupt, out ulong target)
    {
        target = 0;
        Caches.FlushCode();
        if (isInterrupt)
        {
            _state->NmiBlocked = 0;
            RecheckInterrupts();
            if (IsVirtual8086 && (_state->SystemFlags & EFlags.IoPrivilege) != EFlags.IoPrivilege) return Refuse(Fault.GeneralProtection, 0);
            if (!HasRealSegments && (_state->SystemFlags & EFlags.NestedTask) != 0) return TryReturnFromTask(out target);
        }
        ulong flags = 0;
        var offset = 0;
        if (!TryPopped(ref offset, size, out target) || !TryPopped(ref offset, size, out var selectorValue)) return false;
        if (isInterrupt && !TryPopped(ref offset, size, out flags)) return false;
        var selector = (ushort)selectorValue;
        if (HasRealSegments)
        {
            // The limit stays, which programs rely on that have come back from protected mode.
            if (target > _state->Segment(SegmentNumber.Cs).Limit) return Refuse(Fault.GeneralProtection, 0);
            SetRealSegment(SegmentNumber.Cs, selector, _state->Segment(SegmentNumber.Cs).Limit);
            SetStackPointer(_state->Registers[Slot.Rsp] + (ulong)offset + release);
            if (isInterrupt) SetFlags(flags, size, IsVirtual8086 ? 3ul : 0);
            ModeChanged();
            return true;
        }
        if (isInterrupt && size == 4 && (flags & EFlags.Virtual8086) != 0 && _state->Cpl == 0 && !IsLongActive)
            return TryReturnToVirtual8086(offset, selector, flags, ref target);

        var privilege = (ulong)selector & 3;
        if ((selector & NullMask) == 0) return Refuse(Fault.GeneralProtection, 0);
        if (!TryReadDescriptor(selector, Fault.GeneralProtection, out var code, out var address)) return false;
        if (!code.IsCode || privilege < _state->Cpl || (code.IsConforming ? (ulong)code.Privilege > privilege : (ulong)code.Privilege != privilege))
            return Refuse(Fault.GeneralProtection, selector);
        if (!code.IsPresent) return Refuse(Fault.SegmentNotPresent, selector);
        if (!(code.IsLong && IsLongActive) && target > code.Limit) return Refuse(Fault.GeneralProtection, 0);

        offset += (int)release;
        var stackPointer = _state->Registers[Slot.Rsp] + (ulong)offset;
        var outer = privilege > _state->Cpl;
        var takesStack = outer || (isInterrupt && IsLongCode);
        SegmentState stack = default;
        if (takesStack)
        {
            if (!TryPopped(ref offset, size, out stackPointer) || !TryPopped(ref offset, size, out var stackSelector)) return false;
            if (!TryPrepareReturnStack((ushort)stackSelector, privilege, code.IsLong && IsLongActive, out stack)) return false;
        }
        if (!TrySetAccessed(ref code, address)) return false;
        var before = _state->Cpl;
        if (isInterrupt) SetFlags(flags, size, before);
        if (takesStack) _state->Segment(SegmentNumber.Ss) = stack;
        SetCode(code, selector, privilege);
        if (Mode.CodeBits == 64) _state->Registers[Slot.Rsp] = takesStack ? stackPointer + (isInterrupt ? 0 : release) : stackPointer;
        else
        {
            var big = (_state->Segment(SegmentNumber.Ss).Attributes & Descriptor.Big) != 0;
            var value = takesStack && !isInterrupt ? stackPointer + release : stackPointer;
            ref var pointer = ref _state->Registers[Slot.Rsp];
            pointer = big ? (uint)value : (pointer & ~0xfffful) | (ushort)value;
        }
        if (outer) DropInnerSegments();
        return true;
    }

    /// <summary>POPF's and IRET's rules for the flags that privilege protects.</summary>
    internal void SetFlags(ulong value, int size, ulong privilege)
    {
        var before = _state->SystemFlags;
        var writable = EFlags.Arithmetic | EFlags.Trap | EFlags.Direction | EFlags.NestedTask | EFlags.AlignmentCheck | EFlags.Identification | EFlags.Resume;
        if (privilege == 0) writable |= EFlags.IoPrivilege | EFlags.VirtualInterrupt | EFlags.VirtualInterruptPending;
        if (privilege <= (before & EFlags.IoPrivilege) >> EFlags.IoPrivilegeShift || IsReal) writable |= EFlags.Interrupt;
        if (size == 2) writable &= 0xffff;
        Flags = (before & ~writable) | (value & writable);
    }

    private bool TryRealTransfer(ushort selector, ulong offset, int size)
    {
        ref var code = ref _state->Segment(SegmentNumber.Cs);
        if (offset > code.Limit) return Refuse(Fault.GeneralProtection, 0);
        if (size != 0)
        {
            var writer = OwnStack();
            if (!writer.TryPush(size, code.Selector) || !writer.TryPush(size, _state->Rip)) return false;
            SetStackPointer(writer.Pointer);
        }
        SetRealSegment(SegmentNumber.Cs, selector, code.Limit);
        ModeChanged();
        return true;
    }

    private bool TryCheckCode(in Descriptor code, ushort selector)
    {
        var requested = (ulong)selector & 3;
        var allowed = code.IsConforming ? (ulong)code.Privilege <= _state->Cpl : requested <= _state->Cpl && (ulong)code.Privilege == _state->Cpl;
        if (!code.IsCode || !allowed || (IsLongActive && code.IsLong && code.IsBig)) return Refuse(Fault.GeneralProtection, selector);
        return code.IsPresent || Refuse(Fault.SegmentNotPresent, selector);
    }

    private bool TryThroughGate(ushort selector, in Descriptor descriptor, int size, out ulong target)
    {
        target = 0;
        var requested = (ulong)selector & 3;
        var isTask = descriptor.Type is Descriptor.Tss or Descriptor.Tss16 or Descriptor.BusyTss or Descriptor.BusyTss16 or Descriptor.TaskGate;
        var isGate = descriptor.Type == Descriptor.CallGate || (descriptor.Type == Descriptor.CallGate16 && !IsLongActive);
        if ((!isGate && !(isTask && !IsLongActive)) || (ulong)descriptor.Privilege < Math.Max(_state->Cpl, requested)) return Refuse(Fault.GeneralProtection, selector);
        if (!descriptor.IsPresent) return Refuse(Fault.SegmentNotPresent, selector);
        if (isTask)
            return TrySwitchTask(descriptor.Type == Descriptor.TaskGate ? descriptor.GateSelector : selector, size == 0 ? TaskSwitch.Jump : TaskSwitch.Call, out target);

        var codeSelector = descriptor.GateSelector;
        if ((codeSelector & NullMask) == 0) return Refuse(Fault.GeneralProtection, 0);
        if (!TryReadDescriptor(codeSelector, Fault.GeneralProtection, out var code, out var address)) return false;
        if (!code.IsCode || (ulong)code.Privilege > _state->Cpl || (IsLongActive && !code.IsLong)) return Refuse(Fault.GeneralProtection, codeSelector);
        if (!code.IsPresent) return Refuse(Fault.SegmentNotPresent, codeSelector);
        var inner = size != 0 && !code.IsConforming && (ulong)code.Privilege < _state->Cpl;
        if (size == 0 && !code.IsConforming && (ulong)code.Privilege != _state->Cpl) return Refuse(Fault.GeneralProtection, codeSelector);
        var privilege = inner ? (ulong)code.Privilege : _state->Cpl;
        if (size != 0 && !TryCallThroughGate(descriptor, inner, privilege)) return false;
        if (!TrySetAccessed(ref code, address)) return false;
        SetCode(code, (ushort)((codeSelector & NullMask) | privilege), privilege);
        target = descriptor.IsGate32 ? descriptor.GateOffset : (ushort)descriptor.GateOffset;
        return true;
    }

    private bool TryCallThroughGate(in Descriptor gate, bool inner, ulong privilege)
    {
        var size = IsLongActive ? 8 : gate.IsGate32 ? 4 : 2;
        var old = _state->Segment(SegmentNumber.Ss);
        var stack = old;
        var pointer = _state->Registers[Slot.Rsp];
        if (inner && IsLongActive)
        {
            if (!TryReadLongStack((int)privilege, out pointer)) return false;
            stack = new SegmentState { Selector = privilege };
        }
        else if (inner && !TryReadInnerStack(privilege, out stack, out pointer)) return false;
        var writer = new StackWriter(this, stack, pointer, IsLongActive ? 64 : (stack.Attributes & Descriptor.Big) != 0 ? 32 : 16, isUser: privilege == 3);
        if (inner)
        {
            if (!writer.TryPush(size, old.Selector) || !writer.TryPush(size, _state->Registers[Slot.Rsp])) return false;
            for (var i = IsLongActive ? 0 : gate.ParameterCount; i > 0; i--)
            {
                var offset = (i - 1) * size;
                if (!TryPopped(ref offset, size, out var parameter) || !writer.TryPush(size, parameter)) return false;
            }
        }
        if (!writer.TryPush(size, _state->Segment(SegmentNumber.Cs).Selector) || !writer.TryPush(size, _state->Rip)) return false;
        _state->Segment(SegmentNumber.Ss) = stack;
        SetStackPointer(writer.Pointer);
        return true;
    }

    private bool TryReturnFromTask(out ulong target)
    {
        target = 0;
        if (IsLongActive) return Refuse(Fault.GeneralProtection, 0);
        if (!TryReadSystem(_state->Segment(SegmentNumber.Task).Base, 2, out var link)) return false;
        return TrySwitchTask((ushort)link, TaskSwitch.Return, out target);
    }

    private bool TryReturnToVirtual8086(int offset, ushort selector, ulong flags, ref ulong target)
    {
        Span<ulong> popped = stackalloc ulong[6]; // esp, ss, es, ds, fs, gs
        foreach (ref var item in popped)
        {
            if (!TryPopped(ref offset, 4, out item)) return false;
        }
        Flags = flags & (EFlags.Arithmetic | EFlags.System | EFlags.Direction);
        _state->Cpl = 3;
        SetRealSegment(SegmentNumber.Cs, selector, 0xffff);
        SetRealSegment(SegmentNumber.Ss, (ushort)popped[1], 0xffff);
        SetRealSegment(SegmentNumber.Es, (ushort)popped[2], 0xffff);
        SetRealSegment(SegmentNumber.Ds, (ushort)popped[3], 0xffff);
        SetRealSegment(SegmentNumber.Fs, (ushort)popped[4], 0xffff);
        SetRealSegment(SegmentNumber.Gs, (ushort)popped[5], 0xffff);
        _state->Registers[Slot.Rsp] = (uint)popped[0];
        target = (ushort)target;
        ModeChanged();
        return true;
    }

    private bool TryPrepareReturnStack(ushort selector, ulong privilege, bool toLong, out SegmentState stack)
    {
        stack = new SegmentState { Selector = selector };
        if ((selector & NullMask) == 0 && toLong && privilege != 3 && ((ulong)selector & 3) == privilege) return true;
        return (selector & NullMask) != 0 ? TryPrepareSegment(SegmentNumber.Ss, selector, privilege, Fault.GeneralProtection, out stack) : Refuse(Fault.GeneralProtection, 0);
    }

    /// <summary>Data segments that an outer level may not use are gone after a return to it.</summary>
    private void DropInnerSegments()
    {
        foreach (var number in (ReadOnlySpan<SegmentNumber>)[SegmentNumber.Es, SegmentNumber.Ds, SegmentNumber.Fs, SegmentNumber.Gs])
        {
            ref var segment = ref _state->Segment(number);
            var isConforming = (segment.Attributes & (Descriptor.Code | Descriptor.Conforming)) == (Descriptor.Code | Descriptor.Conforming);
            if ((segment.Selector & NullMask) == 0 || isConforming || ((segment.Attributes >> 5) & 3) >= _state->Cpl) continue;
            segment = default;
        }
        ModeChanged();
    }

    private StackWriter OwnStack() =>
        new(this, _state->Segment(SegmentNumber.Ss), _state->Registers[Slot.Rsp], Mode.StackBits, isUser: _state->Cpl == 3);

    /// <summary>Reads an item of the running stack, so many bytes above its top.</summary>
    private bool TryPopped(ref int offset, int size, out ulong value)
    {
        value = 0;
        ref var segment = ref _state->Segment(SegmentNumber.Ss);
        var at = _state->Registers[Slot.Rsp] + (ulong)offset;
        if (Mode.StackBits < 64)
        {
            at &= (1ul << Mode.StackBits) - 1;
            if (at < segment.Low || at + (ulong)size > segment.ReadEnd) return Refuse(Fault.StackSegment, 0);
            at = (uint)(segment.Base + at);
        }
        offset += size;
        return TryRead(at, size, isUser: _state->Cpl == 3, isImplicit: false, out value);
    }
}
