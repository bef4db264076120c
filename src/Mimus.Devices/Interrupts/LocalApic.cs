using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Core.Timing;

namespace Mimus.Devices.Interrupts;

/// <summary>
/// The local APIC of one x86 processor (Intel SDM volume 3, chapter 12), as registers in memory (xAPIC) or as MSRs (x2APIC). It is a
/// part of the processor: only that one sees its registers, at the page that IA32_APIC_BASE says. Inputs 0 and 1 are LINT0 and LINT1.
/// </summary>
/// <remarks>
/// The registers are in <c>LocalApic.Registers.cs</c>, and what becomes of messages and pins here. The lock of one is never held while
/// another's is taken, nor while <see cref="ApicBus"/> or the 8259s are called.
/// </remarks>
public sealed partial class LocalApic : IMmioDevice, IIrqSink, IInterruptAcknowledge
{
    /// <summary>The inputs.</summary>
    public const int Lint0 = 0, Lint1 = 1;

    private const int FirstLegalVector = 16;
    private const int NoVector = -1;

    private readonly uint _id;
    private readonly bool _isFirst;
    private readonly ApicBus _bus;
    private readonly IrqLine _interrupt;
    private readonly IProcessorEvents _processor;
    private readonly IInterruptAcknowledge? _external;
    private readonly Lock _lock = new(); // held while the processor's line changes and it takes note of events

    private readonly ApicTimer _timer;
    private readonly VectorSet _requested = new(), _inService = new(), _levelTriggered = new(); // IRR, ISR, TMR
    private readonly uint[] _lvt = new uint[LvtCount];
    private ulong _base;                // IA32_APIC_BASE
    private uint _taskPriority, _logicalId, _format, _spurious;
    private uint _errors, _shownErrors; // collected, and as ESR shows them
    private ulong _command;             // ICR
    private bool _lint0, _lint1;        // levels at the pins
    private bool _externalByMessage;    // an external interrupt came as a message

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="id">The APIC ID.</param>
    /// <param name="isFirst">Whether its processor is the one that boots.</param>
    /// <param name="bus">What brings messages; this APIC joins it.</param>
    /// <param name="clock">The machine's time.</param>
    /// <param name="tsc">The processor's time-stamp counter.</param>
    /// <param name="interrupt">The processor's interrupt line.</param>
    /// <param name="processor">What else it does to its processor.</param>
    /// <param name="external">The 8259s, which give the vectors of external interrupts; null where there are none.</param>
    public LocalApic(string name, uint id, bool isFirst, ApicBus bus, VirtualClock clock, TickCounter tsc, IrqLine interrupt,
        IProcessorEvents processor, IInterruptAcknowledge? external)
    {
        Name = name;
        _id = id;
        _isFirst = isFirst;
        _bus = bus;
        _interrupt = interrupt;
        _processor = processor;
        _external = external;
        _timer = new ApicTimer(clock, tsc, OnTimer);
        Reset();
        bus.Add(this);
    }

    public string Name { get; }

    /// <summary>The priority class that interrupts must be above, as CR8 shows it.</summary>
    public byte PriorityClass
    {
        get
        {
            lock (_lock) return (byte)(_taskPriority >> 4);
        }
        set
        {
            lock (_lock)
            {
                _taskPriority = (uint)(value & 15) << 4;
                Update();
            }
        }
    }

    /// <summary>Where its registers are in memory; null while they are not there.</summary>
    public ulong? Window
    {
        get
        {
            var value = Volatile.Read(ref _base);
            return (value & (BaseEnabled | BaseX2)) == BaseEnabled ? value & BaseAddressMask : null;
        }
    }

    /// <summary>How important what the processor does is, for the choice among several; null when it takes no interrupts at all.</summary>
    internal int? ArbitrationPriority
    {
        get
        {
            lock (_lock) return IsSoftwareEnabled ? (int)ProcessorPriority : null;
        }
    }

    private bool IsEnabled => (_base & BaseEnabled) != 0;

    private bool IsX2 => (_base & BaseX2) != 0;

    private bool IsSoftwareEnabled => IsEnabled && (_spurious & SpuriousEnabled) != 0;

    /// <summary>PPR (12.8.3.1).</summary>
    private uint ProcessorPriority
    {
        get
        {
            var serviced = (uint)Math.Max(_inService.Highest, 0);
            return _taskPriority >> 4 >= serviced >> 4 ? _taskPriority : serviced & 0xf0;
        }
    }

    /// <summary>
    /// Whether the 8259s' interrupt reaches the processor: an APIC that is off connects the pin straight to it (12.4.7.1).
    /// </summary>
    private bool IsExternalPending => _externalByMessage || (_lint0 && (!IsEnabled || IsExternal(_lvt[LvtLint0])))
        || (_lint1 && IsEnabled && IsExternal(_lvt[LvtLint1]));

    public void SetLine(int input, bool high)
    {
        lock (_lock)
        {
            if (input == Lint0) SetPin(ref _lint0, high, LvtLint0);
            else if (input == Lint1) SetPin(ref _lint1, high, LvtLint1);
            Update();
        }
    }

    public byte Acknowledge()
    {
        lock (_lock)
        {
            if (!IsExternalPending || _external is null)
            {
                var vector = Deliverable();
                if (vector == NoVector) return (byte)_spurious;
                _requested.Remove(vector);
                _inService.Add(vector);
                Update();
                return (byte)vector;
            }
            _externalByMessage = false;
            Update();
        }
        return _external.Acknowledge();
    }

    /// <summary>Whether a message is for this APIC (12.6.2).</summary>
    internal bool IsDestination(uint destination, bool isLogical)
    {
        lock (_lock)
        {
            if (!IsEnabled) return false;
            if (destination == ApicMessage.Everybody) return true;
            if (!isLogical) return destination == _id;
            if (IsX2) return destination >> 16 == X2LogicalId >> 16 && (destination & X2LogicalId & 0xffff) != 0;
            var logical = _logicalId >> 24;
            if (_format >> 28 == FlatModel) return (destination & logical) != 0;
            return (destination >> 4 == 15 || destination >> 4 == logical >> 4) && (destination & logical & 15) != 0;
        }
    }

    /// <summary>Takes a message that is for this APIC; false when it is off.</summary>
    internal bool Accept(ApicMessage message)
    {
        lock (_lock)
        {
            if (!IsEnabled) return false;
            switch (message.Mode)
            {
                case DeliveryMode.Fixed or DeliveryMode.LowestPriority:
                    if (!IsSoftwareEnabled) return false;
                    Request(message.Vector, message.IsLevel);
                    break;
                case DeliveryMode.SystemManagement:
                    _processor.SystemManagementInterrupt();
                    break;
                case DeliveryMode.NonMaskable:
                    _processor.NonMaskableInterrupt();
                    break;
                case DeliveryMode.Init:
                    ResetByInit();
                    _processor.Init();
                    break;
                case DeliveryMode.StartUp:
                    _processor.StartUp(message.Vector);
                    break;
                case DeliveryMode.External:
                    _externalByMessage = true;
                    break;
            }
            Update();
            return true;
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            _base = DefaultBase | BaseEnabled | (_isFirst ? BaseFirst : 0);
            ResetByInit();
            Update();
        }
    }

    /// <remarks>The clock and the time-stamp counter must be restored before this device: deadlines are computed from them.</remarks>
    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Child("timer", _timer);
            _requested.State(v, 1, "requested");
            _inService.State(v, 2, "in-service");
            _levelTriggered.State(v, 3, "level-triggered");
            v.Fields(4, "lvt", _lvt);
            v.Field(5, "base", ref _base);
            v.Field(6, "task-priority", ref _taskPriority);
            v.Field(7, "logical-id", ref _logicalId);
            v.Field(8, "format", ref _format);
            v.Field(9, "spurious", ref _spurious);
            v.Field(10, "errors", ref _errors);
            v.Field(11, "shown-errors", ref _shownErrors);
            v.Field(12, "command", ref _command);
            v.Field(13, "lint0", ref _lint0);
            v.Field(14, "lint1", ref _lint1);
            v.Field(15, "external-by-message", ref _externalByMessage);
            if (!v.IsRestoring) return;
            _taskPriority &= byte.MaxValue;
            Update();
            _interrupt.Redrive(_interrupt.IsHigh);
        }
    }

    /// <summary>
    /// 12.4.7.3: after an INIT all is as after power-up, but for the ID and the mode. Where the 8259s are wired to LINT0 that lets them through, which on
    /// real boards the firmware arranges: so a BIOS from before there were APICs gets its interrupts, and the state is the one that Linux's KVM gives a PC.
    /// </summary>
    private void ResetByInit()
    {
        _timer.Reset();
        _requested.Clear();
        _inService.Clear();
        _levelTriggered.Clear();
        _lvt.AsSpan().Fill(LvtMasked);
        if (_external is not null) _lvt[LvtLint0] = (uint)DeliveryMode.External << LvtModeShift;
        _taskPriority = _logicalId = 0;
        _format = uint.MaxValue;
        _spurious = 0xff;
        _errors = _shownErrors = 0;
        _command = 0;
        _externalByMessage = false;
    }

    /// <summary>An LVT entry's interrupt happens (12.5.1).</summary>
    private void Trigger(int entry)
    {
        var lvt = _lvt[entry];
        if (!IsEnabled || (lvt & LvtMasked) != 0) return;
        switch (ModeOf(lvt))
        {
            case DeliveryMode.Fixed:
                var level = entry == LvtLint0 && (lvt & LvtLevel) != 0; // LINT1 is always an edge
                if (level) _lvt[entry] |= LvtRemoteRequest;
                Request((byte)lvt, level);
                break;
            case DeliveryMode.NonMaskable:
                _processor.NonMaskableInterrupt();
                break;
            case DeliveryMode.SystemManagement:
                _processor.SystemManagementInterrupt();
                break;
            case DeliveryMode.Init:
                ResetByInit();
                _processor.Init();
                break;
        }
    }

    private void SetPin(ref bool pin, bool high, int entry)
    {
        var rises = high && !pin;
        pin = high;
        // An APIC that is off connects LINT1 to the processor's NMI pin.
        if (rises && entry == LvtLint1 && !IsEnabled) _processor.NonMaskableInterrupt();
        if (rises && (entry != LvtLint0 || (_lvt[entry] & LvtLevel) == 0)) Trigger(entry);
        TriggerLevel();
    }

    /// <summary>LINT0 in its level-triggered mode requests again and again until the pin falls.</summary>
    private void TriggerLevel()
    {
        var lvt = _lvt[LvtLint0];
        if (_lint0 && (lvt & (LvtLevel | LvtRemoteRequest)) == LvtLevel && ModeOf(lvt) == DeliveryMode.Fixed) Trigger(LvtLint0);
    }

    private void Request(byte vector, bool level)
    {
        if (vector < FirstLegalVector)
        {
            ReportError(ErrorReceivedIllegalVector);
            return;
        }
        _requested.Add(vector);
        if (level) _levelTriggered.Add(vector);
        else _levelTriggered.Remove(vector);
    }

    private void ReportError(uint error)
    {
        if ((_errors & error) != 0) return;
        _errors |= error;
        // An error interrupt that itself has an illegal vector is reported once and ends there.
        Trigger(LvtError);
    }

    /// <summary>What is due at once need not wait for the main loop.</summary>
    private void ExpireTimer()
    {
        if (_timer.TryExpire()) Trigger(LvtTimer);
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            ExpireTimer();
            Update();
        }
    }

    /// <summary>The request that the processor may take now, or <see cref="NoVector"/>.</summary>
    private int Deliverable()
    {
        if (!IsSoftwareEnabled) return NoVector;
        var vector = _requested.Highest;
        return vector >> 4 > (int)(ProcessorPriority >> 4) ? vector : NoVector;
    }

    private void Update() => _interrupt.Set(IsExternalPending || Deliverable() != NoVector);

    private static DeliveryMode ModeOf(uint lvt) => (DeliveryMode)((lvt >> LvtModeShift) & 7);

    private static bool IsExternal(uint lvt) => (lvt & LvtMasked) == 0 && ModeOf(lvt) == DeliveryMode.External;
}
