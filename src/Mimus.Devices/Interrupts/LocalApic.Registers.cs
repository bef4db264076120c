namespace Mimus.Devices.Interrupts;

public sealed partial class LocalApic
{
    /// <summary>The size of the register window.</summary>
    public const ulong Size = 0x1000;

    // IA32_APIC_BASE (12.4.4, 12.12.1)
    private const uint MsrBase = 0x1b;
    private const ulong BaseFirst = 1 << 8, BaseX2 = 1 << 10, BaseEnabled = 1 << 11;
    private const ulong DefaultBase = 0xfee0_0000, BaseAddressMask = 0x000f_ffff_ffff_f000;

    private const uint MsrTscDeadline = 0x6e0;      // 12.5.4.1
    private const uint MsrFirst = 0x800, MsrLast = 0x8ff; // 12.12.1.2

    // Registers, by their number: 16 bytes apart in memory, one MSR each (tables 12-1 and 12-6)
    private const int Id = 0x02, Version = 0x03, TaskPriority = 0x08, Arbitration = 0x09, Priority = 0x0a, EndOfInterrupt = 0x0b,
        LogicalDestination = 0x0d, DestinationFormat = 0x0e, Spurious = 0x0f, InService = 0x10, Triggered = 0x18, Requested = 0x20,
        ErrorStatus = 0x28, CommandLow = 0x30, CommandHigh = 0x31, FirstLvt = 0x32, LastLvt = 0x37,
        InitialCount = 0x38, CurrentCount = 0x39, DivideConfiguration = 0x3e, SelfInterrupt = 0x3f;

    // The local vector table (12.5.1): in the order of the registers
    private const int LvtTimer = 0, LvtLint0 = 3, LvtLint1 = 4, LvtError = 5, LvtCount = 6;
    private const uint LvtMasked = 1 << 16, LvtLevel = 1 << 15, LvtRemoteRequest = 1 << 14, LvtPolarity = 1 << 13, LvtModeMask = 7 << 8,
        LvtVector = 0xff;
    private const int LvtModeShift = 8, LvtTimerModeShift = 17;
    private const uint LvtTimerModeMask = 3;

    // Version (12.4.8): a local APIC in the processor, its last LVT entry, and that it can keep its ends of interrupts to itself
    private const uint VersionValue = 0x14 | ((LvtCount - 1) << 16) | (1 << 24);

    // Spurious-interrupt vector (12.9)
    private const uint SpuriousEnabled = 1 << 8, SpuriousNoBroadcast = 1 << 12,
        SpuriousMask = 0xff | SpuriousEnabled | (1 << 9) | SpuriousNoBroadcast;

    private const uint FlatModel = 15; // 12.6.2.2

    // Errors (12.5.3)
    private const uint ErrorSentIllegalVector = 1 << 5, ErrorReceivedIllegalVector = 1 << 6, ErrorIllegalRegister = 1 << 7;

    // Interrupt command (12.6.1)
    private const uint CommandLogical = 1 << 11, CommandAssert = 1 << 14, CommandLevel = 1 << 15;
    private const uint CommandMask = 0xff | (7 << 8) | CommandLogical | CommandAssert | CommandLevel | (3 << 18);
    private const int CommandShorthandShift = 18;
    private const int ShorthandSelf = 1, ShorthandAll = 2, ShorthandOthers = 3;

    private const int RegisterStride = 16;

    /// <summary>12.12.10.2: the logical ID of an x2APIC follows from its ID.</summary>
    private uint X2LogicalId => (_id >> 4 << 16) | (1u << (int)(_id & 15));

    public void Read(ulong offset, Span<byte> data)
    {
        uint value = 0;
        if (offset < Size)
        {
            lock (_lock)
            {
                if (IsEnabled && !IsX2 && offset % RegisterStride < sizeof(uint) && !TryReadRegister((int)offset / RegisterStride, out value))
                    ReportError(ErrorIllegalRegister);
                Update();
            }
        }
        Register.Answer(data, value >> (int)(offset % sizeof(uint) * 8));
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        // 12.4.1: other sizes and places are not to be used.
        if (data.Length != sizeof(uint) || offset >= Size || offset % RegisterStride != 0) return;
        var register = (int)offset / RegisterStride;
        var value = (uint)Register.Value(data);
        var errand = default(ApicErrand);
        lock (_lock)
        {
            if (!IsEnabled || IsX2) return;
            if (register == CommandHigh) _command = Register.WithHalf(_command, high: true, value & 0xff00_0000);
            else if (register == LogicalDestination) _logicalId = value & 0xff00_0000;
            else if (register == DestinationFormat) _format = value | 0x0fff_ffff;
            else if (register == CommandLow) errand = WriteCommand(CommandWith(value), ApicMessage.FromByte((uint)(_command >> 56)));
            else if (!TryWriteRegister(register, value, ref errand)) ReportError(ErrorIllegalRegister);
            Update();
        }
        errand.Run(_bus, this);
    }

    /// <summary>The processor reads an MSR of the APIC; false is a general protection fault.</summary>
    public bool TryReadMsr(uint msr, out ulong value)
    {
        lock (_lock)
        {
            value = 0;
            if (msr is MsrBase or MsrTscDeadline)
            {
                value = msr == MsrBase ? _base : _timer.Deadline;
                return true;
            }
            if (!IsX2 || msr is < MsrFirst or > MsrLast) return false;
            var register = (int)(msr - MsrFirst);
            if (register == CommandLow)
            {
                value = _command;
                return true;
            }
            if (register is Arbitration or DestinationFormat or EndOfInterrupt or CommandHigh) return false;
            var exists = TryReadRegister(register, out var low);
            value = low;
            return exists;
        }
    }

    /// <summary>The processor writes an MSR of the APIC; false is a general protection fault.</summary>
    public bool TryWriteMsr(uint msr, ulong value)
    {
        var errand = default(ApicErrand);
        lock (_lock)
        {
            switch (msr)
            {
                case MsrBase:
                    return TryWriteBase(value);
                case MsrTscDeadline:
                    _timer.Deadline = value;
                    ExpireTimer();
                    return true;
            }
            if (!IsX2 || msr is < MsrFirst or > MsrLast || !TryWriteX2((int)(msr - MsrFirst), value, ref errand)) return false;
            Update();
        }
        errand.Run(_bus, this);
        return true;
    }

    /// <summary>12.12.1.2: bits that do not exist cannot be set, and registers that only show something cannot be written.</summary>
    private bool TryWriteX2(int register, ulong value, ref ApicErrand errand)
    {
        switch (register)
        {
            case CommandLow:
                if ((uint)value != ((uint)value & CommandMask)) return false;
                errand = WriteCommand(value, (uint)(value >> 32));
                return true;
            case SelfInterrupt:
                if (value > byte.MaxValue) return false;
                SendToSelf((byte)value);
                return true;
            case EndOfInterrupt or ErrorStatus when value != 0:
            case TaskPriority when value > byte.MaxValue:
            case Spurious when (value & ~(ulong)SpuriousMask) != 0:
            case >= FirstLvt and <= LastLvt when (value & ~(ulong)LvtWritable(register - FirstLvt)) != 0:
            case DivideConfiguration when (value & ~0xbul) != 0:
            case Id or LogicalDestination or DestinationFormat or CommandHigh:
                return false;
            default:
                return value <= uint.MaxValue && TryWriteRegister(register, (uint)value, ref errand);
        }
    }

    private bool TryReadRegister(int register, out uint value)
    {
        value = 0;
        switch (register)
        {
            case Id:
                value = IsX2 ? _id : _id << 24;
                break;
            case Version:
                value = VersionValue;
                break;
            case TaskPriority:
                value = _taskPriority;
                break;
            case Arbitration or Priority:
                value = ProcessorPriority;
                break;
            case EndOfInterrupt:
                break;
            case LogicalDestination:
                value = IsX2 ? X2LogicalId : _logicalId;
                break;
            case DestinationFormat:
                value = _format;
                break;
            case Spurious:
                value = _spurious;
                break;
            case >= InService and < Triggered:
                value = _inService.Word(register - InService);
                break;
            case >= Triggered and < Requested:
                value = _levelTriggered.Word(register - Triggered);
                break;
            case >= Requested and < ErrorStatus:
                value = _requested.Word(register - Requested);
                break;
            case ErrorStatus:
                value = _shownErrors;
                break;
            case CommandLow:
                value = (uint)_command;
                break;
            case CommandHigh:
                value = (uint)(_command >> 32);
                break;
            case >= FirstLvt and <= LastLvt:
                value = _lvt[register - FirstLvt];
                break;
            case InitialCount:
                value = _timer.Initial;
                break;
            case CurrentCount:
                value = _timer.Current;
                break;
            case DivideConfiguration:
                value = _timer.Divide;
                break;
            default:
                return false;
        }
        return true;
    }

    /// <summary>
    /// Writes a register that both modes have; what must be called without the lock comes back in <paramref name="errand"/>.
    /// </summary>
    private bool TryWriteRegister(int register, uint value, ref ApicErrand errand)
    {
        switch (register)
        {
            case TaskPriority:
                _taskPriority = value & byte.MaxValue;
                break;
            case EndOfInterrupt:
                errand = EndInterrupt();
                break;
            case Spurious:
                _spurious = value & SpuriousMask;
                // 12.4.7.2: while it is disabled, all entries are masked.
                if (!IsSoftwareEnabled)
                {
                    foreach (ref var entry in _lvt.AsSpan()) entry |= LvtMasked;
                }
                break;
            case ErrorStatus:
                (_shownErrors, _errors) = (_errors, 0);
                break;
            case >= FirstLvt and <= LastLvt:
                WriteLvt(register - FirstLvt, value);
                break;
            case InitialCount:
                _timer.Initial = value;
                ExpireTimer();
                break;
            case DivideConfiguration:
                _timer.Divide = value;
                break;
            case Id or Version or Arbitration or Priority or CurrentCount or (>= InService and < ErrorStatus):
                return !IsX2; // in memory such a write is lost
            default:
                return false;
        }
        return true;
    }

    private bool TryWriteBase(ulong value)
    {
        if ((value & ~(BaseFirst | BaseX2 | BaseEnabled | BaseAddressMask)) != 0) return false;
        var x2 = (value & BaseX2) != 0;
        var enabled = (value & BaseEnabled) != 0;
        // Figure 12-27: x2APIC is entered from xAPIC only, and left only by switching off.
        if (x2 && (!enabled || (!IsEnabled && !IsX2))) return false;
        if (IsX2 && enabled && !x2) return false;
        var switchesOff = IsEnabled && !enabled;
        _base = (value & ~BaseFirst) | (_isFirst ? BaseFirst : 0);
        if (switchesOff) ResetByInit(); // 12.4.3: its state is lost
        Update();
        return true;
    }

    private static uint LvtWritable(int entry) => entry switch
    {
        LvtTimer => LvtVector | LvtMasked | (LvtTimerModeMask << LvtTimerModeShift),
        LvtLint0 or LvtLint1 => LvtVector | LvtMasked | LvtModeMask | LvtPolarity | LvtLevel,
        LvtError => LvtVector | LvtMasked,
        _ => LvtVector | LvtMasked | LvtModeMask,
    };

    private void WriteLvt(int entry, uint value)
    {
        value &= LvtWritable(entry);
        if (!IsSoftwareEnabled) value |= LvtMasked;
        if ((value & LvtLevel) != 0) value |= _lvt[entry] & LvtRemoteRequest;
        _lvt[entry] = value;
        if (entry == LvtTimer)
        {
            var mode = (int)(value >> LvtTimerModeShift & LvtTimerModeMask);
            _timer.Mode = mode > ApicTimer.TscDeadline ? ApicTimer.OneShot : mode;
        }
        if (entry == LvtLint0) TriggerLevel();
    }

    /// <summary>12.8.5: the highest vector leaves service; the end of a level-triggered one is told to the I/O APICs.</summary>
    private ApicErrand EndInterrupt()
    {
        var vector = _inService.Highest;
        if (vector == NoVector) return default;
        _inService.Remove(vector);
        if (!_levelTriggered.Contains(vector)) return default;
        if ((_lvt[LvtLint0] & (LvtRemoteRequest | LvtVector)) == (LvtRemoteRequest | (uint)vector))
        {
            _lvt[LvtLint0] &= ~LvtRemoteRequest;
            TriggerLevel();
        }
        return (_spurious & SpuriousNoBroadcast) != 0 ? default : ApicErrand.EndOfInterrupt((byte)vector);
    }

    private ulong CommandWith(uint low) => Register.WithHalf(_command, high: false, low & CommandMask);

    private void SendToSelf(byte vector)
    {
        if (vector < FirstLegalVector) ReportError(ErrorSentIllegalVector);
        else if (IsSoftwareEnabled) Request(vector, level: false);
    }

    /// <summary>12.6.1: keeps the command; the sending comes back, to be done without the lock.</summary>
    private ApicErrand WriteCommand(ulong command, uint destination)
    {
        _command = command;
        var low = (uint)command;
        var mode = (DeliveryMode)((low >> LvtModeShift) & 7);
        var isLevel = (low & CommandLevel) != 0;
        // The end of an INIT's level only matters to buses that are no more.
        if (mode == DeliveryMode.Init && isLevel && (low & CommandAssert) == 0) return default;
        var shorthand = (int)(low >> CommandShorthandShift & 3);
        var message = new ApicMessage(destination, (low & CommandLogical) != 0, mode, (byte)low, IsLevel: false);
        if (mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority && message.Vector < FirstLegalVector)
        {
            ReportError(ErrorSentIllegalVector);
            return default;
        }
        switch (shorthand)
        {
            case ShorthandSelf:
                if (mode == DeliveryMode.Fixed) SendToSelf(message.Vector);
                return default;
            case ShorthandAll or ShorthandOthers:
                if (mode == DeliveryMode.LowestPriority) message = message with { Mode = DeliveryMode.Fixed };
                return ApicErrand.SendToAll(message, butSelf: shorthand == ShorthandOthers);
            default:
                return mode == DeliveryMode.External ? default : ApicErrand.Send(message);
        }
    }
}
