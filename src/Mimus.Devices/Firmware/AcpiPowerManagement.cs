using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Core.Timing;

namespace Mimus.Devices.Firmware;

/// <summary>
/// The fixed registers of ACPI's power management (ACPI 6.5, 4.8): the PM1 blocks, the power management timer and the general-purpose
/// events, with the command port of the chip set (82371AB data sheet, 7.2 and 7.3). What a guest writes there raises the system management interrupt
/// once firmware has enabled that. The two commands by which systems take power management over and give it back the port obeys by itself:
/// so they work without firmware, too.
/// </summary>
public sealed class AcpiPowerManagement : IMmioDevice, IPowerButton
{
    /// <summary>
    /// Offsets of the registers: the PM1 blocks and the timer, the general-purpose events, the command port and its status (ports B2h
    /// and B3h).
    /// </summary>
    public const int FixedOffset = 0x00, GeneralEventOffset = 0x20, CommandOffset = 0x40;

    /// <summary>How many offsets there are.</summary>
    public const ulong Size = 0x42;

    /// <summary>
    /// The sleep type that switches the machine off (ACPI's S5). Firmware for virtual machines switches off with it on every chip set.
    /// </summary>
    public const byte SoftOffType = 0;

    /// <summary>The power management timer's frequency (4.8.3.3).</summary>
    public const ulong TimerFrequency = 3_579_545;

    // Registers (4.8.3)
    private const int Status = 0x00, Enable = 0x02, Control = 0x04, Timer = 0x08;

    // Status and enable (tables 4.13 and 4.14)
    private const ushort TimerEvent = 1 << 0, GlobalEvent = 1 << 5, PowerButtonEvent = 1 << 8, SleepButtonEvent = 1 << 9,
        ClockEvent = 1 << 10, Wake = 1 << 15;
    private const ushort StatusMask = TimerEvent | (1 << 4) | GlobalEvent | PowerButtonEvent | SleepButtonEvent | ClockEvent | Wake;
    private const ushort EnableMask = TimerEvent | GlobalEvent | PowerButtonEvent | SleepButtonEvent | ClockEvent;

    // Control (table 4.15)
    private const ushort InterruptEnable = 1 << 0, BusMasterReload = 1 << 1, SleepEnable = 1 << 13;
    private const int SleepTypeShift = 10, SleepTypeMask = 7;
    private const ushort ControlMask = InterruptEnable | BusMasterReload | (SleepTypeMask << SleepTypeShift);

    // Enables of the system management interrupt (82801I data sheet, 13.8.3.11): where the chip set has them among these registers
    private const int ManagementEnable = 0x30;
    private const uint ManagementInterrupts = 1 << 0, CommandPortInterrupts = 1 << 5;

    private const ulong TimerMask = 0xffffff, TimerHalf = 0x800000; // 24 bits; the event is the change of the highest

    private readonly AcpiOptions _options;
    private readonly TickCounter _ticks;
    private readonly IrqLine _sci;
    private readonly IrqLine? _smi;
    private readonly IMachineControl _control;
    private readonly MachineTimer _overflow;
    private readonly Lock _lock = new(); // held while the line changes and the machine is asked to power off; taken before the clock's

    private readonly byte[] _generalStatus, _generalEnable;
    private ushort _status, _enable, _pm1Control;
    private byte _command, _commandStatus;
    private uint _managementEnable;
    private ulong _seen; // the timer's value up to which its event was looked for

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="options">In what this chip set differs from others.</param>
    /// <param name="clock">The machine's time.</param>
    /// <param name="sci">The system control interrupt.</param>
    /// <param name="control">What switches the machine off.</param>
    /// <param name="smi">The system management interrupt, which is an edge; null where there is none.</param>
    public AcpiPowerManagement(string name, AcpiOptions options, VirtualClock clock, IrqLine sci, IMachineControl control, IrqLine? smi = null)
    {
        Name = name;
        _options = options;
        _ticks = new TickCounter(clock, TimerFrequency);
        _sci = sci;
        _smi = smi;
        _control = control;
        _overflow = clock.CreateTimer(OnOverflow);
        _generalStatus = new byte[options.GeneralEventBytes / 2];
        _generalEnable = new byte[options.GeneralEventBytes / 2];
        Reset();
    }

    public string Name { get; }

    public void PressPowerButton()
    {
        lock (_lock)
        {
            _status |= PowerButtonEvent;
            Update();
        }
    }

    /// <summary>Enables the command port's system management interrupt, on chip sets that have this in another place than among these registers.</summary>
    public void EnableCommandInterrupt(bool isEnabled)
    {
        lock (_lock) _managementEnable = isEnabled ? ManagementInterrupts | CommandPortInterrupts : 0;
    }

    /// <summary>A general-purpose event happens, such as a device that is plugged in. Any thread may call.</summary>
    public void RaiseGeneralEvent(int number)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)number / 8, (uint)_generalStatus.Length);
        lock (_lock)
        {
            _generalStatus[number / 8] |= (byte)(1 << (number % 8));
            Update();
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            Update();
            // One value of the timer for all bytes of an access.
            var timer = _ticks.Ticks & TimerMask;
            for (var i = 0; i < data.Length; i++) data[i] = ReadByte(unchecked(offset + (ulong)i), timer);
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            Update();
            // 4.7.3.1: software may access the blocks by bytes. The high byte of the control has the bit that acts.
            for (var i = 0; i < data.Length; i++) WriteByte(unchecked(offset + (ulong)i), data[i]);
            Update();
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            Array.Clear(_generalStatus);
            Array.Clear(_generalEnable);
            _status = _enable = _pm1Control = 0;
            _command = _commandStatus = 0;
            _managementEnable = 0;
            _seen = _ticks.Ticks;
            Update();
        }
    }

    /// <remarks>The clock must be restored before this device: deadlines are computed from it.</remarks>
    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Field(1, "status", ref _status);
            v.Field(2, "enable", ref _enable);
            v.Field(3, "control", ref _pm1Control);
            v.Bytes(4, "general-status", _generalStatus);
            v.Bytes(5, "general-enable", _generalEnable);
            v.Field(6, "command", ref _command);
            v.Field(7, "command-status", ref _commandStatus);
            v.Field(8, "seen", ref _seen);
            v.Field(9, "management-enable", ref _managementEnable);
            if (!v.IsRestoring) return;
            _status &= StatusMask;
            _enable &= EnableMask;
            _pm1Control &= ControlMask;
            Update();
            _sci.Redrive(_sci.IsHigh);
        }
    }

    private byte ReadByte(ulong offset, ulong timer)
    {
        switch (offset)
        {
            case Status or Status + 1:
                return Part(_status, offset - Status);
            case Enable or Enable + 1:
                return Part(_enable, offset - Enable);
            case Control or Control + 1:
                return Part(_pm1Control, offset - Control);
            case >= Timer and < Timer + 4:
                return Part(timer, offset - Timer);
            case >= ManagementEnable and < ManagementEnable + 4:
                return Part(_managementEnable, offset - ManagementEnable);
            case CommandOffset:
                return _command;
            case CommandOffset + 1:
                return _commandStatus;
        }
        var general = unchecked(offset - GeneralEventOffset);
        if (general >= (ulong)_options.GeneralEventBytes) return 0;
        var half = (ulong)_generalStatus.Length;
        return general < half ? _generalStatus[general] : _generalEnable[general - half];
    }

    private void WriteByte(ulong offset, byte value)
    {
        switch (offset)
        {
            case Status or Status + 1:
                _status &= (ushort)~(value << (int)(8 * (offset - Status))); // ones clear
                return;
            case Enable or Enable + 1:
                _enable = (ushort)(With(_enable, offset - Enable, value) & EnableMask);
                return;
            case Control or Control + 1:
                WriteControl(With(_pm1Control, offset - Control, value));
                return;
            case >= ManagementEnable and < ManagementEnable + 4:
                var shift = (int)(8 * (offset - ManagementEnable));
                _managementEnable = _managementEnable & ~(0xffu << shift) | (uint)value << shift;
                return;
            case CommandOffset:
                WriteCommand(value);
                return;
            case CommandOffset + 1:
                _commandStatus = value;
                return;
        }
        var general = unchecked(offset - GeneralEventOffset);
        if (general >= (ulong)_options.GeneralEventBytes) return;
        var half = (ulong)_generalStatus.Length;
        if (general < half) _generalStatus[general] &= (byte)~value;
        else _generalEnable[general - half] = value;
    }

    private static byte Part(ulong register, ulong index) => (byte)(register >> (int)(8 * index));

    private static ushort With(ushort register, ulong index, byte value) =>
        index == 0 ? (ushort)((register & 0xff00) | value) : (ushort)((register & 0x00ff) | value << 8);

    private void WriteControl(ushort value)
    {
        _pm1Control = (ushort)(value & ControlMask);
        // Only the deepest sleep exists; a guest that asks for another goes on at once.
        if ((value & SleepEnable) != 0 && (value >> SleepTypeShift & SleepTypeMask) == SoftOffType) _control.RequestPowerOff(0);
    }

    private void WriteCommand(byte value)
    {
        _command = value;
        if (value == _options.EnableCommand) _pm1Control |= InterruptEnable;
        else if (value == _options.DisableCommand) _pm1Control &= unchecked((ushort)~InterruptEnable);
        else if ((_managementEnable & (ManagementInterrupts | CommandPortInterrupts)) == (ManagementInterrupts | CommandPortInterrupts))
        {
            _smi?.Set(true);
            _smi?.Set(false);
        }
    }

    private void OnOverflow()
    {
        lock (_lock) Update();
    }

    private void Update()
    {
        var now = _ticks.Ticks;
        if (now / TimerHalf != _seen / TimerHalf) _status |= TimerEvent;
        _seen = now;
        var pending = (_status & _enable) != 0;
        for (var i = 0; i < _generalStatus.Length; i++) pending |= (_generalStatus[i] & _generalEnable[i]) != 0;
        _sci.Set(pending && (_pm1Control & InterruptEnable) != 0);
        if ((_enable & ~_status & TimerEvent) != 0) _overflow.Arm(_ticks.DeadlineOf((now / TimerHalf + 1) * TimerHalf));
        else _overflow.Cancel();
    }
}
