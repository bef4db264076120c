using Mimus.Core.State;

namespace Mimus.Devices.Timers;

/// <summary>
/// One comparator of an HPET (IA-PC HPET specification 1.0a, 2.3.8 to 2.3.10). Times are ticks of the main counter. It has no lock: its
/// owner, <see cref="Hpet"/>, has.
/// </summary>
internal sealed class HpetTimer(ulong routes, bool canSignalByMessage) : IStateful
{
    // Configuration and capabilities (2.3.8)
    private const ulong LevelTriggered = 1 << 1, InterruptEnabled = 1 << 2, Periodic = 1 << 3, CanBePeriodic = 1 << 4, Is64Bit = 1 << 5,
        SetsValue = 1 << 6, Forces32Bit = 1 << 8, RouteMask = 31 << RouteShift, ByMessage = 1 << 14, CanSignalByMessage = 1 << 15;
    private const ulong Writable = LevelTriggered | InterruptEnabled | Periodic | Forces32Bit | RouteMask;
    private const int RouteShift = 9, RoutesShift = 32;

    private ulong _configuration;
    private ulong _comparator = ulong.MaxValue, _period;
    private ulong _message;         // data in the low half, address in the high one
    private ulong _remaining;       // ticks until the comparator is next met, when the counter was at _seen
    private ulong _seen;
    private bool _setsValue;

    public bool IsLevel => (_configuration & LevelTriggered) != 0;

    public bool IsEnabled => (_configuration & InterruptEnabled) != 0;

    public bool SignalsByMessage => (_configuration & ByMessage) != 0;

    public int Route => (int)(_configuration >> RouteShift & 31);

    public ulong Message
    {
        get => _message;
        set => _message = value;
    }

    /// <summary>Ticks until the comparator is next met; the end of time when it never is.</summary>
    public ulong Remaining => _remaining;

    public ulong Comparator => Is32Bit ? (uint)_comparator : _comparator;

    /// <summary>What a write to the comparator's register changes: of it, a half may be written alone.</summary>
    public ulong Written => IsPeriodic && !_setsValue ? _period : Comparator;

    public ulong Configuration => _configuration | CanBePeriodic | Is64Bit | (canSignalByMessage ? CanSignalByMessage : 0) | routes << RoutesShift;

    private bool IsPeriodic => (_configuration & Periodic) != 0;

    private bool Is32Bit => (_configuration & Forces32Bit) != 0;

    public void WriteConfiguration(ulong value, ulong counter)
    {
        Advance(counter);
        _setsValue = (value & SetsValue) != 0;
        var writable = Writable | (canSignalByMessage ? ByMessage : 0);
        // A route that is not offered leaves the old one (2.3.8, Tn_INT_ROUTE_CNF).
        if ((routes >> (int)(value >> RouteShift & 31) & 1) == 0) writable &= ~RouteMask;
        _configuration = (_configuration & ~writable) | (value & writable);
        if (Is32Bit) (_comparator, _period) = ((uint)_comparator, (uint)_period);
        Schedule(counter);
    }

    public void WriteComparator(ulong value, ulong counter)
    {
        Advance(counter);
        if (Is32Bit) value = (uint)value;
        // 2.3.9.2.2: in periodic mode a write sets the period, and the comparator only after the bit that says so.
        if (!IsPeriodic || _setsValue) _comparator = value;
        if (IsPeriodic && !_setsValue) _period = value;
        _setsValue = false;
        Schedule(counter);
    }

    /// <summary>The counter has come to a value; true when it has met the comparator on the way, however often.</summary>
    public bool Advance(ulong counter)
    {
        var passed = unchecked(counter - _seen);
        _seen = counter;
        if (_remaining == ulong.MaxValue) return false;
        if (passed < _remaining)
        {
            _remaining -= passed;
            return false;
        }
        if (IsPeriodic && _period != 0) _comparator = unchecked(_comparator + _period * ((passed - _remaining) / _period + 1));
        if (Is32Bit) _comparator = (uint)_comparator;
        Schedule(counter);
        // One that stands at the counter has just been met; the next time is a whole turn away.
        if (_remaining == 0) _remaining = Turn;
        return true;
    }

    /// <summary>The counter was set: what is between it and the comparator is another distance.</summary>
    public void Schedule(ulong counter)
    {
        _seen = counter;
        _remaining = unchecked(_comparator - counter);
        if (Is32Bit) _remaining = (uint)_remaining;
    }

    public void Reset()
    {
        _configuration = 0;
        _comparator = ulong.MaxValue;
        _period = _message = _seen = 0;
        _setsValue = false;
        Schedule(0);
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "configuration", ref _configuration);
        v.Field(2, "comparator", ref _comparator);
        v.Field(3, "period", ref _period);
        v.Field(4, "message", ref _message);
        v.Field(5, "remaining", ref _remaining);
        v.Field(6, "seen", ref _seen);
        v.Field(7, "sets-value", ref _setsValue);
        if (v.IsRestoring) _configuration &= Writable | (canSignalByMessage ? ByMessage : 0);
    }

    private ulong Turn => Is32Bit ? 1ul << 32 : ulong.MaxValue;
}
