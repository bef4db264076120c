using Mimus.Core.State;
using Mimus.Core.Timing;

namespace Mimus.Devices.Interrupts;

/// <summary>
/// The timer of a local APIC (Intel SDM volume 3, 12.5.4): one-shot, periodic, or at a value of the time-stamp counter. It
/// counts in nanoseconds before the divider. It has no lock: its owner, <see cref="LocalApic"/>, has.
/// </summary>
internal sealed class ApicTimer : IStateful
{
    /// <summary>The modes, as they are in the LVT entry (figure 12-8).</summary>
    public const int OneShot = 0, Periodic = 1, TscDeadline = 2;

    private const uint DivideMask = 0xb;
    private const long LongestCount = (1L << 32) * 128; // a count that another divider has stretched began before the machine

    private readonly VirtualClock _clock;
    private readonly TickCounter _tsc;
    private readonly MachineTimer _timer;

    private int _mode;
    private uint _initial, _divide;
    private ulong _deadline;    // of the time-stamp counter; 0 for none
    private long _start;        // when the count was the initial one
    private long _next = long.MaxValue; // when it is 0 for the next time

    /// <param name="clock">The machine's time.</param>
    /// <param name="tsc">The processor's time-stamp counter.</param>
    /// <param name="onDue">Called when it may be time; the owner calls <see cref="TryExpire"/> under its lock.</param>
    public ApicTimer(VirtualClock clock, TickCounter tsc, Action onDue)
    {
        _clock = clock;
        _tsc = tsc;
        _timer = clock.CreateTimer(onDue);
        tsc.Changed += onDue;
    }

    public int Mode
    {
        get => _mode;
        set
        {
            if (value == _mode) return;
            // Another counter: what the old one was doing has ended.
            if (value == TscDeadline || _mode == TscDeadline) Stop();
            _mode = value;
            if (_mode != TscDeadline && _initial != 0) ScheduleFrom(_clock.Nanoseconds);
        }
    }

    public uint Divide
    {
        get => _divide;
        set
        {
            var count = Current;
            _divide = value & DivideMask;
            if (_initial == 0 || _next == long.MaxValue) return;
            // The count goes on from where it is.
            _start = _clock.Nanoseconds - (long)(_initial - count) * Divisor;
            ScheduleFrom(_clock.Nanoseconds);
        }
    }

    public uint Initial
    {
        get => _initial;
        set
        {
            if (_mode == TscDeadline) return; // 12.5.4.1: ignored
            _initial = value;
            _start = _clock.Nanoseconds;
            if (value == 0) Stop();
            else ScheduleFrom(_start);
        }
    }

    public uint Current
    {
        get
        {
            if (_initial == 0 || _mode == TscDeadline) return 0;
            var ticks = (ulong)Math.Max(0, _clock.Nanoseconds - _start) / (ulong)Divisor;
            if (_mode == Periodic) return _initial - (uint)(ticks % _initial);
            return ticks >= _initial ? 0 : _initial - (uint)ticks;
        }
    }

    /// <summary>IA32_TSC_DEADLINE; it reads as 0 once it has passed.</summary>
    public ulong Deadline
    {
        get => _deadline;
        set
        {
            if (_mode != TscDeadline) return;
            _deadline = value;
            Arm();
        }
    }

    /// <summary>The divider of the count (12.5.4, figure 12-10).</summary>
    private long Divisor => 1L << (int)((((_divide & 8) >> 1) | (_divide & 3)) + 1 & 7);

    /// <summary>Whether the timer has come to its end since the last call; several ends of periods are one.</summary>
    public bool TryExpire()
    {
        if (_mode == TscDeadline)
        {
            if (_deadline == 0 || _tsc.Ticks < _deadline)
            {
                Arm();
                return false;
            }
            _deadline = 0;
            return true;
        }
        var now = _clock.Nanoseconds;
        if (now < _next) return false;
        if (_mode == Periodic) ScheduleFrom(now);
        else _next = long.MaxValue;
        return true;
    }

    public void Reset()
    {
        _mode = OneShot;
        _divide = 0;
        _start = 0;
        Stop();
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "mode", ref _mode, TscDeadline);
        v.Field(2, "initial", ref _initial);
        v.Field(3, "divide", ref _divide);
        v.Field(4, "deadline", ref _deadline);
        v.Field(5, "start", ref _start);
        v.Field(6, "next", ref _next);
        if (!v.IsRestoring) return;
        _divide &= DivideMask;
        var isStopped = _initial == 0 && _next == long.MaxValue;
        if (_start < -LongestCount || _start > _clock.Nanoseconds || (_initial == 0 || _mode == TscDeadline) && !isStopped)
            StateVisitor.Refuse("an APIC timer at an impossible time");
        Arm();
    }

    private void Stop()
    {
        _initial = 0;
        _deadline = 0;
        _next = long.MaxValue;
        _timer.Cancel();
    }

    /// <summary>Finds the first end of the count after a time.</summary>
    private void ScheduleFrom(long now)
    {
        var period = _initial * Divisor;
        var elapsed = now - _start;
        if (_mode == Periodic) _next = _start + (elapsed / period + 1) * period;
        else _next = elapsed < period ? _start + period : long.MaxValue;
        Arm();
    }

    private void Arm()
    {
        var next = _mode != TscDeadline ? _next : _deadline == 0 ? long.MaxValue : Math.Max(_tsc.DeadlineOf(_deadline), _clock.Nanoseconds);
        if (next == long.MaxValue) _timer.Cancel();
        else _timer.Arm(next);
    }
}
