using Mimus.Core.Cpus;
using Mimus.Core.Diagnostics;

namespace Mimus.Isa.X86;

/// <content>Interrupts and exceptions (SDM volume 3, chapter 7).</content>
public sealed unsafe partial class X86Cpu
{
    /// <summary>Inputs of <see cref="SetLine"/>.</summary>
    public const int InterruptInput = 0, NonMaskableInput = 1;

    private const ulong ExternalError = 1, TableError = 2;

    /// <summary>The next instruction must run alone: it is traced, or stands in the shadow of an STI.</summary>
    public override bool MustStep => (_state->SystemFlags & EFlags.Trap) != 0 || _state->InterruptShadow != 0;

    public override bool HasInterrupt => _debugHits != 0 || ((ProcessorEvents)Volatile.Read(ref _events) & AcceptableEvents) != 0 || TakesInterrupts;

    /// <summary>What the processor would act on now: not all that is pending.</summary>
    private ProcessorEvents AcceptableEvents => IsAwaitingStart ? ProcessorEvents.Init | ProcessorEvents.Start
        : ProcessorEvents.Init | (_state->NmiBlocked == 0 ? ProcessorEvents.NonMaskable : ProcessorEvents.None)
            | (IsInManagement ? ProcessorEvents.None : ProcessorEvents.SystemManagement);

    private bool IsAwaitingStart => _state->Activity == Activity.AwaitingStart;

    private bool TakesInterrupts => Volatile.Read(ref _lines) != 0 && (_state->SystemFlags & EFlags.Interrupt) != 0 && !IsAwaitingStart;

    public override void SetLine(int input, bool high)
    {
        if (input != NonMaskableInput)
        {
            Interlocked.Exchange(ref _lines, high ? 1 : 0);
            if (high) Signal.Raise(Attention.Interrupts);
        }
        else if (high) Raise(ProcessorEvents.NonMaskable);
    }

    /// <summary>INIT: the first processor begins anew, all others wait to be started. Any thread may call.</summary>
    public void Init()
    {
        // A start-up message from before is not for what comes after.
        Interlocked.And(ref _events, ~(int)ProcessorEvents.Start);
        Raise(ProcessorEvents.Init);
    }

    /// <summary>The start-up message: a processor that waits for it begins in real mode at <paramref name="page"/> * 4096. Any thread may call.</summary>
    public void Start(byte page)
    {
        Interlocked.Exchange(ref _startPage, page);
        Raise(ProcessorEvents.Start);
    }

    /// <summary>The A20 gate: whether bit 20 of physical addresses is kept. Any thread may call.</summary>
    public void SetA20(bool enabled)
    {
        Interlocked.Exchange(ref _addressGate, enabled ? 1 : 0);
        Raise(ProcessorEvents.AddressGate);
    }

    private void Raise(ProcessorEvents what)
    {
        Interlocked.Or(ref _events, (int)what);
        Signal.Raise(Attention.Interrupts);
    }

    private bool TryTake(ProcessorEvents what) => (Interlocked.And(ref _events, ~(int)what) & (int)what) != 0;

    public override void Attend()
    {
        AnswerFlush();
        AnswerForgetWrites();
        // Before what it stands for is looked at, so that nothing is missed that comes meanwhile.
        if (!HoldInterrupts) Signal.Acknowledge(Attention.Interrupts);
        NoteHeldInterrupts();
        if (TryTake(ProcessorEvents.AddressGate)) ChangeAddressGate();
        if (HoldInterrupts) return;
        if (Failure is not null || _state->InterruptShadow != 0) return;
        if (TryTake(ProcessorEvents.Init)) ResetByInit();
        // A processor that runs ignores the start-up message.
        var starts = TryTake(ProcessorEvents.Start);
        if (IsAwaitingStart)
        {
            if (starts) BeginAt((byte)Volatile.Read(ref _startPage));
        }
        else if (_debugHits != 0)
        {
            TakeDebugHits();
            Deliver(Fault.Debug);
        }
        else if (!IsInManagement && TryTake(ProcessorEvents.SystemManagement)) EnterManagement();
        else if (_state->NmiBlocked == 0 && TryTake(ProcessorEvents.NonMaskable))
        {
            _state->NmiBlocked |= BlockedByHandler;
            Deliver(Fault.NonMaskable);
        }
        else if (TakesInterrupts && InterruptController is { } controller)
        {
            var vector = controller.Acknowledge();
            if (Log.Has(LogItems.Interrupts)) Log.Write($"{Name}: interrupt {vector:x2}");
            Deliver(vector);
        }
    }

    /// <summary>Whoever changes the input from low to high asks for attention, so that nothing is missed that comes later.</summary>
    private void NoteHeldInterrupts() => _state->HeldFlags = Volatile.Read(ref _lines) != 0 ? EFlags.Interrupt : 0;

    private void TakeDebugHits()
    {
        _state->Dr6 |= _debugHits;
        _debugHits = 0;
    }

    private void ChangeAddressGate()
    {
        var mask = Volatile.Read(ref _addressGate) != 0 ? ulong.MaxValue : ~(1ul << 20);
        if (_state->A20Mask == mask) return;
        _state->A20Mask = mask;
        ForgetTranslations();
    }

    private void BeginAt(byte page)
    {
        SetRealSegment(SegmentNumber.Cs, (ushort)(page << 8), 0xffff);
        _state->Rip = 0;
        _state->Activity = Activity.Running;
        ModeChanged();
        Caches.FlushCode();
    }

    /// <summary>Before an instruction that runs alone: whether it is traced.</summary>
    public bool BeginStep()
    {
        _state->InterruptShadow = 0;
        return (_state->SystemFlags & EFlags.Trap) != 0;
    }

    /// <summary>After such an instruction.</summary>
    public void EndStep(bool traced, ulong executedBefore)
    {
        const ulong SingleStep = 1 << 14;
        // An instruction that faulted has its handler's first instruction ahead, which is not traced.
        if (traced && _state->Retired != executedBefore && !TrapPending)
        {
            _state->Dr6 |= SingleStep;
            TakeDebugHits();
            Deliver(Fault.Debug);
        }
        RecheckInterrupts();
    }

    public override void RecheckInterrupts()
    {
        NoteHeldInterrupts();
        if ((Volatile.Read(ref _lines) | Volatile.Read(ref _events)) == 0 && _debugHits == 0) return;
        if (HasInterrupt) Signal.Raise(Attention.Interrupts);
    }

    protected override void DeliverTrap(int cause, ulong value, ulong pc)
    {
        if (Failure is not null) return;
        if (Log.Has(LogItems.Interrupts)) Log.Write($"{Name}: exception {cause:x2} error {value:x} at {_state->Segment(SegmentNumber.Cs).Selector:x4}:{pc:x}");
        _state->Rip = pc;
        // An instruction that faults has no data breakpoints: it comes again.
        _debugHits = 0;
        // A debugger's breakpoint on the instruction must not stop it again when the handler returns.
        _state->SystemFlags |= EFlags.Resume;
        DeliverException(cause, value);
    }

    /// <summary>An interrupt from outside, between two instructions.</summary>
    private void Deliver(int vector)
    {
        _state->Activity = Activity.Running;
        var pc = _state->Rip;
        if (TryInterrupt(vector, InterruptKind.Hardware, 0, hasError: false, pc, out var target)) _state->Rip = target;
        else DeliverNested(vector, pc);
        Caches.FlushCode();
    }

    private void DeliverException(int vector, ulong error)
    {
        if (vector == Fault.PageFault) _state->Cr2 = PageFaultAddress;
        var pc = _state->Rip;
        if (TryInterrupt(vector, InterruptKind.Hardware, error, Fault.HasErrorCode(vector) && !IsReal, pc, out var target)) _state->Rip = target;
        else DeliverNested(vector, pc);
    }

    /// <summary>The delivery of an exception or interrupt has itself faulted (SDM volume 3, table 7-5).</summary>
    private void DeliverNested(int first, ulong pc)
    {
        for (var attempts = 0; TrapPending; attempts++)
        {
            var (second, error) = (TrapCause, TrapValue);
            DropTrap();
            _state->Rip = pc;
            var doubles = IsContributory(first) ? IsContributory(second) : first == Fault.PageFault && (IsContributory(second) || second == Fault.PageFault);
            if (first == Fault.DoubleFault || attempts > 2)
            {
                ShutDown();
                return;
            }
            (first, error) = doubles ? (Fault.DoubleFault, 0) : (second, error);
            if (first == Fault.PageFault) _state->Cr2 = PageFaultAddress;
            if (TryInterrupt(first, InterruptKind.Hardware, error | (doubles ? 0 : ExternalError), Fault.HasErrorCode(first) && !IsReal, pc, out var target)) _state->Rip = target;
        }
    }

    private static bool IsContributory(int vector) => vector is Fault.DivideError or (>= Fault.InvalidTss and <= Fault.GeneralProtection);

    /// <summary>Enters a handler; false with a fault pending and nothing changed but memory below the stack pointer.</summary>
    internal bool TryInterrupt(int vector, InterruptKind kind, ulong error, bool hasError, ulong returnTo, out ulong target)
    {
        if (IsReal) return TryRealInterrupt(vector, returnTo, out target);
        target = 0;
        var size = IsLongActive ? 16u : 8u;
        var tableError = ((ulong)vector * 8) | TableError | (kind == InterruptKind.Hardware ? ExternalError : 0);
        if (((ulong)vector * size) + size - 1 > _state->IdtLimit) return RefuseGate(Fault.GeneralProtection, tableError);
        var at = _state->IdtBase + ((ulong)vector * size);
        ulong high = 0;
        if (!TryReadSystem(at, 8, out var low) || (IsLongActive && !TryReadSystem(at + 8, 8, out high))) return false;
        var gate = new Descriptor(low, high);
        var isGate = gate.IsSystem && (gate.Type is Descriptor.InterruptGate or Descriptor.TrapGate
            || (!IsLongActive && gate.Type is Descriptor.TaskGate or Descriptor.InterruptGate16 or Descriptor.TrapGate16));
        if (!isGate || (kind != InterruptKind.Hardware && (ulong)gate.Privilege < _state->Cpl)) return RefuseGate(Fault.GeneralProtection, tableError);
        if (!gate.IsPresent) return RefuseGate(Fault.SegmentNotPresent, tableError);
        if (gate.Type != Descriptor.TaskGate) return TryEnterHandler(gate, kind, error, hasError, returnTo, out target);
        _state->Rip = returnTo;
        if (!TrySwitchTask(gate.GateSelector, TaskSwitch.Interrupt, out target)) return false;
        return !hasError || TryPushError(error, ref target);
    }

    private bool TryEnterHandler(in Descriptor gate, InterruptKind kind, ulong error, bool hasError, ulong returnTo, out ulong target)
    {
        target = 0;
        var external = kind == InterruptKind.Hardware ? ExternalError : 0;
        var selector = gate.GateSelector;
        if ((selector & NullMask) == 0) return RefuseGate(Fault.GeneralProtection, external);
        if (!TryReadDescriptor(selector, Fault.GeneralProtection, out var code, out var address)) return false;
        if (!code.IsCode || (ulong)code.Privilege > _state->Cpl || (IsLongActive && !code.IsLong)) return RefuseGate(Fault.GeneralProtection, (selector & NullMask) | external);
        if (!code.IsPresent) return RefuseGate(Fault.SegmentNotPresent, (selector & NullMask) | external);
        if (IsVirtual8086 && (code.IsConforming || code.Privilege != 0)) return RefuseGate(Fault.GeneralProtection, selector & NullMask);

        var privilege = code.IsConforming ? _state->Cpl : (ulong)code.Privilege;
        var inner = privilege < _state->Cpl;
        var stack = _state->Segment(SegmentNumber.Ss);
        var oldSelector = stack.Selector;
        var pointer = _state->Registers[Slot.Rsp];
        var size = IsLongActive ? 8 : gate.IsGate32 ? 4 : 2;
        if (IsLongActive)
        {
            if (gate.StackNumber != 0 || inner)
            {
                if (!TryReadLongStack(gate.StackNumber != 0 ? 6 + gate.StackNumber : (int)privilege, out pointer)) return false;
                if (inner) stack = new SegmentState { Selector = privilege };
            }
            pointer &= ~15ul;
        }
        else if (inner && !TryReadInnerStack(privilege, out stack, out pointer)) return false;

        var flags = Flags;
        var writer = new StackWriter(this, stack, pointer, IsLongActive ? 64 : (stack.Attributes & Descriptor.Big) != 0 ? 32 : 16, privilege == 3);
        if (IsVirtual8086)
        {
            foreach (var number in (ReadOnlySpan<SegmentNumber>)[SegmentNumber.Gs, SegmentNumber.Fs, SegmentNumber.Ds, SegmentNumber.Es])
            {
                if (!writer.TryPush(size, _state->Segment(number).Selector)) return false;
            }
        }
        if ((inner || IsLongActive) && (!writer.TryPush(size, oldSelector) || !writer.TryPush(size, _state->Registers[Slot.Rsp]))) return false;
        if (!writer.TryPush(size, flags) || !writer.TryPush(size, _state->Segment(SegmentNumber.Cs).Selector) || !writer.TryPush(size, returnTo)) return false;
        if (hasError && !writer.TryPush(size, error)) return false;
        if (!TrySetAccessed(ref code, address)) return false;

        if (IsVirtual8086)
        {
            _state->SystemFlags &= ~EFlags.Virtual8086;
            foreach (var number in (ReadOnlySpan<SegmentNumber>)[SegmentNumber.Gs, SegmentNumber.Fs, SegmentNumber.Ds, SegmentNumber.Es])
                _state->Segment(number) = default;
        }
        var isInterruptGate = (gate.Type & 1) == 0;
        _state->SystemFlags &= ~(EFlags.Trap | EFlags.NestedTask | EFlags.Resume | (isInterruptGate ? EFlags.Interrupt : 0));
        if (inner) _state->Segment(SegmentNumber.Ss) = stack;
        SetStackPointer(writer.Pointer);
        SetCode(code, (ushort)((selector & NullMask) | privilege), privilege);
        target = IsLongActive ? gate.GateOffset : gate.IsGate32 ? (uint)gate.GateOffset : (ushort)gate.GateOffset;
        return true;
    }

    private bool TryRealInterrupt(int vector, ulong returnTo, out ulong target)
    {
        target = 0;
        if (((ulong)vector * 4) + 3 > _state->IdtLimit) return RefuseGate(Fault.GeneralProtection, 0);
        if (!TryReadSystem(_state->IdtBase + ((ulong)vector * 4), 4, out var entry)) return false;
        var writer = new StackWriter(this, _state->Segment(SegmentNumber.Ss), _state->Registers[Slot.Rsp], Mode.StackBits, isUser: false);
        if (!writer.TryPush(2, Flags) || !writer.TryPush(2, _state->Segment(SegmentNumber.Cs).Selector) || !writer.TryPush(2, returnTo)) return false;
        SetStackPointer(writer.Pointer);
        _state->SystemFlags &= ~(EFlags.Interrupt | EFlags.Trap | EFlags.AlignmentCheck | EFlags.Resume);
        SetRealSegment(SegmentNumber.Cs, (ushort)(entry >> 16), _state->Segment(SegmentNumber.Cs).Limit);
        ModeChanged();
        target = (ushort)entry;
        return true;
    }

    /// <summary>The error code of an exception that a task gate has served.</summary>
    private bool TryPushError(ulong error, ref ulong target)
    {
        var stack = _state->Segment(SegmentNumber.Ss);
        var writer = new StackWriter(this, stack, _state->Registers[Slot.Rsp], Mode.StackBits, _state->Cpl == 3);
        if (!writer.TryPush((_state->Segment(SegmentNumber.Task).Attributes & 8) != 0 ? 4 : 2, error)) return false;
        SetStackPointer(writer.Pointer);
        return true;
    }

    /// <summary>The stack pointer as wide as the stack segment in force has it.</summary>
    private void SetStackPointer(ulong value)
    {
        ref var pointer = ref _state->Registers[Slot.Rsp];
        var big = (_state->Segment(SegmentNumber.Ss).Attributes & Descriptor.Big) != 0;
        pointer = IsLongActive ? value : big ? (uint)value : (pointer & ~0xfffful) | (ushort)value;
    }

    private void SetCode(in Descriptor code, ushort selector, ulong privilege)
    {
        _state->Segment(SegmentNumber.Cs) = code.ToSegment(selector);
        _state->Cpl = privilege;
        // From 64-bit code to 64-bit code all is as it was.
        if (!code.IsLong || !IsLongCode) ModeChanged();
    }

    private bool RefuseGate(int vector, ulong error)
    {
        RaiseTrap(vector, error);
        return false;
    }
}
