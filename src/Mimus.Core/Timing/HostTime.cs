using System.Runtime.CompilerServices;
using Mimus.Host;

namespace Mimus.Core.Timing;

/// <summary>
/// A time that follows the host's clock while it runs, and never goes back. Where the host's cycles are steady it is computed from them, by a
/// record that whoever finds it expired renews: the new one starts where the clock is, or where the old one ended if it was ahead, and
/// reaches the clock at its own end.
/// </summary>
internal sealed unsafe class HostTime
{
    private const long ShortestInterval = 10_000_000, LongestInterval = 1_000_000_000;

    /// <summary>Of the frequency, between two measurements: beyond that one of the two clocks was stopped or set.</summary>
    private const double LargestChange = 1.0 / 128;

    private const double TwoTo64 = 18_446_744_073_709_551_616.0;
    private const ulong NumberMask = 0xffff;
    private const int Samples = 3;

    private readonly Lock _lock = new(); // the innermost
    private readonly ClockRecord[] _record = GC.AllocateArray<ClockRecord>(1, pinned: true);
    private bool _isRunning;
    private long _offset;
    private long _latest; // the most that a reader may have seen; where time stands while it does not run
    private ulong _sampledCycles;
    private long _sampledNanoseconds;
    private double _nanosecondsPerCycle; // 0: not known
    private long _interval;
    private ulong _renewals;

    /// <summary>The record, which lives as long as this object; null where there is never any.</summary>
    public ClockRecord* Record => HostCycles.AreSteady ? (ClockRecord*)Unsafe.AsPointer(ref _record[0]) : null;

    public long Nanoseconds => _record[0].TryRead(out var now) ? now : ReadClock();

    public void Start()
    {
        lock (_lock)
        {
            _isRunning = true;
            _offset = _latest - HostClock.Nanoseconds;
        }
    }

    public void Stop()
    {
        lock (_lock)
        {
            // Readers who still found the record have read their cycles before this one does.
            var last = _record[0];
            _record[0].Revoke();
            Interlocked.MemoryBarrier();
            _latest = last.TryRead(out var now) ? now : _isRunning ? Math.Max(_latest, HostClock.Nanoseconds + _offset) : _latest;
            _isRunning = false;
        }
    }

    /// <summary>Goes on from another time, which may be an earlier one.</summary>
    public void Set(long nanoseconds)
    {
        lock (_lock)
        {
            _record[0].Revoke();
            _latest = nanoseconds;
            _offset = nanoseconds - HostClock.Nanoseconds;
        }
    }

    private long ReadClock()
    {
        lock (_lock) return Now();
    }

    private long Now()
    {
        if (_record[0].TryRead(out var now)) return now; // another thread has renewed it
        if (!_isRunning) return _latest;
        if (!HostCycles.AreSteady) return _latest = HostClock.Nanoseconds + _offset;
        var (cycles, host) = Sample();
        _latest = Math.Max(_latest, host + _offset);
        Measure(cycles, host);
        now = _latest;
        if (_nanosecondsPerCycle is > 0 and < 1) Renew(cycles, now, now - (host + _offset));
        return now;
    }

    /// <summary>Compares the cycles with the clock since the last time, if that is long enough ago.</summary>
    private void Measure(ulong cycles, long host)
    {
        var elapsed = host - _sampledNanoseconds;
        if (_sampledCycles != 0 && cycles > _sampledCycles && elapsed is >= 0 and < ShortestInterval) return;
        var measured = cycles > _sampledCycles ? elapsed / (double)(cycles - _sampledCycles) : 0;
        var isTrusted = _sampledCycles != 0 && (_nanosecondsPerCycle == 0 || Math.Abs(measured - _nanosecondsPerCycle) < _nanosecondsPerCycle * LargestChange);
        _nanosecondsPerCycle = isTrusted ? measured : 0;
        _interval = isTrusted ? Math.Clamp(2 * _interval, ShortestInterval, LongestInterval) : 0;
        (_sampledCycles, _sampledNanoseconds) = (cycles, host);
    }

    private void Renew(ulong cycles, long first, long ahead)
    {
        // What is ahead of the clock goes slower, down to half the speed.
        var speed = 1 - Math.Min((double)ahead / _interval, 0.5);
        // Readers tell records apart by their validity.
        var validity = ((ulong)(_interval / _nanosecondsPerCycle) & ~NumberMask) | (++_renewals & NumberMask);
        _record[0].Publish(validity, cycles, (ulong)(_nanosecondsPerCycle * speed * TwoTo64), first);
        _latest = _record[0].End;
    }

    /// <summary>One moment by both clocks: of several the one that took least. That of the cycles is the later.</summary>
    private static (ulong Cycles, long Nanoseconds) Sample()
    {
        (ulong Cycles, long Nanoseconds) best = default;
        var least = ulong.MaxValue;
        for (var i = 0; i < Samples; i++)
        {
            var before = HostCycles.Now;
            var nanoseconds = HostClock.Nanoseconds;
            var after = HostCycles.Now;
            if (after - before >= least) continue;
            least = after - before;
            best = (after, nanoseconds);
        }
        return best;
    }
}
