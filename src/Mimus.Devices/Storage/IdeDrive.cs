using Mimus.Core.Backends;
using Mimus.Core.State;

namespace Mimus.Devices.Storage;

/// <summary>
/// What disks and CD-ROMs on an IDE channel have in common: their registers and how data moves (ATA/ATAPI-7, T13 1532D volume 1 and 2).
/// It has no lock: its owner, <see cref="IdeChannel"/>, has.
/// </summary>
internal abstract class IdeDrive(IDisk? disk) : IStateful
{
    // Status (5.14) and error (5.9)
    protected const byte Busy = 0x80, Ready = 0x40, WriteFault = 0x20, SeekComplete = 0x10, DataRequest = 0x08, Failed = 0x01;
    protected const byte Aborted = 0x04, NotFound = 0x10, Uncorrectable = 0x40;

    // Device register (5.5)
    protected const byte Lba = 0x40, DeviceSelect = 0x10;

    /// <summary>The most that moves between the drive and the host at a time.</summary>
    protected const int BufferLength = 0x10000;

    // Registers of the command block (5.1)
    private const int Features = 1, SectorCount = 2, LbaLow = 3, LbaMid = 4, LbaHigh = 5, Device = 6;

    private readonly byte[] _buffer = new byte[BufferLength];
    private int _position, _length;
    private Movement _movement;
    private uint _epoch;

    // Each register remembers the value before the last for commands of 48 bits (6.20, volume 1)
    private readonly byte[] _registers = new byte[Device + 1], _previous = new byte[Device + 1];

    protected byte StatusRegister { get; set; }

    protected byte ErrorRegister { get; set; }

    /// <summary>The drive wants an interrupt.</summary>
    public bool Interrupts { get; set; }

    /// <summary>The drive waits for the bus master.</summary>
    public bool WantsDma => _movement is Movement.DmaToHost or Movement.DmaFromHost && (StatusRegister & Busy) == 0;

    public bool MovesToHost => _movement is Movement.ToHost or Movement.DmaToHost;

    public byte Status => StatusRegister;

    /// <summary>The job that the drive wants done; the channel takes it away.</summary>
    public IdeJob? Job { get; set; }

    /// <summary>What the data is on; null while there is no medium.</summary>
    protected IDisk? Disk { get; set; } = disk;

    protected Span<byte> Buffer => _buffer;

    protected byte CountRegister
    {
        get => _registers[SectorCount];
        set => _registers[SectorCount] = value;
    }

    protected byte LowRegister
    {
        get => _registers[LbaLow];
        set => _registers[LbaLow] = value;
    }

    protected byte MidRegister
    {
        get => _registers[LbaMid];
        set => _registers[LbaMid] = value;
    }

    protected byte HighRegister
    {
        get => _registers[LbaHigh];
        set => _registers[LbaHigh] = value;
    }

    protected byte DeviceRegister
    {
        get => _registers[Device];
        set => _registers[Device] = value;
    }

    protected byte FeaturesRegister => _registers[Features];

    protected byte PreviousCount => _previous[SectorCount];

    protected ulong PreviousAddress => _previous[LbaLow] | (ulong)_previous[LbaMid] << 8 | (ulong)_previous[LbaHigh] << 16;

    /// <summary>What the guest reads, 1 to 6.</summary>
    public byte ReadRegister(int register, bool previous)
    {
        if (register == Features) return ErrorRegister;
        return previous && register != Device ? _previous[register] : _registers[register];
    }

    public void WriteRegister(int register, byte value)
    {
        if ((StatusRegister & (Busy | DataRequest)) != 0) return; // 5.1: not while a command runs
        _previous[register] = _registers[register];
        _registers[register] = value;
    }

    /// <summary>The guest has written to the command register.</summary>
    public void Start(byte command)
    {
        Interrupts = false;
        if ((StatusRegister & (Busy | DataRequest)) != 0 && !MayInterrupt(command)) return;
        StopMoving();
        ErrorRegister = 0;
        StatusRegister = Ready | SeekComplete;
        Execute(command);
    }

    /// <summary>The guest reads the data register.</summary>
    public void ReadData(Span<byte> data)
    {
        data.Fill(byte.MaxValue);
        if (_movement != Movement.ToHost) return;
        var part = Math.Min(data.Length, _length - _position);
        _buffer.AsSpan(_position, part).CopyTo(data);
        _position += part;
        if (_position == _length) Moved();
    }

    /// <summary>The guest writes the data register.</summary>
    public void WriteData(ReadOnlySpan<byte> data)
    {
        if (_movement != Movement.FromHost) return;
        var part = Math.Min(data.Length, _length - _position);
        data[..part].CopyTo(_buffer.AsSpan(_position));
        _position += part;
        if (_position == _length) Moved();
    }

    /// <summary>Lets the bus master move what it can.</summary>
    public void MoveByDma(IdeBusMaster master)
    {
        while (WantsDma && master.IsActive && master.IsToMemory == MovesToHost)
        {
            var done = master.Transfer(_buffer.AsSpan(_position, _length - _position), MovesToHost, out var failed);
            _position += done;
            if (failed)
            {
                StopMoving();
                Fail(Aborted);
            }
            else if (_position == _length)
            {
                Moved();
            }
        }
    }

    /// <summary>A job has ended.</summary>
    public void Complete(IdeJob job, bool isGood)
    {
        if (job.Epoch != _epoch) return;
        StatusRegister &= unchecked((byte)~Busy);
        if (isGood && job.Transfer.Kind == DiskTransferKind.Read) job.Transfer.Data.Span.CopyTo(_buffer);
        OnComplete(job, isGood);
    }

    /// <summary>A reset of the channel or the machine: what was under way is nobody's any more.</summary>
    public virtual void Reset()
    {
        _epoch++;
        Job = null;
        StopMoving();
        Array.Clear(_buffer);
        Array.Clear(_previous);
        Array.Clear(_registers);
        Interrupts = false;
        SetSignature();
        ErrorRegister = 1; // 9.12: the diagnostic has passed
    }

    public void State(StateVisitor v)
    {
        var (status, error, interrupts) = (StatusRegister, ErrorRegister, Interrupts);
        var movement = (int)_movement;
        v.Bytes(1, "registers", _registers);
        v.Bytes(2, "previous", _previous);
        v.Field(3, "status", ref status);
        v.Field(4, "error", ref error);
        v.Field(5, "interrupts", ref interrupts);
        v.Bytes(6, "buffer", _buffer);
        v.Field(7, "position", ref _position, BufferLength);
        v.Field(8, "length", ref _length, BufferLength);
        v.Field(9, "movement", ref movement, (int)Movement.DmaFromHost);
        DriveState(v);
        if (!v.IsRestoring) return;
        (StatusRegister, ErrorRegister, Interrupts, _movement) = (status, error, interrupts, (Movement)movement);
        _epoch++;
        Job = null;
        if (_position > _length || (_movement != Movement.None && _position == _length) || (StatusRegister & Busy) != 0)
            StateVisitor.Refuse("an IDE drive in the middle of nothing");
    }

    /// <summary>Offers what is in the buffer to the host, or asks the host to fill it.</summary>
    protected void Move(int start, int length, bool toHost, bool byDma)
    {
        _position = start;
        _length = start + length;
        _movement = (toHost, byDma) switch
        {
            (true, false) => Movement.ToHost,
            (false, false) => Movement.FromHost,
            (true, true) => Movement.DmaToHost,
            _ => Movement.DmaFromHost,
        };
        StatusRegister |= DataRequest;
    }

    /// <summary>Has the disk do something; <see cref="OnComplete"/> is called at its end.</summary>
    protected void Do(DiskTransferKind kind, long offset, int length)
    {
        StopMoving();
        StatusRegister |= Busy;
        // The job has memory of its own: after a reset it may still be under way.
        var data = new byte[length];
        if (kind == DiskTransferKind.Write) _buffer.AsSpan(0, length).CopyTo(data);
        Job = new IdeJob(this, _epoch, new DiskTransfer(Disk, kind, offset, data));
    }

    protected void Fail(byte error, byte status = 0)
    {
        StopMoving();
        ErrorRegister = error;
        StatusRegister = (byte)(Ready | SeekComplete | Failed | status);
        Interrupts = true;
    }

    protected void Succeed()
    {
        StopMoving();
        StatusRegister = Ready | SeekComplete;
        Interrupts = true;
    }

    /// <summary>Puts the registers as they are after a reset, by which the host knows the kind of drive (9.12).</summary>
    protected abstract void SetSignature();

    /// <summary>Begins a command.</summary>
    protected abstract void Execute(byte command);

    /// <summary>Whether a command is taken while another runs.</summary>
    protected virtual bool MayInterrupt(byte command) => false;

    /// <summary>All of the buffer has been moved.</summary>
    protected abstract void OnMoved();

    protected abstract void OnComplete(IdeJob job, bool isGood);

    protected virtual void DriveState(StateVisitor v)
    {
    }

    private void Moved()
    {
        StopMoving();
        OnMoved();
    }

    private void StopMoving()
    {
        _movement = Movement.None;
        _position = _length = 0;
        StatusRegister &= unchecked((byte)~DataRequest);
    }

    private enum Movement
    {
        None,
        ToHost,
        FromHost,
        DmaToHost,
        DmaFromHost,
    }
}
