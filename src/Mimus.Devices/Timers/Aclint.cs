using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Core.Timing;

namespace Mimus.Devices.Timers;

/// <summary>
/// The timer and software-interrupt devices of RISC-V machines: an MSWI and an MTIMER (RISC-V ACLINT specification 1.0,
/// chapters 2 and 3) laid out as the SiFive CLINT.
/// </summary>
public sealed class Aclint : IMmioDevice
{
    /// <summary>The size of the register window.</summary>
    public const ulong Size = 0x10000;

    public const int MaximumHarts = 512;

    private const ulong Msip = 0x0000;      // 3.1: one 32-bit register a hart, bit 0
    private const ulong Mtimecmp = 0x4000;  // 2.2: one 64-bit register a hart
    private const ulong Mtime = 0xbff8;     // 2.1

    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly VirtualClock _clock;
    private readonly ulong _frequency;
    private readonly ulong _nanosecondsPerTick; // 0 when it is not a whole number
    private readonly IrqLine[] _timerLines, _softwareLines;
    private readonly MachineTimer[] _timers;
    private readonly Lock _lock = new(); // taken before the clock's

    private readonly ulong[] _mtimecmp;
    private readonly uint[] _msip;
    private ulong _offset; // mtime minus the clock's ticks

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="clock">The machine's time.</param>
    /// <param name="frequency">Ticks of mtime a second.</param>
    /// <param name="timerLines">The machine timer interrupt of each hart.</param>
    /// <param name="softwareLines">The machine software interrupt of each hart.</param>
    public Aclint(string name, VirtualClock clock, ulong frequency, IReadOnlyList<IrqLine> timerLines, IReadOnlyList<IrqLine> softwareLines)
    {
        ArgumentOutOfRangeException.ThrowIfZero(frequency);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(frequency, NanosecondsPerSecond);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timerLines.Count, MaximumHarts);
        ArgumentOutOfRangeException.ThrowIfNotEqual(softwareLines.Count, timerLines.Count);
        Name = name;
        _clock = clock;
        _frequency = frequency;
        _nanosecondsPerTick = NanosecondsPerSecond % frequency == 0 ? NanosecondsPerSecond / frequency : 0;
        _timerLines = [.. timerLines];
        _softwareLines = [.. softwareLines];
        _mtimecmp = new ulong[timerLines.Count];
        _msip = new uint[timerLines.Count];
        _timers = new MachineTimer[timerLines.Count];
        for (var i = 0; i < _timers.Length; i++)
        {
            var hart = i;
            _timers[i] = clock.CreateTimer(() => OnDeadline(hart));
        }
        Reset();
    }

    public string Name { get; }

    /// <summary>The value of mtime now, which harts also show as their time counter. Takes no lock.</summary>
    public ulong Time => Ticks + Volatile.Read(ref _offset);

    private ulong Ticks
    {
        get
        {
            var now = (ulong)_clock.Nanoseconds;
            return _nanosecondsPerTick != 0 ? now / _nanosecondsPerTick : (ulong)((UInt128)now * _frequency / NanosecondsPerSecond);
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        if (offset - Mtime < sizeof(ulong))
        {
            Register.AnswerPart(data, Time, offset);
            return;
        }
        lock (_lock)
        {
            var compare = (offset - Mtimecmp) / sizeof(ulong);
            var software = offset / sizeof(uint);
            if (offset >= Mtimecmp && compare < (ulong)_mtimecmp.Length) Register.AnswerPart(data, _mtimecmp[compare], offset);
            else if (software < (ulong)_msip.Length) Register.Answer(data, _msip[software] >> (int)((offset & 3) * 8));
            else data.Clear();
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        // 2.1 and 3.1: naturally aligned accesses of 32 bits, and of 64 bits where the register is that wide.
        if (data.Length is not (4 or 8) || offset % (ulong)data.Length != 0) return;
        var value = Register.Value(data);
        lock (_lock)
        {
            if (offset - Mtime < sizeof(ulong))
            {
                var ticks = Ticks;
                Volatile.Write(ref _offset, Merge(ticks + _offset, offset, data.Length, value) - ticks);
                for (var i = 0; i < _mtimecmp.Length; i++) Update(i);
                return;
            }
            var compare = (offset - Mtimecmp) / sizeof(ulong);
            var software = (offset - Msip) / sizeof(uint);
            if (offset >= Mtimecmp && compare < (ulong)_mtimecmp.Length)
            {
                _mtimecmp[compare] = Merge(_mtimecmp[compare], offset, data.Length, value);
                Update((int)compare);
            }
            else if (data.Length == sizeof(uint) && software < (ulong)_msip.Length)
            {
                _msip[software] = (uint)value & 1;
                _softwareLines[software].Set(_msip[software] != 0);
            }
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            // The specification leaves mtimecmp open; the highest value keeps the interrupt away from a guest that has not asked.
            Array.Fill(_mtimecmp, ulong.MaxValue);
            Array.Clear(_msip);
            Volatile.Write(ref _offset, 0 - Ticks);
            for (var i = 0; i < _mtimecmp.Length; i++)
            {
                Update(i);
                _softwareLines[i].Set(false);
            }
        }
    }

    /// <remarks>The clock must be restored before this device: deadlines are computed from it.</remarks>
    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Fields(1, "mtimecmp", _mtimecmp);
            v.Fields(2, "msip", _msip);
            v.Field(3, "offset", ref _offset);
            if (!v.IsRestoring) return;
            for (var i = 0; i < _mtimecmp.Length; i++)
            {
                if (_msip[i] > 1) StateVisitor.Refuse($"{Name}: a software interrupt that is neither 0 nor 1");
                Update(i);
                _timerLines[i].Redrive(_timerLines[i].IsHigh);
                _softwareLines[i].Redrive(_msip[i] != 0);
            }
        }
    }

    private static ulong Merge(ulong register, ulong offset, int length, ulong value) =>
        length == sizeof(ulong) ? value : Register.WithHalf(register, (offset & 4) != 0, (uint)value);

    private void OnDeadline(int hart)
    {
        lock (_lock) Update(hart);
    }

    private void Update(int hart)
    {
        var now = Time;
        var due = now >= _mtimecmp[hart];
        _timerLines[hart].Set(due);
        // A deadline beyond what the clock can count (centuries) never comes.
        if (!due && DeadlineOf(_mtimecmp[hart] - _offset) is var deadline && deadline < long.MaxValue) _timers[hart].Arm((long)deadline);
        else _timers[hart].Cancel();
    }

    /// <summary>The first nanosecond at which the clock's ticks have reached the given count.</summary>
    private UInt128 DeadlineOf(ulong ticks) => ((UInt128)ticks * NanosecondsPerSecond + _frequency - 1) / _frequency;
}
