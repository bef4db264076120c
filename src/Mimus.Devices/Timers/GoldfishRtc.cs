using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Core.Timing;

namespace Mimus.Devices.Timers;

/// <summary>
/// The goldfish real-time clock with alarm (Android "Goldfish virtual hardware", section "RTC"; Linux binding
/// google,goldfish-rtc): nanoseconds since 1970 in two halves.
/// </summary>
public sealed class GoldfishRtc : IMmioDevice
{
    /// <summary>The size of the register window.</summary>
    public const ulong Size = 0x1000;

    private const ulong TimeLow = 0x00;         // reading it latches the high half; writing it sets the time
    private const ulong TimeHigh = 0x04;
    private const ulong AlarmLow = 0x08;        // writing it arms the alarm
    private const ulong AlarmHigh = 0x0c;
    private const ulong IrqEnabled = 0x10;
    private const ulong ClearAlarm = 0x14;
    private const ulong AlarmStatus = 0x18;     // 1 while the alarm is armed
    private const ulong ClearInterrupt = 0x1c;

    private readonly VirtualClock _clock;
    private readonly IrqLine _irq;
    private readonly MachineTimer _timer;
    private readonly Lock _lock = new(); // taken before the clock's

    private long _offset; // what the guest has set the time forward by
    private uint _timeHigh, _alarmHigh, _alarmLow;
    private bool _armed, _pending, _enabled;

    public GoldfishRtc(string name, VirtualClock clock, IrqLine irq)
    {
        Name = name;
        _clock = clock;
        _irq = irq;
        _timer = clock.CreateTimer(OnAlarm);
    }

    public string Name { get; }

    private ulong Now => (ulong)(_clock.WallNanoseconds + _offset);

    private ulong Alarm => ((ulong)_alarmHigh << 32) | _alarmLow;

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock) Register.Answer(data, ReadLocked(offset));
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.Length != sizeof(uint)) return;
        var value = (uint)Register.Value(data);
        lock (_lock)
        {
            switch (offset)
            {
                case TimeLow:
                    _offset += (long)((((ulong)_timeHigh << 32) | value) - Now);
                    break;
                case TimeHigh:
                    _timeHigh = value;
                    break;
                case AlarmLow:
                    _alarmLow = value;
                    _armed = true;
                    break;
                case AlarmHigh:
                    _alarmHigh = value;
                    break;
                case IrqEnabled:
                    _enabled = (value & 1) != 0;
                    break;
                case ClearAlarm:
                    _armed = false;
                    break;
                case ClearInterrupt:
                    _pending = false;
                    break;
            }
            Update();
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            // The clock itself runs on a battery: what the guest has set stays.
            _timeHigh = _alarmHigh = _alarmLow = 0;
            _armed = _pending = _enabled = false;
            Update();
        }
    }

    /// <remarks>The clock must be restored before this device: the alarm's deadline is computed from it.</remarks>
    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Field(1, "offset", ref _offset);
            v.Field(2, "time-high", ref _timeHigh);
            v.Field(3, "alarm-high", ref _alarmHigh);
            v.Field(4, "alarm-low", ref _alarmLow);
            v.Field(5, "armed", ref _armed);
            v.Field(6, "pending", ref _pending);
            v.Field(7, "enabled", ref _enabled);
            if (!v.IsRestoring) return;
            Update();
            _irq.Redrive(_irq.IsHigh);
        }
    }

    private uint ReadLocked(ulong offset)
    {
        switch (offset)
        {
            case TimeLow:
                var now = Now;
                _timeHigh = (uint)(now >> 32);
                return (uint)now;
            case TimeHigh:
                return _timeHigh;
            case AlarmLow:
                return _alarmLow;
            case AlarmHigh:
                return _alarmHigh;
            case IrqEnabled:
                return _enabled ? 1u : 0;
            case AlarmStatus:
                return _armed ? 1u : 0;
            default:
                return 0;
        }
    }

    private void OnAlarm()
    {
        lock (_lock) Update();
    }

    private void Update()
    {
        var now = Now;
        if (_armed && Alarm <= now)
        {
            _armed = false;
            _pending = true;
        }
        // An alarm that is centuries away never comes.
        if (_armed && Alarm - now < long.MaxValue / 2) _timer.Arm(_clock.Nanoseconds + (long)(Alarm - now));
        else _timer.Cancel();
        _irq.Set(_pending && _enabled);
    }
}
