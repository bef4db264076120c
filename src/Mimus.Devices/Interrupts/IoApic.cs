using Mimus.Core.Devices;
using Mimus.Core.State;

namespace Mimus.Devices.Interrupts;

/// <summary>
/// The I/O APIC (Intel 82093AA data sheet, 290566-001) with the EOI register of later ones (82801 data sheets, "I/O APIC"). Its inputs say
/// whether a device wants service, so that the polarity is kept and not applied.
/// </summary>
public sealed class IoApic : IMmioDevice, IIrqSink
{
    /// <summary>The size of the register window.</summary>
    public const ulong Size = 0x1000;

    /// <summary>How many inputs there are.</summary>
    public const int Inputs = 24;

    // Registers in memory (3.1)
    private const ulong Select = 0x00, Window = 0x10, EndOfInterruptRegister = 0x40;

    // Registers behind the window (3.2)
    private const int Id = 0x00, Version = 0x01, Arbitration = 0x02, Table = 0x10;
    private const int IdShift = 24;
    private const uint IdMask = 0x0f00_0000;
    private const uint VersionValue = 0x20 | ((Inputs - 1) << 16);

    // Redirection table entry (3.2.4)
    private const ulong VectorMask = 0xff, Logical = 1 << 11, RemoteRequest = 1 << 14, Level = 1 << 15, Masked = 1 << 16;
    private const ulong Writable = VectorMask | (7 << 8) | Logical | (1 << 13) | Level | Masked | (0xfful << DestinationShift);
    private const int ModeShift = 8, DestinationShift = 56;

    private readonly ApicBus _bus;
    private readonly byte _firstId;
    private readonly Lock _lock = new(); // taken inside the locks of devices, held while messages are delivered

    private readonly ulong[] _table = new ulong[Inputs];
    private uint _levels;
    private byte _select;
    private uint _id;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="id">The ID that firmware describes it by.</param>
    /// <param name="bus">What brings messages; this I/O APIC joins it.</param>
    public IoApic(string name, byte id, ApicBus bus)
    {
        Name = name;
        _firstId = id;
        _bus = bus;
        Reset();
        bus.Add(this);
    }

    public string Name { get; }

    public void SetLine(int input, bool high)
    {
        if ((uint)input >= Inputs) return;
        lock (_lock)
        {
            var rises = high && (_levels >> input & 1) == 0;
            _levels = high ? _levels | 1u << input : _levels & ~(1u << input);
            // 3.2.4: an edge at a masked input is not kept.
            if (rises && (_table[input] & (Level | Masked)) == 0) Deliver(input);
            Update(input);
        }
    }

    /// <summary>An interrupt has ended at a processor: its level-triggered inputs may request again.</summary>
    internal void EndOfInterrupt(byte vector)
    {
        lock (_lock)
        {
            for (var i = 0; i < Inputs; i++)
            {
                if ((_table[i] & RemoteRequest) == 0 || (byte)_table[i] != vector) continue;
                _table[i] &= ~RemoteRequest;
                Update(i);
            }
        }
    }

    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            Register.Answer(data, offset switch
            {
                Select => _select,
                Window => ReadWindow(),
                _ => 0u,
            });
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty) return;
        var value = (uint)Register.Value(data);
        switch (offset)
        {
            case Select:
                lock (_lock) _select = (byte)value;
                break;
            case Window when data.Length == sizeof(uint):
                lock (_lock) WriteWindow(value);
                break;
            case EndOfInterruptRegister:
                EndOfInterrupt((byte)value);
                break;
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            // The levels are the devices' own outputs, which their resets lower.
            _table.AsSpan().Fill(Masked);
            _select = 0;
            _id = (uint)_firstId << IdShift;
        }
    }

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            v.Fields(1, "table", _table);
            v.Field(2, "levels", ref _levels);
            v.Field(3, "select", ref _select);
            v.Field(4, "id", ref _id);
            if (!v.IsRestoring) return;
            foreach (ref var entry in _table.AsSpan()) entry &= Writable | RemoteRequest;
            _levels &= (1u << Inputs) - 1;
            _id &= IdMask;
        }
    }

    private uint ReadWindow() => _select switch
    {
        Id or Arbitration => _id,
        Version => VersionValue,
        >= Table and < Table + 2 * Inputs => (uint)(_table[(_select - Table) / 2] >> (_select % 2 * 32)),
        _ => 0,
    };

    private void WriteWindow(uint value)
    {
        if (_select == Id) _id = value & IdMask;
        if (_select is < Table or >= Table + 2 * Inputs) return;
        var input = (_select - Table) / 2;
        var entry = Register.WithHalf(_table[input], high: _select % 2 != 0, value) & Writable;
        // What is an edge now waits for no end of interrupt.
        _table[input] = (entry & Level) != 0 ? entry | (_table[input] & RemoteRequest) : entry;
        Update(input);
    }

    private bool Deliver(int input)
    {
        var entry = _table[input];
        return _bus.Send(new ApicMessage(ApicMessage.FromByte((uint)(entry >> DestinationShift)), (entry & Logical) != 0,
            (DeliveryMode)(entry >> ModeShift & 7), (byte)entry, (entry & Level) != 0));
    }

    /// <summary>A level-triggered input whose device wants service requests, until a processor has it and again after its end.</summary>
    private void Update(int input)
    {
        if ((_table[input] & (Level | Masked | RemoteRequest)) != Level || (_levels >> input & 1) == 0) return;
        if (Deliver(input)) _table[input] |= RemoteRequest; // its end comes by way of this lock
    }
}
