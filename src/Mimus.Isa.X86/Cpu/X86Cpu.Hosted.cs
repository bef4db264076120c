using Mimus.Isa.X86.Instructions;

namespace Mimus.Isa.X86;

/// <content>
/// What an engine needs that lets the host's processor run guest code: it takes the state from here and brings it back, and delivers by itself what
/// comes from outside.
/// </content>
public sealed unsafe partial class X86Cpu
{
    /// <summary>Another thread wants something that changes the state, which must be here before <see cref="TakeEvents"/>.</summary>
    public bool IsToChange =>
        ((ProcessorEvents)Volatile.Read(ref _events) & (ProcessorEvents.Init | ProcessorEvents.Start | ProcessorEvents.SystemManagement)) != 0;

    /// <summary>An interrupt that may be delivered stands at the input.</summary>
    public bool HasInterruptAtInput => Volatile.Read(ref _lines) != 0;

    /// <summary>A page of CPUID as the processor shows it now.</summary>
    public (uint A, uint B, uint C, uint D) Identify(uint leaf, uint part) => CpuIdentification.Leaf(this, leaf, part);

    /// <summary>Takes features away that the engine does not have.</summary>
    public void LimitFeatures(FeatureSet possible) => Model = Model with { Features = Model.Features.Except(Model.Features.Except(possible)) };

    /// <summary>The time-stamp counter, which the engine keeps while the processor runs.</summary>
    public ulong TimeStampCounter
    {
        get => TimeStamp;
        set => _state->TscOffset += value - TimeStamp;
    }

    /// <summary>Reads a model-specific register that the host's processor does not have, at level 0; false for a general protection fault.</summary>
    public bool TryReadMsr(uint number, out ulong value)
    {
        _state->Cpl = 0; // the host has checked it
        value = MsrHelpers.Read(this, number, 0);
        return WasMsrThere();
    }

    /// <summary>The same for a write.</summary>
    public bool TryWriteMsr(uint number, ulong value)
    {
        _state->Cpl = 0;
        _ = MsrHelpers.Write(this, number, value);
        return WasMsrThere();
    }

    private bool WasMsrThere()
    {
        var exists = !TrapPending;
        DropTrap();
        return exists;
    }

    /// <summary>
    /// Looks at what other threads have asked for, as <see cref="Attend"/> does, but interrupts are left for the engine to deliver: what it is to do.
    /// Where the state was changed here, it is not what the host's processor has.
    /// </summary>
    public HostedEvents TakeEvents()
    {
        var found = HostedEvents.None;
        AnswerFlush();
        AnswerForgetWrites();
        if (HoldInterrupts) return found;
        Signal.Acknowledge(Core.Cpus.Attention.Interrupts);
        // The host's processor has no such gate, and no software of this century closes it.
        if (TryTake(ProcessorEvents.AddressGate)) _state->A20Mask = ulong.MaxValue;
        if (TryTake(ProcessorEvents.Init))
        {
            ResetByInit();
            found |= HostedEvents.StateChanged;
        }
        var starts = TryTake(ProcessorEvents.Start);
        if (IsAwaitingStart)
        {
            if (!starts) return found;
            BeginAt((byte)Volatile.Read(ref _startPage));
            return found | HostedEvents.StateChanged;
        }
        if (!IsInManagement && TryTake(ProcessorEvents.NonMaskable)) found |= HostedEvents.NonMaskable;
        if (!IsInManagement && TryTake(ProcessorEvents.SystemManagement))
        {
            EnterManagement();
            found |= HostedEvents.StateChanged;
        }
        return found;
    }

    /// <summary>The registers are other ones, read from the host's processor: works out what depends on them.</summary>
    public void RegistersWereRead()
    {
        for (var number = SegmentNumber.Es; number <= SegmentNumber.Task; number++)
        {
            ref var segment = ref _state->Segment(number);
            if (HasRealSegments && number <= SegmentNumber.Gs)
            {
                // Here all segments of real mode can be read and written; hosts call the one with the code a code segment.
                (segment.Low, segment.ReadEnd, segment.WriteEnd) = (0, segment.Limit + 1, segment.Limit + 1);
                segment.Attributes &= ~Descriptor.Code;
            }
            else segment.SetEnds();
        }
        WatchesData = HasDataBreakpoint;
        ModeChanged();
        ForgetTranslations();
    }

    /// <summary>Delivers what the engine had begun to deliver when it was stopped: an interrupt, or an exception with its error code if it has one.</summary>
    public void FinishDelivery(int vector, ulong? error)
    {
        PageFaultAddress = _state->Cr2;
        if (error is { } code) DeliverException(vector, code);
        else Deliver(vector);
    }

    /// <summary>The processor was shut down, by a fault in a double fault's handler.</summary>
    public void WasShutDown() => ShutDown();

    /// <summary>The flags as a word instead of what they are computed from.</summary>
    private void MakeFlagsPlain()
    {
        (_state->FlagX, _state->FlagY, _state->FlagZ) = (ArithmeticFlags & EFlags.Arithmetic, 0, 0);
        _state->FlagKind = (ulong)FlagKind.Eager;
    }
}
