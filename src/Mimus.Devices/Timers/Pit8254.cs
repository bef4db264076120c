using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Core.Timing;

namespace Mimus.Devices.Timers;

/// <summary>
/// The 8254 interval timer of the PC (Intel 8254 data sheet, 231164-005) and system control port B beside it (82371SB data sheet,
/// 2.5.5.1): counter 0 is the timer interrupt, 1 was memory refresh, 2 is the speaker, whose gate and output are in port B.
/// </summary>
public sealed class Pit8254 : IMmioDevice
{
    /// <summary>Offsets of the registers: those of the timer (ports 40h to 43h) and system control port B (port 61h).</summary>
    public const int TimerOffset = 0, SystemControlOffset = 4;

    /// <summary>How many offsets there are.</summary>
    public const ulong Size = 5;

    /// <summary>The input clock: a twelfth of the colour carrier's fourfold.</summary>
    public const ulong Frequency = 1_193_182;

    private const int Counters = 3, Control = 3, Speaker = 2;

    // Read-back command ("Read-back command format")
    private const int SelectShift = 6, ReadBack = 3;
    private const byte ReadBackNoCount = 0x20, ReadBackNoStatus = 0x10;

    // System control port B (2.5.5.1)
    private const byte SpeakerGate = 0x01, Refresh = 0x10, SpeakerOut = 0x20, SystemControlWritable = 0x0f;
    private const long RefreshPeriod = 15_085; // nanoseconds: 18 clocks of counter 1

    private readonly TickCounter _ticks;
    private readonly IrqLine _irq;
    private readonly MachineTimer _timer;
    private readonly Lock _lock = new(); // held while the line changes; taken before the clock's

    private readonly PitCounter[] _counters = [new(), new(), new()];
    private byte _systemControl;
    private long _seen; // until when changes of OUT 0 have reached the line

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="clock">The machine's time.</param>
    /// <param name="irq">OUT of counter 0.</param>
    public Pit8254(string name, VirtualClock clock, IrqLine irq)
    {
        Name = name;
        _ticks = new TickCounter(clock, Frequency);
        _irq = irq;
        _timer = clock.CreateTimer(OnChange);
        Reset();
    }

    public string Name { get; }

    private long Now => (long)_ticks.Ticks;

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            var now = Now;
            PassOn(now);
            Register.Answer(data, offset switch
            {
                < Counters => _counters[offset].Read(now),
                SystemControlOffset => ReadSystemControl(),
                _ => byte.MaxValue,
            });
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        var value = data[0];
        lock (_lock)
        {
            var now = Now;
            PassOn(now);
            switch (offset)
            {
                case < Counters:
                    _counters[offset].Write(value, now);
                    break;
                case Control:
                    WriteControl(value, now);
                    break;
                case SystemControlOffset:
                    _systemControl = (byte)(value & SystemControlWritable);
                    _counters[Speaker].SetGate((value & SpeakerGate) != 0, now);
                    break;
            }
            Update(now);
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            for (var i = 0; i < Counters; i++) _counters[i].Reset(gate: i != Speaker);
            _systemControl = 0;
            _seen = 0;
            _timer.Cancel();
            _irq.Set(false);
        }
    }

    /// <remarks>The clock must be restored before this device: deadlines are computed from it.</remarks>
    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            for (var i = 0; i < Counters; i++) v.Child($"counter{i}", _counters[i]);
            v.Field(1, "system-control", ref _systemControl);
            v.Field(2, "seen", ref _seen);
            var level = _irq.IsHigh;
            v.Field(3, "irq", ref level);
            if (!v.IsRestoring) return;
            _systemControl &= SystemControlWritable;
            _irq.Redrive(level);
            Arm(Now);
        }
    }

    private byte ReadSystemControl()
    {
        var refresh = _ticks.Clock.Nanoseconds / RefreshPeriod % 2 != 0;
        return (byte)(_systemControl | (refresh ? Refresh : 0) | (_counters[Speaker].Out(Now) ? SpeakerOut : 0));
    }

    private void WriteControl(byte value, long now)
    {
        var selected = value >> SelectShift;
        if (selected != ReadBack)
        {
            _counters[selected].WriteControl(value, now);
            return;
        }
        for (var i = 0; i < Counters; i++)
        {
            if ((value & (2 << i)) == 0) continue;
            if ((value & ReadBackNoCount) == 0) _counters[i].LatchCount(now);
            if ((value & ReadBackNoStatus) == 0) _counters[i].LatchStatus(now);
        }
    }

    private void OnChange()
    {
        lock (_lock)
        {
            var now = Now;
            PassOn(now);
            Update(now);
        }
    }

    /// <summary>Shows the line a rise that is already past; several become one, as the processor was not there to see them.</summary>
    private void PassOn(long now)
    {
        if (now > _seen && _counters[0].RoseBetween(_seen, now))
        {
            _irq.Set(false);
            _irq.Set(true);
        }
        _seen = now;
    }

    private void Update(long now)
    {
        _irq.Set(_counters[0].Level(now));
        Arm(now);
    }

    private void Arm(long now)
    {
        var next = _counters[0].NextChange(now);
        if (next == long.MaxValue) _timer.Cancel();
        else _timer.Arm(_ticks.DeadlineOf((ulong)next));
    }
}
