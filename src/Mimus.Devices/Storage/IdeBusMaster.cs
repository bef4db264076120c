using System.Buffers.Binary;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Storage;

/// <summary>
/// The bus master of one IDE channel (Programming Interface for Bus Master IDE Controller, revision 1.0): it moves data between the
/// drive and the regions that a table in memory lists. It has no lock: its owner, <see cref="IdeChannel"/>, has.
/// </summary>
internal sealed class IdeBusMaster(GuestMemory memory) : IStateful
{
    /// <summary>How many registers a channel has.</summary>
    public const int Length = 8;

    // Registers (2.0)
    private const int Command = 0, Status = 2, Table = 4;
    private const byte Start = 0x01, ToMemory = 0x08;
    private const byte Active = 0x01, Error = 0x02, Interrupt = 0x04, DrivesCanDma = 0x60;

    // A region of the table (1.2)
    private const int DescriptorLength = 8;
    private const uint LastDescriptor = 0x80000000;
    private const uint TableMask = 0xfffffffc, TableLimit = 0x10000; // it does not cross 64 KiB

    private byte _command, _status;
    private uint _table;
    private uint _next;         // of the table, where the next region is described
    private uint _address, _left;   // the rest of the region at work
    private bool _isLast;

    /// <summary>The guest has started it, and it has not come to its end.</summary>
    public bool IsActive => (_status & Active) != 0;

    public bool IsToMemory => (_command & ToMemory) != 0;

    public void Read(ulong offset, Span<byte> data)
    {
        for (var i = 0; i < data.Length; i++) data[i] = ReadByte(offset + (ulong)i);
    }

    /// <summary>Writes registers; true when the guest has started it.</summary>
    public bool Write(ulong offset, ReadOnlySpan<byte> data)
    {
        var started = false;
        for (var i = 0; i < data.Length; i++) started |= WriteByte(offset + (ulong)i, data[i]);
        return started;
    }

    /// <summary>The drive interrupts, whether or not that was a transfer's end.</summary>
    public void SetInterrupt() => _status |= Interrupt;

    public void Fail() => _status = (byte)(_status & ~Active | Error);

    /// <summary>
    /// Moves data between a buffer and the regions, in order. Returns how much; less than all when the regions end, or
    /// <paramref name="failed"/> at one that is not memory.
    /// </summary>
    public int Transfer(Span<byte> data, bool toMemory, out bool failed)
    {
        failed = false;
        var done = 0;
        while (done < data.Length && IsActive)
        {
            if (_left == 0 && !TryNextRegion(out failed)) break;
            var part = data.Slice(done, (int)Math.Min(_left, (uint)(data.Length - done)));
            var good = toMemory ? memory.TryWrite(new GuestAddress(_address), part) : memory.TryRead(new GuestAddress(_address), part);
            if (!good)
            {
                failed = true;
                break;
            }
            done += part.Length;
            _address += (uint)part.Length;
            _left -= (uint)part.Length;
        }
        if (failed) Fail();
        // Regions that are longer than the transfer leave it active (3.1, status).
        else if (_left == 0 && _isLast) _status &= unchecked((byte)~Active);
        return done;
    }

    public void Reset()
    {
        _command = _status = 0;
        _table = _next = _address = _left = 0;
        _isLast = false;
    }

    public void State(StateVisitor v)
    {
        v.Field(1, "command", ref _command);
        v.Field(2, "status", ref _status);
        v.Field(3, "table", ref _table);
        v.Field(4, "next", ref _next);
        v.Field(5, "address", ref _address);
        v.Field(6, "left", ref _left);
        v.Field(7, "is-last", ref _isLast);
        if (v.IsRestoring && _left > TableLimit) StateVisitor.Refuse("a bus master with a region longer than there are");
    }

    private byte ReadByte(ulong offset) => offset switch
    {
        Command => _command,
        Status => _status,
        >= Table and < Length => (byte)(_table >> (int)(8 * (offset - Table))),
        _ => 0,
    };

    private bool WriteByte(ulong offset, byte value)
    {
        switch (offset)
        {
            case Command:
                var starts = (value & ~_command & Start) != 0;
                _command = (byte)(value & (Start | ToMemory));
                if (starts)
                {
                    (_next, _left, _isLast) = (_table, 0, false);
                    _status |= Active;
                }
                else if ((value & Start) == 0)
                {
                    _status &= unchecked((byte)~Active);
                }
                return starts;
            case Status:
                _status = (byte)(_status & ~DrivesCanDma & ~(value & (Error | Interrupt)) | value & DrivesCanDma);
                break;
            case >= Table and < Length:
                var shift = (int)(8 * (offset - Table));
                _table = (_table & ~(0xffu << shift) | (uint)value << shift) & TableMask;
                break;
        }
        return false;
    }

    private bool TryNextRegion(out bool failed)
    {
        failed = false;
        if (_isLast || _next - _table >= TableLimit)
        {
            _status &= unchecked((byte)~Active);
            return false;
        }
        Span<byte> descriptor = stackalloc byte[DescriptorLength];
        if (!memory.TryRead(new GuestAddress(_next), descriptor))
        {
            failed = true;
            return false;
        }
        _next += DescriptorLength;
        _address = BinaryPrimitives.ReadUInt32LittleEndian(descriptor) & ~1u;
        var count = BinaryPrimitives.ReadUInt32LittleEndian(descriptor[4..]);
        _left = (count & 0xfffe) == 0 ? TableLimit : count & 0xfffe; // 0 stands for 64 KiB
        _isLast = (count & LastDescriptor) != 0;
        return true;
    }
}
