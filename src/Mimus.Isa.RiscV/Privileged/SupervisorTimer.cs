using Mimus.Core.Cpus;
using Mimus.Core.Timing;

namespace Mimus.Isa.RiscV.Privileged;

/// <summary>
/// Compares the time with stimecmp. Reading the clock is expensive next to all else that is done to enter and leave a handler,
/// so it is read only when the event loop says that the deadline may have passed.
/// </summary>
internal sealed class SupervisorTimer
{
    private const int Ahead = 0, MayBeDue = 1, Due = 2;

    private readonly TickCounter _time;
    private readonly VcpuSignal _signal;
    private readonly MachineTimer _timer;
    private ulong _deadline = ulong.MaxValue;
    private bool _isArmed;
    private int _standing;

    public SupervisorTimer(TickCounter time, VcpuSignal signal)
    {
        _time = time;
        _signal = signal;
        _timer = time.Clock.CreateTimer(LookAgain);
        time.Changed += LookAgain;
    }

    /// <summary>Asks for attention at a time; never at the highest. On the hart's thread, or while it does not run.</summary>
    public void Arm(ulong deadline)
    {
        _deadline = deadline;
        Volatile.Write(ref _standing, Ahead);
        if (deadline == ulong.MaxValue)
        {
            if (_isArmed) _timer.Cancel();
            _isArmed = false;
        }
        else if (IsDue())
        {
            Volatile.Write(ref _standing, Due);
            _signal.Raise(Attention.Interrupts);
        }
        else
        {
            _isArmed = true;
            _timer.Arm(_time.DeadlineOf(deadline));
        }
    }

    /// <summary>Whether the time has come, by the clock.</summary>
    public bool IsDue() => Volatile.Read(ref _standing) == Due || _time.Ticks >= _deadline;

    /// <summary>The same as far as it has been noticed.</summary>
    public bool IsNoticed()
    {
        var standing = Volatile.Read(ref _standing);
        return standing != Ahead && (standing == Due || Look());
    }

    /// <summary>The time may have come, or has been set to another. Any thread may call.</summary>
    public void LookAgain()
    {
        Volatile.Write(ref _standing, MayBeDue);
        _signal.Raise(Attention.Interrupts);
    }

    private bool Look()
    {
        // Before the clock is read: if the time is set meanwhile, that is seen the next time.
        Interlocked.CompareExchange(ref _standing, Due, MayBeDue);
        if (_time.Ticks >= _deadline) return true;
        Arm(_deadline);
        return false;
    }
}
