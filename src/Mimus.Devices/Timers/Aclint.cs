using Mimus.Core.Devices;
using Mimus.Core.State;
using Mimus.Core.Timing;
using Mimus.Host;

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

    private readonly TickCounter _time;
    private readonly IrqLine[] _timerLines, _softwareLines;
    private readonly MachineTimer[] _timers;
    private readonly Lock _lock = new(); // taken before the clock's

    private readonly ulong[] _mtimecmp;
    private readonly uint[] _msip;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="time">What mtime shows and sets; the harts show the same counter.</param>
    /// <param name="timerLines">The machine timer interrupt of each hart.</param>
    /// <param name="softwareLines">The machine software interrupt of each hart.</param>
    public Aclint(string name, TickCounter time, IReadOnlyList<IrqLine> timerLines, IReadOnlyList<IrqLine> softwareLines)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timerLines.Count, MaximumHarts);
        ArgumentOutOfRangeException.ThrowIfNotEqual(softwareLines.Count, timerLines.Count);
        Name = name;
        _time = time;
        _timerLines = [.. timerLines];
        _softwareLines = [.. softwareLines];
        _mtimecmp = new ulong[timerLines.Count];
        _msip = new uint[timerLines.Count];
        _timers = new MachineTimer[timerLines.Count];
        for (var i = 0; i < _timers.Length; i++)
        {
            var hart = i;
            _timers[i] = time.Clock.CreateTimer(() => OnDeadline(hart));
        }
        Reset();
    }

    public string Name { get; }

    public void Read(ulong offset, Span<byte> data)
    {
        if (offset - Mtime < sizeof(ulong))
        {
            Register.AnswerPart(data, _time.Ticks, offset);
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
                _time.Ticks = Merge(_time.Ticks, offset, data.Length, value);
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
            _mtimecmp.AsSpan().SetAll(ulong.MaxValue);
            Array.Clear(_msip);
            _time.Ticks = 0;
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
            v.Child("time", _time);
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
        var due = _time.Ticks >= _mtimecmp[hart];
        _timerLines[hart].Set(due);
        // A deadline beyond what the clock can count (centuries) never comes.
        if (!due && _time.DeadlineOf(_mtimecmp[hart]) is var deadline && deadline < long.MaxValue) _timers[hart].Arm(deadline);
        else _timers[hart].Cancel();
    }
}
