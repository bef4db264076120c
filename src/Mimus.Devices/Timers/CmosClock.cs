using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Core.Timing;

namespace Mimus.Devices.Timers;

/// <summary>
/// The real-time clock and CMOS memory of the PC: an MC146818A (Motorola data sheet ADI1026) with a 32.768 kHz crystal, 256
/// bytes in two banks (82371SB data sheet, 2.5.6) and the PC's century register. The calendar is the machine's, moved by what the guest has
/// set. The daylight saving bit is kept and does nothing; the square-wave output is not wired on a PC.
/// </summary>
public sealed class CmosClock : IMmioDevice
{
    /// <summary>
    /// Offsets of the registers: index and data of the standard bank (ports 70h and 71h), of the extended one (72h and 73h).
    /// </summary>
    public const int StandardOffset = 0, ExtendedOffset = 2;

    /// <summary>How many offsets there are.</summary>
    public const ulong Size = 4;

    /// <summary>Where the PC keeps the century (ACPI's fixed table says so to the guest).</summary>
    public const int Century = 0x32;

    // Registers (figure 8)
    private const int Seconds = 0x0, SecondsAlarm = 0x1, Minutes = 0x2, MinutesAlarm = 0x3, Hours = 0x4, HoursAlarm = 0x5, WeekDay = 0x6,
        Day = 0x7, Month = 0x8, Year = 0x9, A = 0xa, B = 0xb, C = 0xc, D = 0xd;

    // Register A
    private const byte UpdateInProgress = 0x80, DividerMask = 0x70, DividerNormal = 0x20, DividerReset = 0x60, RateMask = 0x0f;

    // Register B; the enables of the interrupts have the places of their flags in register C
    private const byte Set = 0x80, PeriodicEnable = 0x40, AlarmEnable = 0x20, UpdateEnable = 0x10, SquareWaveEnable = 0x08, Binary = 0x04,
        TwentyFourHours = 0x02;
    private const byte Enables = PeriodicEnable | AlarmEnable | UpdateEnable;

    // Registers C and D
    private const byte InterruptRequest = 0x80, PeriodicFlag = 0x40, AlarmFlag = 0x20, UpdateFlag = 0x10, ValidRamAndTime = 0x80;

    private const int BankLength = 128;
    private const byte DontCare = 0xc0;         // in an alarm, at least these bits
    private const byte Afternoon = 0x80;        // in the hours of a 12-hour clock

    private const long Second = 1_000_000_000;
    private const long UpdateLength = 2_228_000;        // 244 us of warning and 1984 us of update (table 5)
    private const long FirstUpdateAfterReset = Second / 2; // "Divider control"
    private const long CrystalHertz = 32_768;
    private const long LatestSecond = 253_402_300_799; // the end of the year 9999

    private readonly VirtualClock _clock;
    private readonly IrqLine _irq;
    private readonly MachineTimer _timer;
    private readonly Lock _lock = new(); // held while the line changes; taken before the clock's

    private readonly byte[] _memory = new byte[2 * BankLength]; // the registers of the time are in it only while the clock stands
    private int _index, _extendedIndex;
    private long _offset;       // what the guest has set the calendar forward by
    private int _weekDayOffset; // and the day of the week
    private byte _flags;        // register C
    private long _seen;         // until which time of this clock the flags were looked at

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="clock">The machine's time and calendar.</param>
    /// <param name="irq">The IRQ pin.</param>
    public CmosClock(string name, VirtualClock clock, IrqLine irq)
    {
        Name = name;
        _clock = clock;
        _irq = irq;
        _timer = clock.CreateTimer(OnDue);
        _memory[A] = DividerNormal | 6;     // what the BIOS of the AT sets: 1024 Hz
        _memory[B] = TwentyFourHours;
        Reset();
    }

    public string Name { get; }

    /// <summary>The time on this clock: nanoseconds since 1970.</summary>
    private long Now => Math.Clamp(_clock.WallNanoseconds + _offset, 0, long.MaxValue / 2);

    private bool IsRunning => (_memory[B] & Set) == 0 && DividerRuns;

    private bool DividerRuns => (_memory[A] & DividerReset) != DividerReset;

    /// <summary>The period of the periodic interrupt in cycles of the crystal, or 0 (table 5, time base 32.768 kHz).</summary>
    private long PeriodCycles => (_memory[A] & RateMask) switch
    {
        0 => 0,
        1 or 2 => 1L << ((_memory[A] & RateMask) + 6),
        var rate => 1L << (rate - 1),
    };

    /// <summary>Sets a byte of the memory, as the factory or the setup program does; the registers of the clock are not for this.</summary>
    public void Store(int index, byte value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(index, D);
        lock (_lock) _memory[index] = value;
    }

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            CatchUp();
            Register.Answer(data, offset switch
            {
                StandardOffset + 1 => ReadMemory(_index),
                ExtendedOffset => (byte)_extendedIndex,
                ExtendedOffset + 1 => ReadMemory(BankLength + _extendedIndex),
                _ => byte.MaxValue, // the index cannot be read (2.5.6.1)
            });
            Update();
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        var value = data[0];
        lock (_lock)
        {
            CatchUp();
            switch (offset)
            {
                case StandardOffset:
                    _index = value & (BankLength - 1); // bit 7 masks the NMI, which nothing raises
                    break;
                case StandardOffset + 1:
                    WriteMemory(_index, value);
                    break;
                case ExtendedOffset:
                    _extendedIndex = value & (BankLength - 1);
                    break;
                case ExtendedOffset + 1:
                    _memory[BankLength + _extendedIndex] = value;
                    break;
            }
            Update();
        }
    }

    /// <summary>The RESET pin: the interrupts are off. Time and memory have a battery.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _memory[B] &= unchecked((byte)~(Enables | SquareWaveEnable));
            _index = _extendedIndex = 0;
            _flags = 0;
            _seen = Now;
            Update();
        }
    }

    /// <remarks>The clock must be restored before this device: deadlines are computed from it.</remarks>
    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Bytes(1, "memory", _memory);
            v.Field(2, "index", ref _index, BankLength - 1);
            v.Field(3, "extended-index", ref _extendedIndex, BankLength - 1);
            v.Field(4, "offset", ref _offset);
            v.Field(5, "week-day-offset", ref _weekDayOffset, 6);
            v.Field(6, "flags", ref _flags);
            v.Field(7, "seen", ref _seen);
            if (!v.IsRestoring) return;
            _memory[A] &= DividerMask | RateMask;
            _flags &= Enables;
            // The calendar has gone on while the machine was in a file: what happened on it meanwhile is no event.
            if (_seen < 0 || _seen > Now) _seen = Now;
            Update();
            _irq.Redrive(_irq.IsHigh);
        }
    }

    private byte ReadMemory(int index)
    {
        switch (index)
        {
            case A:
                return (byte)(_memory[A] | (IsRunning && Now % Second >= Second - UpdateLength ? UpdateInProgress : 0));
            case C:
                var flags = (byte)(_flags | ((_flags & _memory[B] & Enables) != 0 ? InterruptRequest : 0));
                _flags = 0;
                return flags;
            case D:
                return ValidRamAndTime;
            default:
                if (IsRunning && IsTime(index)) ShowTime();
                return _memory[index];
        }
    }

    private void WriteMemory(int index, byte value)
    {
        switch (index)
        {
            case C or D:
                break;
            case A or B:
                var ran = IsRunning;
                var dividerRan = DividerRuns;
                if (ran) ShowTime();
                _memory[index] = index == A ? (byte)(value & (DividerMask | RateMask)) : value;
                if ((_memory[B] & Set) != 0) _memory[B] &= unchecked((byte)~UpdateEnable); // "SET"
                if (!ran && IsRunning) Start(dividerRan ? 0 : Second - FirstUpdateAfterReset);
                break;
            default:
                if (IsTime(index) && IsRunning)
                {
                    ShowTime();
                    _memory[index] = value;
                    Start(Now % Second);
                    break;
                }
                _memory[index] = value;
                break;
        }
    }

    private static bool IsTime(int index) => index is Seconds or Minutes or Hours or (>= WeekDay and <= Year) or Century;

    /// <summary>Puts the time into the registers, in the form that register B asks for.</summary>
    private void ShowTime()
    {
        var time = DateTime.UnixEpoch.AddSeconds(Math.Min(Now / Second, LatestSecond));
        _memory[Seconds] = Encode(time.Second);
        _memory[Minutes] = Encode(time.Minute);
        _memory[Hours] = EncodeHour(time.Hour);
        _memory[WeekDay] = (byte)(((int)time.DayOfWeek + _weekDayOffset) % 7 + 1);
        _memory[Day] = Encode(time.Day);
        _memory[Month] = Encode(time.Month);
        _memory[Year] = Encode(time.Year % 100);
        _memory[Century] = Encode(time.Year / 100);
    }

    /// <summary>Lets the clock go on from what is in the registers; what is no time becomes the nearest that is one.</summary>
    /// <param name="fraction">The nanoseconds of the second that have passed.</param>
    private void Start(long fraction)
    {
        var year = Math.Clamp(Decode(_memory[Century]) * 100 + Decode(_memory[Year]), 1970, 9998);
        var month = Math.Clamp(Decode(_memory[Month]), 1, 12);
        var day = Math.Clamp(Decode(_memory[Day]), 1, DateTime.DaysInMonth(year, month));
        var time = new DateTime(year, month, day, Math.Min(DecodeHour(_memory[Hours]), 23), Math.Min(Decode(_memory[Minutes]), 59),
            Math.Min(Decode(_memory[Seconds]), 59), DateTimeKind.Utc);
        _weekDayOffset = (_memory[WeekDay] % 7 + 6 - (int)time.DayOfWeek + 7) % 7;
        // In a 64-bit count of nanoseconds time ends in 2262; half of it is far enough for a clock.
        var seconds = Math.Min((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond, long.MaxValue / 2 / Second - 1);
        _offset = seconds * Second + fraction - _clock.WallNanoseconds;
        _seen = Now;
    }

    private byte Encode(int value) => (byte)((_memory[B] & Binary) != 0 ? value : value / 10 << 4 | value % 10);

    private int Decode(byte value) => (_memory[B] & Binary) != 0 ? value : (value >> 4) * 10 + (value & 15);

    private byte EncodeHour(int hour) => (_memory[B] & TwentyFourHours) != 0
        ? Encode(hour)
        : (byte)(Encode((hour + 11) % 12 + 1) | (hour >= 12 ? Afternoon : 0));

    private int DecodeHour(byte value) => (_memory[B] & TwentyFourHours) != 0
        ? Decode(value)
        : Decode((byte)(value & ~Afternoon)) % 12 + ((value & Afternoon) != 0 ? 12 : 0);

    /// <summary>Sets the flags of what has happened since the last look; they are set whether or not they interrupt.</summary>
    private void CatchUp()
    {
        var now = Now;
        if (now <= _seen)
        {
            _seen = now;
            return;
        }
        if (DividerRuns && PeriodCycles is var period && period != 0 && Cycles(now) / period != Cycles(_seen) / period) _flags |= PeriodicFlag;
        if (IsRunning && now / Second != _seen / Second)
        {
            _flags |= UpdateFlag;
            if (NextAlarm(_seen / Second) <= now / Second) _flags |= AlarmFlag;
        }
        _seen = now;
    }

    private static long Cycles(long nanoseconds) => nanoseconds / Second * CrystalHertz + nanoseconds % Second * CrystalHertz / Second;

    /// <summary>The first nanosecond of a cycle of the crystal.</summary>
    private static long TimeOf(long cycle) => cycle / CrystalHertz * Second + (cycle % CrystalHertz * Second + CrystalHertz - 1) / CrystalHertz;

    /// <summary>The first second after the given one that the alarm registers match, or the end of time.</summary>
    private long NextAlarm(long after)
    {
        const int secondsPerDay = 86_400;
        var first = after + 1;
        var start = (int)(first % secondsPerDay);
        for (var hour = 0; hour <= 24; hour++)
        {
            var at = start / 3600 + hour;
            if (!Matches(HoursAlarm, EncodeHour(at % 24))) continue;
            // The hour in which the search begins is looked at from the middle, and once more a day later up to there.
            for (var second = hour == 0 ? start % 3600 : 0; second < 3600; second++)
            {
                if (!Matches(MinutesAlarm, Encode(second / 60)))
                {
                    second = second / 60 * 60 + 59;
                    continue;
                }
                if (Matches(SecondsAlarm, Encode(second % 60))) return first - start + at * 3600 + second;
            }
        }
        return long.MaxValue / Second;
    }

    private bool Matches(int alarm, byte value) => _memory[alarm] >= DontCare || _memory[alarm] == value;

    private void OnDue()
    {
        lock (_lock)
        {
            CatchUp();
            Update();
        }
    }

    private void Update()
    {
        _irq.Set((_flags & _memory[B] & Enables) != 0);
        var next = long.MaxValue;
        // A flag that is set and not read yet cannot change anything.
        var wanted = _memory[B] & ~_flags;
        if (DividerRuns && (wanted & PeriodicEnable) != 0 && PeriodCycles is var period && period != 0)
            next = TimeOf((Cycles(_seen) / period + 1) * period);
        if (IsRunning)
        {
            if ((wanted & UpdateEnable) != 0) next = Math.Min(next, (_seen / Second + 1) * Second);
            if ((wanted & AlarmEnable) != 0) next = Math.Min(next, NextAlarm(_seen / Second) * Second);
        }
        if (next == long.MaxValue) _timer.Cancel();
        else _timer.Arm(_clock.Nanoseconds + (next - Now));
    }
}
