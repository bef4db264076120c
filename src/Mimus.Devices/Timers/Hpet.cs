using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Core.Timing;
using Mimus.Devices.Interrupts;

namespace Mimus.Devices.Timers;

/// <summary>
/// The high precision event timers (IA-PC HPET specification 1.0a): a counter of 100 MHz and three comparators. The interrupts of the
/// 8254 and of the real-time clock pass through it, as inputs 0 and 1, because it can take their place (2.3.4, legacy replacement).
/// </summary>
public sealed class Hpet : IMmioDevice, IIrqSink
{
    /// <summary>The size of the register window.</summary>
    public const ulong Size = 0x400;

    /// <summary>The inputs.</summary>
    public const int IntervalTimer = 0, RealTimeClock = 1;

    /// <summary>How many wires an interrupt can be routed to.</summary>
    public const int Routes = 32;

    // Registers (2.3.1)
    private const int Capabilities = 0x000, GeneralConfiguration = 0x010, InterruptStatus = 0x020, MainCounter = 0x0f0,
        FirstTimer = 0x100, TimerStride = 0x20, TimerConfiguration = 0x00, TimerComparator = 0x08, TimerMessage = 0x10;

    private const int Timers = 3;
    private const ulong Frequency = 100_000_000, FemtosecondsPerTick = 1_000_000_000_000_000 / Frequency;

    // Capabilities (2.3.4): revision 1, a 64-bit counter, legacy replacement, Intel
    private const ulong CapabilitiesValue = 0x01 | ((Timers - 1) << 8) | (1 << 13) | (1 << 15) | (0x8086ul << 16) | (FemtosecondsPerTick << 32);

    /// <summary>What ACPI's table of it says that it is: the low half of the capabilities.</summary>
    public const uint Identification = (uint)(CapabilitiesValue & uint.MaxValue);

    // General configuration (2.3.5)
    private const ulong Enabled = 1, LegacyReplacement = 2;

    private readonly VirtualClock _clock;
    private readonly TickCounter _ticks;
    private readonly IrqLine?[] _routes;
    private readonly IrqLine[] _legacy;
    private readonly IMessageSink? _messages;
    private readonly MachineTimer _timer;
    private readonly Lock _lock = new(); // held while lines change and messages are sent; taken before the clock's

    private readonly HpetTimer[] _timers = new HpetTimer[Timers];
    private ulong _configuration, _status;
    private ulong _stoppedAt;       // the counter while it is halted
    private ulong _offset;          // the counter minus the ticks of the clock while it runs
    private readonly bool[] _legacyInputs = new bool[2];
    private uint _edges;            // timers whose edge-triggered interrupt has left its line high

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="clock">The machine's time.</param>
    /// <param name="routes">The wire of each route, null for one that cannot be chosen.</param>
    /// <param name="legacyTimer">The wire of the interval timer's interrupt.</param>
    /// <param name="legacyClock">The wire of the real-time clock's interrupt.</param>
    /// <param name="messages">Where timers can send messages to, or null.</param>
    public Hpet(string name, VirtualClock clock, IReadOnlyList<IrqLine?> routes, IrqLine legacyTimer, IrqLine legacyClock, IMessageSink? messages)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(routes.Count, Routes);
        Name = name;
        _clock = clock;
        _ticks = new TickCounter(clock, Frequency);
        _routes = new IrqLine?[Routes];
        var mask = 0ul;
        for (var i = 0; i < routes.Count; i++)
        {
            _routes[i] = routes[i];
            if (routes[i] is not null) mask |= 1ul << i;
        }
        _legacy = [legacyTimer, legacyClock];
        _messages = messages;
        for (var i = 0; i < Timers; i++) _timers[i] = new HpetTimer(mask, messages is not null);
        _timer = clock.CreateTimer(OnDue);
        Reset();
    }

    public string Name { get; }

    private bool IsEnabled => (_configuration & Enabled) != 0;

    private bool ReplacesLegacy => (_configuration & LegacyReplacement) != 0;

    private ulong Counter => IsEnabled ? unchecked(_ticks.Ticks + _offset) : _stoppedAt;

    public void SetLine(int input, bool high)
    {
        if ((uint)input >= (uint)_legacyInputs.Length) return;
        lock (_lock)
        {
            _legacyInputs[input] = high;
            if (!ReplacesLegacy) _legacy[input].Set(high);
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock) Register.AnswerPart(data, offset < Size ? ReadRegister((int)offset & ~7) : 0, offset);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        // 2.3.2: aligned accesses of 32 or 64 bits.
        if (data.Length is not (4 or 8) || offset % (ulong)data.Length != 0 || offset >= Size) return;
        lock (_lock)
        {
            Advance();
            var register = (int)offset & ~7;
            var value = data.Length == sizeof(ulong)
                ? Register.Value(data)
                : Register.WithHalf(OtherHalf(register), (offset & 4) != 0, (uint)Register.Value(data));
            WriteRegister(register, value);
            Update();
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            _configuration = _status = _stoppedAt = _offset = 0;
            _edges = 0;
            foreach (var timer in _timers) timer.Reset();
            Update();
        }
    }

    /// <remarks>The clock must be restored before this device: deadlines are computed from it.</remarks>
    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            for (var i = 0; i < Timers; i++) v.Child($"timer{i}", _timers[i]);
            v.Field(1, "configuration", ref _configuration);
            v.Field(2, "status", ref _status);
            v.Field(3, "stopped-at", ref _stoppedAt);
            v.Field(4, "offset", ref _offset);
            v.Field(5, "timer-input", ref _legacyInputs[IntervalTimer]);
            v.Field(6, "clock-input", ref _legacyInputs[RealTimeClock]);
            v.Field(7, "edges", ref _edges);
            if (!v.IsRestoring) return;
            _configuration &= Enabled | LegacyReplacement;
            _status &= (1 << Timers) - 1;
            _edges &= (1 << Timers) - 1;
            Update();
            foreach (var line in _legacy) line.Redrive(line.IsHigh);
            foreach (var line in _routes) line?.Redrive(line.IsHigh);
        }
    }

    private ulong ReadRegister(int register)
    {
        switch (register)
        {
            case Capabilities:
                return CapabilitiesValue;
            case GeneralConfiguration:
                return _configuration;
            case InterruptStatus:
                return _status;
            case MainCounter:
                return Counter;
            case >= FirstTimer and < FirstTimer + Timers * TimerStride:
                Advance();
                var timer = _timers[(register - FirstTimer) / TimerStride];
                return (register % TimerStride) switch
                {
                    TimerConfiguration => timer.Configuration,
                    TimerComparator => timer.Comparator,
                    TimerMessage => timer.Message,
                    _ => 0,
                };
            default:
                return 0;
        }
    }

    /// <summary>What stays where only a half is written; of a register whose bits are cleared by ones, none is touched.</summary>
    private ulong OtherHalf(int register)
    {
        if (register == InterruptStatus) return 0;
        var isComparator = register is >= FirstTimer and < FirstTimer + Timers * TimerStride && register % TimerStride == TimerComparator;
        return isComparator ? _timers[(register - FirstTimer) / TimerStride].Written : ReadRegister(register);
    }

    private void WriteRegister(int register, ulong value)
    {
        switch (register)
        {
            case GeneralConfiguration:
                var counter = Counter;
                _configuration = value & (Enabled | LegacyReplacement);
                SetCounter(counter);
                break;
            case InterruptStatus:
                _status &= ~value;
                break;
            case MainCounter when !IsEnabled: // 2.3.7: it is to be halted first
                SetCounter(value);
                break;
            case >= FirstTimer and < FirstTimer + Timers * TimerStride:
                WriteTimer((register - FirstTimer) / TimerStride, register % TimerStride, value);
                break;
        }
    }

    private void WriteTimer(int index, int register, ulong value)
    {
        var timer = _timers[index];
        switch (register)
        {
            case TimerConfiguration:
                timer.WriteConfiguration(value, Counter);
                if (!timer.IsEnabled) _edges &= ~(1u << index);
                break;
            case TimerComparator:
                timer.WriteComparator(value, Counter);
                break;
            case TimerMessage:
                timer.Message = value;
                break;
        }
    }

    private void SetCounter(ulong value)
    {
        _stoppedAt = value;
        _offset = unchecked(value - _ticks.Ticks);
        foreach (var timer in _timers) timer.Schedule(value);
    }

    private void OnDue()
    {
        lock (_lock)
        {
            Advance();
            Update();
        }
    }

    private void Advance()
    {
        if (!IsEnabled) return;
        var counter = Counter;
        for (var i = 0; i < Timers; i++)
        {
            if (_timers[i].Advance(counter)) Fire(i);
        }
    }

    private void Fire(int index)
    {
        var timer = _timers[index];
        if (timer.IsLevel)
        {
            _status |= 1ul << index;
        }
        else if (timer.IsEnabled && timer.SignalsByMessage)
        {
            _messages?.Send(timer.Message >> 32, (uint)timer.Message);
        }
        else if (timer.IsEnabled)
        {
            // The line stays high until the next edge, so that an 8259 sees the request until it takes it.
            LineOf(index)?.Set(false);
            _edges |= 1u << index;
        }
    }

    private IrqLine? LineOf(int index) => ReplacesLegacy && index < _legacy.Length ? _legacy[index] : _routes[_timers[index].Route];

    private bool Pulls(int index) => _timers[index].IsEnabled && !_timers[index].SignalsByMessage
        && (_timers[index].IsLevel ? (_status >> index & 1) != 0 : (_edges >> index & 1) != 0);

    private void Update()
    {
        for (var route = 0; route < Routes; route++)
        {
            if (_routes[route] is { } line) line.Set(IsPulled(line));
        }
        for (var i = 0; i < _legacy.Length; i++) _legacy[i].Set(ReplacesLegacy ? IsPulled(_legacy[i]) : _legacyInputs[i]);
        Arm();
    }

    private bool IsPulled(IrqLine line)
    {
        for (var i = 0; i < Timers; i++)
        {
            if (LineOf(i) == line && Pulls(i)) return true;
        }
        return false;
    }

    private void Arm()
    {
        var remaining = ulong.MaxValue;
        foreach (var timer in _timers)
        {
            if (timer.IsEnabled || timer.IsLevel) remaining = Math.Min(remaining, timer.Remaining);
        }
        // What is centuries away never comes.
        if (!IsEnabled || remaining > long.MaxValue / 1024) _timer.Cancel();
        else _timer.Arm(_ticks.DeadlineOf(_ticks.Ticks + remaining));
    }
}
