using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Interrupts;

/// <summary>
/// The two cascaded interrupt controllers of the PC (82371SB data sheet, 2.5.3 and 3.6): fifteen inputs, 0 to 15 without 2, which
/// is the slave's. What they do is in <see cref="Pic8259"/>.
/// </summary>
public sealed class PicPair : IMmioDevice, IIrqSink, IInterruptAcknowledge
{
    /// <summary>
    /// Offsets of the registers: the master's (ports 20h and 21h), the slave's (A0h and A1h), and the ELCRs (4D0h and 4D1h).
    /// </summary>
    public const int MasterOffset = 0, SlaveOffset = 2, TriggerOffset = 4;

    /// <summary>How many offsets there are.</summary>
    public const ulong Size = 6;

    private const int Inputs = 16, Cascade = 2;
    private const byte MasterLevelCapable = 0xf8, SlaveLevelCapable = 0xde; // 2.5.3.9: not the timer, keyboard, cascade, clock and FPU

    private readonly IrqLine _intr;
    private readonly Pic8259 _master = new(isMaster: true, MasterLevelCapable), _slave = new(isMaster: false, SlaveLevelCapable);
    private readonly Lock _lock = new(); // taken inside the locks of devices, held while the INTR line changes

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="intr">The INTR line to the processor or its local APIC.</param>
    public PicPair(string name, IrqLine intr)
    {
        Name = name;
        _intr = intr;
        Reset();
    }

    public string Name { get; }

    public void SetLine(int input, bool high)
    {
        if (input is < 0 or >= Inputs or Cascade) return;
        lock (_lock)
        {
            (input < 8 ? _master : _slave).SetLine(input & 7, high);
            Update();
        }
    }

    public byte Acknowledge()
    {
        lock (_lock)
        {
            if (_master.Acknowledge(out var vector) == Cascade) _slave.Acknowledge(out vector);
            // Another request of the slave is another edge for the master.
            _master.SetLine(Cascade, false);
            Update();
            return vector;
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            Register.Answer(data, offset switch
            {
                0 or 1 => _master.Read(offset == 1),
                2 or 3 => _slave.Read(offset == 3),
                4 => _master.LevelTriggered,
                5 => _slave.LevelTriggered,
                _ => 0u,
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
            switch (offset)
            {
                case 0 or 1:
                    _master.Write(offset == 1, value);
                    break;
                case 2 or 3:
                    _slave.Write(offset == 3, value);
                    break;
                case 4:
                    _master.LevelTriggered = value;
                    break;
                case 5:
                    _slave.LevelTriggered = value;
                    break;
            }
            Update();
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            _master.Reset();
            _slave.Reset();
            Update();
        }
    }

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Child("master", _master);
            v.Child("slave", _slave);
            if (!v.IsRestoring) return;
            Update();
            _intr.Redrive(_intr.IsHigh);
        }
    }

    private void Update()
    {
        _master.SetLine(Cascade, _slave.IsRequesting);
        _intr.Set(_master.IsRequesting);
    }
}
