using Mimus.Core.State;

namespace Mimus.Devices.Timers;

/// <summary>
/// One counter of an 8254 programmable interval timer (Intel 8254 data sheet, 231164-005). Nothing counts here: what the counting
/// element holds and what OUT shows follow from when the count was loaded. Times are clocks of the counter. It has no lock: its
/// owner, <see cref="Pit8254"/>, has.
/// </summary>
internal sealed class PitCounter : IStateful
{
    // Control word ("Control word format")
    private const int AccessShift = 4, ModeShift = 1, ControlMask = 0x3f;
    private const byte Bcd = 0x01;
    private const int LatchCommand = 0, LowByte = 1, HighByte = 2;

    // Status byte ("Read-back command")
    private const byte StatusOut = 0x80, StatusNull = 0x40;

    private const int InterruptOnTerminalCount = 0, OneShot = 1, RateGenerator = 2, SquareWave = 3, SoftwareStrobe = 4, HardwareStrobe = 5;
    private const long Never = long.MaxValue;

    private byte _control = InitialControl;
    private ushort _register;           // CR: the count that software wrote
    private byte _lowByte;              // the first half of a count of two bytes
    private bool _writesHigh, _readsHigh;
    private bool _gate;
    private bool _loaded;               // the counting element has been given a count since the mode was set
    private bool _paused;               // by the gate (modes 0 and 4) or by half a count (mode 0)
    private long _origin;               // when the counting element held the count, while it is not paused
    private long _elapsed;              // how far it had come when it was paused
    private ushort _count;              // what the counting element was loaded with
    private bool _hasNext;              // CR waits to be loaded
    private long _nextAt = Never;       // when it is, in the periodic modes
    private bool _triggered;            // modes 1 and 5: the gate has started the counter
    private bool _hasLatch, _hasStatus;
    private ushort _latch;
    private byte _status;

    // Before a control word nothing is defined; this is what firmware usually leaves behind.
    private const byte InitialControl = (LowByte | HighByte) << AccessShift;

    private int Mode => ((_control >> ModeShift) & 7) is var mode && mode > HardwareStrobe ? mode & 3 : mode;

    private int Access => _control >> AccessShift;

    private bool IsPeriodic => Mode is RateGenerator or SquareWave;

    private int Modulus => (_control & Bcd) != 0 ? 10_000 : 0x10000;

    /// <summary>The count in clocks: 0 stands for the largest.</summary>
    private long Period => Clocks(_count);

    public void WriteControl(byte value, long now)
    {
        Sync(now);
        if ((value & ControlMask) >> AccessShift == LatchCommand)
        {
            LatchCount(now);
            return;
        }
        _control = (byte)(value & ControlMask);
        _writesHigh = _readsHigh = _hasLatch = _hasStatus = false;
        _loaded = _paused = _hasNext = _triggered = false;
        _nextAt = Never;
        _elapsed = 0;
    }

    public void LatchCount(long now)
    {
        Sync(now);
        if (_hasLatch) return; // until it is read, later commands do nothing
        _hasLatch = true;
        _latch = CountAt(now);
    }

    public void LatchStatus(long now)
    {
        Sync(now);
        if (_hasStatus) return;
        _hasStatus = true;
        _status = (byte)((OutAt(now) ? StatusOut : 0) | (_hasNext || !_loaded || Elapsed(now) < 0 ? StatusNull : 0) | _control);
    }

    public byte Read(long now)
    {
        Sync(now);
        if (_hasStatus)
        {
            _hasStatus = false;
            return _status;
        }
        var count = _hasLatch ? _latch : CountAt(now);
        var high = Access == HighByte || (Access != LowByte && _readsHigh);
        if (Access == (LowByte | HighByte)) _readsHigh = !_readsHigh;
        if (Access != (LowByte | HighByte) || high) _hasLatch = false;
        return (byte)(high ? count >> 8 : count);
    }

    public void Write(byte value, long now)
    {
        Sync(now);
        switch (Access)
        {
            case LowByte:
                WriteCount(value, now);
                break;
            case HighByte:
                WriteCount((ushort)(value << 8), now);
                break;
            default:
                _writesHigh = !_writesHigh;
                if (!_writesHigh)
                {
                    WriteCount((ushort)((value << 8) | _lowByte), now);
                    break;
                }
                _lowByte = value;
                // Mode 0: the first byte stops the counting, and OUT is low at once.
                if (Mode == InterruptOnTerminalCount) (_loaded, _paused) = (false, false);
                break;
        }
    }

    public void SetGate(bool high, long now)
    {
        if (high == _gate) return;
        Sync(now);
        var elapsed = Elapsed(now);
        _gate = high;
        switch (Mode)
        {
            case InterruptOnTerminalCount or SoftwareStrobe:
                if (_loaded) Hold(!high, elapsed, now);
                break;
            case OneShot or HardwareStrobe:
                if (high && (_loaded || _hasNext)) Load(now);
                _triggered |= high && _loaded;
                break;
            default:
                // The gate's fall stops the wave with OUT high, its rise begins a new one.
                if (high && (_loaded || _hasNext)) Load(now);
                else if (_loaded) (_paused, _elapsed, _nextAt) = (true, 0, Never);
                break;
        }
    }

    public bool Out(long now)
    {
        Sync(now);
        return OutAt(now);
    }

    /// <summary>OUT without the modes' low strobes of a single clock, which nobody could see in time.</summary>
    public bool Level(long now) => Mode is RateGenerator or SoftwareStrobe or HardwareStrobe || Out(now);

    /// <summary>When OUT next changes, or the end of time. A strobe of one clock is one change, at its end.</summary>
    public long NextChange(long now)
    {
        Sync(now);
        if (!_loaded || _paused) return Never;
        var elapsed = Math.Max(Elapsed(now), 0);
        switch (Mode)
        {
            case InterruptOnTerminalCount or OneShot:
                return elapsed < Period && (Mode != OneShot || _triggered) ? _origin + Period : Never;
            case SoftwareStrobe or HardwareStrobe:
                return elapsed <= Period && (Mode != HardwareStrobe || _triggered) ? _origin + Period + 1 : Never;
            default:
                var start = _origin + elapsed / Period * Period;
                return Mode == SquareWave && elapsed % Period < HighHalf(Period) && Period > 1 ? start + HighHalf(Period) : start + Period;
        }
    }

    /// <summary>Whether OUT rose after one time and not after another, however shortly it was low.</summary>
    public bool RoseBetween(long before, long now)
    {
        var tookOver = _nextAt <= now && _nextAt > before && EndsPeriod(_nextAt);
        Sync(now);
        if (!_loaded || _paused) return false;
        var (from, to) = (before - _origin, now - _origin);
        return Mode switch
        {
            InterruptOnTerminalCount or OneShot => from < Period && to >= Period && (Mode != OneShot || _triggered),
            SoftwareStrobe or HardwareStrobe => from <= Period && to > Period && (Mode != HardwareStrobe || _triggered),
            _ => tookOver || (to >= Period && to / Period > Math.Max(from, 0) / Period),
        };
    }

    public void Reset(bool gate)
    {
        _control = InitialControl;
        _register = _count = _latch = 0;
        _lowByte = _status = 0;
        _writesHigh = _readsHigh = _loaded = _paused = _hasNext = _triggered = _hasLatch = _hasStatus = false;
        _origin = _elapsed = 0;
        _nextAt = Never;
        _gate = gate;
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "control", ref _control);
        v.Field(2, "register", ref _register);
        v.Field(3, "low-byte", ref _lowByte);
        v.Field(4, "writes-high", ref _writesHigh);
        v.Field(5, "reads-high", ref _readsHigh);
        v.Field(6, "gate", ref _gate);
        v.Field(7, "loaded", ref _loaded);
        v.Field(8, "paused", ref _paused);
        v.Field(9, "origin", ref _origin);
        v.Field(10, "elapsed", ref _elapsed);
        v.Field(11, "count", ref _count);
        v.Field(12, "has-next", ref _hasNext);
        v.Field(13, "next-at", ref _nextAt);
        v.Field(14, "triggered", ref _triggered);
        v.Field(15, "has-latch", ref _hasLatch);
        v.Field(16, "has-status", ref _hasStatus);
        v.Field(17, "latch", ref _latch);
        v.Field(18, "status", ref _status);
        if (!v.IsRestoring) return;
        // So far from zero that sums with a period do not overflow, and further than any clock comes.
        const long limit = Never / 4;
        if (_control > ControlMask || Access == LatchCommand || Math.Abs(_origin / 2) > limit || Math.Abs(_elapsed / 2) > limit)
            StateVisitor.Refuse("an interval timer in an impossible mode or at an impossible time");
    }

    private static long HighHalf(long period) => (period + 1) / 2;

    private long Clocks(ushort count)
    {
        var value = (_control & Bcd) != 0 ? FromBcd(count) : count;
        return value == 0 ? Modulus : value;
    }

    private static int FromBcd(ushort value) => (value & 15) + 10 * ((value >> 4) & 15) + 100 * ((value >> 8) & 15) + 1000 * (value >> 12);

    private static ushort ToBcd(int value) => (ushort)(value % 10 | value / 10 % 10 << 4 | value / 100 % 10 << 8 | value / 1000 % 10 << 12);

    private long Elapsed(long now) => _paused ? _elapsed : now - _origin;

    private void WriteCount(ushort count, long now)
    {
        _register = count;
        _hasNext = true;
        switch (Mode)
        {
            case InterruptOnTerminalCount or SoftwareStrobe:
                Load(now);
                if (!_gate) Hold(true, 0, now);
                break;
            case OneShot or HardwareStrobe:
                break; // the gate loads it
            case RateGenerator or SquareWave when !_loaded:
                if (_gate) Load(now);
                break;
            default:
                if (_gate && _nextAt == Never) _nextAt = NextLoad(now);
                break;
        }
    }

    /// <summary>Loads the counting element with the next clock.</summary>
    private void Load(long now)
    {
        _count = _register;
        _hasNext = _paused = false;
        _loaded = true;
        _origin = now + 1;
        _elapsed = 0;
        _nextAt = Never;
    }

    private void Hold(bool hold, long elapsed, long now)
    {
        if (hold == _paused) return;
        _paused = hold;
        if (hold) _elapsed = Math.Max(elapsed, 0);
        else _origin = now - _elapsed;
    }

    /// <summary>The end of the period, or of the half-cycle of a square wave, in which a new count was written.</summary>
    private long NextLoad(long now)
    {
        var elapsed = Math.Max(Elapsed(now), 0);
        var start = _origin + elapsed / Period * Period;
        return Mode == SquareWave && elapsed % Period < HighHalf(Period) ? start + HighHalf(Period) : start + Period;
    }

    /// <summary>Whether a change of a square wave or rate generator is the end of a whole period, not only of its high half.</summary>
    private bool EndsPeriod(long change) => (change - _origin) % Period == 0;

    /// <summary>Takes over a new count whose time has come.</summary>
    private void Sync(long now)
    {
        if (_nextAt > now) return;
        var ended = EndsPeriod(_nextAt);
        _count = _register;
        _hasNext = false;
        _origin = ended ? _nextAt : _nextAt - HighHalf(Period);
        _nextAt = Never;
    }

    private bool OutAt(long now)
    {
        if (!_loaded) return Mode != InterruptOnTerminalCount;
        var elapsed = Elapsed(now);
        return Mode switch
        {
            InterruptOnTerminalCount => elapsed >= Period,
            OneShot => !_triggered || elapsed < 0 || elapsed >= Period,
            RateGenerator => _paused || elapsed < 0 || elapsed % Period != Period - 1 || Period == 1,
            SquareWave => _paused || elapsed < 0 || elapsed % Period < HighHalf(Period),
            _ => elapsed != Period || (Mode == HardwareStrobe && !_triggered),
        };
    }

    /// <summary>What the counting element shows.</summary>
    private ushort CountAt(long now)
    {
        if (!_loaded) return _count;
        var elapsed = Math.Max(Elapsed(now), 0);
        long value;
        if (Mode == RateGenerator) value = Period - elapsed % Period;
        else if (Mode == SquareWave) value = SquareWaveCount(elapsed % Period);
        else value = Period - elapsed;
        var wrapped = (int)(((value % Modulus) + Modulus) % Modulus);
        return (_control & Bcd) != 0 ? ToBcd(wrapped) : (ushort)wrapped;
    }

    /// <summary>By twos in both halves; an odd count takes its first step by one in the high half and by three in the low one.</summary>
    private long SquareWaveCount(long phase)
    {
        var isHigh = phase < HighHalf(Period);
        var step = isHigh ? phase : phase - HighHalf(Period);
        if (step == 0) return Period;
        return Period - 2 * step + (Period % 2 == 0 ? 0 : isHigh ? 1 : -1);
    }
}
