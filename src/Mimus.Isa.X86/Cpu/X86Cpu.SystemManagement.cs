namespace Mimus.Isa.X86;

/// <content>
/// System management mode (SDM volume 3, chapter 33). The state is saved in AMD's 64-bit layout (APM volume 2, 10.2.3) by processors that have
/// long mode, and in the 32-bit one (SDM, 33.4.1) by others; firmware tells them apart by the revision identifier.
/// </content>
public sealed unsafe partial class X86Cpu
{
    private const ulong ManagementCode = 0x8000, ImageStart = 0xfe00;

    /// <summary>Bits of <see cref="X86State.NmiBlocked"/>: system management mode keeps them out beside a handler that runs.</summary>
    private const ulong BlockedByHandler = 1, BlockedByManagement = 2;

    /// <summary>The processor is in system management mode.</summary>
    public bool IsInManagement => _state->InManagement != 0;

    /// <summary>Another thread's request to enter system management mode. Any thread may call.</summary>
    public void RequestManagement() => Raise(ProcessorEvents.SystemManagement);

    private void EnterManagement()
    {
        var before = *_state;
        var flags = Flags;
        var isHalted = _state->Activity == Activity.Halted ? 1ul : 0;
        _state->InManagement = 1;
        _state->NmiBlocked |= BlockedByManagement;
        _state->Activity = Activity.Running;
        _state->Cr0 &= ~(Cr0.Protection | Cr0.Emulation | Cr0.TaskSwitched | Cr0.Paging);
        (_state->Cr4, _state->Efer, _state->Dr7, _state->Cpl, _state->InterruptShadow) = (0, 0, 0x400, 0, 0);
        Flags = 0;
        for (var number = SegmentNumber.Es; number <= SegmentNumber.Gs; number++)
        {
            _state->Segment(number).Attributes = 0;
            SetRealSegment(number, 0, uint.MaxValue);
        }
        _state->Segment(SegmentNumber.Cs).Selector = (ushort)(_state->ManagementBase >> 4);
        _state->Segment(SegmentNumber.Cs).Base = _state->ManagementBase;
        _state->Rip = ManagementCode;
        ModeChanged();
        ForgetTranslations();
        // The memory of this mode is there from now on, without paging.
        new ManagementImage(this, _state->ManagementBase + ImageStart, ref before, isSaving: true).Transfer(ref flags, ref isHalted);
        Serialize();
    }

    /// <summary>RSM.</summary>
    internal bool TryLeaveManagement(out ulong target)
    {
        target = 0;
        if (!IsInManagement) return Refuse(Fault.InvalidOpcode, 0);
        _state->Cr0 &= ~Cr0.Paging;
        _state->Efer = 0;
        ForgetTranslations();
        var after = *_state;
        ulong flags = 0, isHalted = 0;
        new ManagementImage(this, _state->ManagementBase + ImageStart, ref after, isSaving: false).Transfer(ref flags, ref isHalted);
        var pagesWithoutProtection = (after.Cr0 & Cr0.Paging) != 0 && (after.Cr0 & Cr0.Protection) == 0;
        if (pagesWithoutProtection || (after.Cr4 & ~PossibleCr4()) != 0 || (after.Efer & ~(PossibleEfer() | Efer.LongActive)) != 0)
        {
            Fail("system management mode was left with a state that cannot be");
            return false;
        }
        *_state = after;
        _state->InManagement = 0;
        _state->NmiBlocked &= BlockedByHandler;
        _state->Cpl = (_state->Cr0 & Cr0.Protection) == 0 ? 0 : (flags & EFlags.Virtual8086) != 0 ? 3 : (_state->Segment(SegmentNumber.Ss).Attributes >> 5) & 3;
        Flags = flags;
        if ((isHalted & 1) != 0)
        {
            _state->Activity = Activity.Halted;
            WaitRequested = true;
        }
        ModeChanged();
        ForgetTranslations();
        Serialize();
        RecheckInterrupts();
        target = _state->Rip;
        return true;
    }

    /// <summary>The saved state in memory. One list of its fields serves both directions.</summary>
    private readonly ref struct ManagementImage(X86Cpu cpu, ulong start, ref X86State state, bool isSaving)
    {
        private const ulong LongRevision = 0x20064, Revision = 0x20000;

        private static ReadOnlySpan<SegmentNumber> LongOrder =>
            [SegmentNumber.Es, SegmentNumber.Cs, SegmentNumber.Ss, SegmentNumber.Ds, SegmentNumber.Fs, SegmentNumber.Gs];

        private readonly ref X86State _state = ref state;

        public void Transfer(ref ulong flags, ref ulong isHalted)
        {
            if (cpu.Has(X86Feature.LongMode)) TransferLong(ref flags, ref isHalted);
            else TransferShort(ref flags, ref isHalted);
        }

        private void TransferLong(ref ulong flags, ref ulong isHalted)
        {
            for (var i = 0; i < LongOrder.Length; i++) LongSegment((ulong)i * 16, LongOrder[i]);
            Field(0x64, 2, ref _state.GdtLimit);
            Field(0x68, 8, ref _state.GdtBase);
            LongSegment(0x70, SegmentNumber.Ldt);
            Field(0x84, 2, ref _state.IdtLimit);
            Field(0x88, 8, ref _state.IdtBase);
            LongSegment(0x90, SegmentNumber.Task);
            Field(0xc9, 1, ref isHalted);
            Field(0xd0, 8, ref _state.Efer);
            Constant(0xfc, LongRevision);
            Field(0x100, 4, ref _state.ManagementBase);
            Field(0x148, 8, ref _state.Cr4);
            Field(0x150, 8, ref _state.Cr3);
            Field(0x158, 8, ref _state.Cr0);
            Field(0x160, 8, ref _state.Dr7);
            Field(0x168, 8, ref _state.Dr6);
            Field(0x170, 8, ref flags);
            Field(0x178, 8, ref _state.Rip);
            for (var i = 0; i < 8; i++) Field(0x180 + ((ulong)i * 8), 8, ref _state.General[15 - i]);
            ReadOnlySpan<int> order = [Slot.Rdi, Slot.Rsi, Slot.Rbp, Slot.Rsp, Slot.Rbx, Slot.Rdx, Slot.Rcx, Slot.Rax];
            for (var i = 0; i < order.Length; i++) Field(0x1c0 + ((ulong)i * 8), 8, ref _state.General[order[i]]);
        }

        private void TransferShort(ref ulong flags, ref ulong isHalted)
        {
            Constant(0xfc, Revision);
            Field(0xf8, 4, ref _state.ManagementBase);
            Field(0x102, 2, ref isHalted);
            // The manual leaves these places to the processor: what no register shows.
            for (var number = SegmentNumber.Es; number <= SegmentNumber.Task; number++) HiddenPart(0x110 + ((ulong)number * 12), number);
            Field(0x170, 4, ref _state.GdtBase);
            Field(0x174, 4, ref _state.GdtLimit);
            Field(0x178, 4, ref _state.IdtBase);
            Field(0x17c, 4, ref _state.IdtLimit);
            Field(0x180, 4, ref _state.Cr4);
            ReadOnlySpan<SegmentNumber> selectors =
                [SegmentNumber.Es, SegmentNumber.Cs, SegmentNumber.Ss, SegmentNumber.Ds, SegmentNumber.Fs, SegmentNumber.Gs, SegmentNumber.Ldt, SegmentNumber.Task];
            for (var i = 0; i < selectors.Length; i++) Field(0x1a8 + ((ulong)i * 4), 2, ref _state.Segment(selectors[i]).Selector);
            Field(0x1c8, 4, ref _state.Dr7);
            Field(0x1cc, 4, ref _state.Dr6);
            ReadOnlySpan<int> order = [Slot.Rax, Slot.Rcx, Slot.Rdx, Slot.Rbx, Slot.Rsp, Slot.Rbp, Slot.Rsi, Slot.Rdi];
            for (var i = 0; i < order.Length; i++) Field(0x1d0 + ((ulong)i * 4), 4, ref _state.General[order[i]]);
            Field(0x1f0, 4, ref _state.Rip);
            Field(0x1f4, 4, ref flags);
            Field(0x1f8, 4, ref _state.Cr3);
            Field(0x1fc, 4, ref _state.Cr0);
        }

        /// <summary>Selector, attributes without the gap before the upper four, limit and base.</summary>
        private void LongSegment(ulong at, SegmentNumber number)
        {
            ref var segment = ref _state.Segment(number);
            var packed = (segment.Attributes & 0xff) | ((segment.Attributes >> 4) & 0xf00);
            Field(at, 2, ref segment.Selector);
            Field(at + 2, 2, ref packed);
            Field(at + 4, 4, ref segment.Limit);
            Field(at + 8, 8, ref segment.Base);
            segment.Attributes = (packed & 0xff) | ((packed & 0xf00) << 4);
            segment.SetEnds();
        }

        private void HiddenPart(ulong at, SegmentNumber number)
        {
            ref var segment = ref _state.Segment(number);
            Field(at, 4, ref segment.Base);
            Field(at + 4, 4, ref segment.Limit);
            Field(at + 8, 4, ref segment.Attributes);
            segment.SetEnds();
        }

        private void Constant(ulong at, ulong value)
        {
            if (isSaving) Field(at, 4, ref value);
        }

        private void Field(ulong at, int size, ref ulong value)
        {
            // Without paging no access faults.
            if (isSaving) cpu.TryWriteSystem(start + at, size, value);
            else cpu.TryReadSystem(start + at, size, out value);
        }
    }
}
