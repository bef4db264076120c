using System.Buffers.Binary;
using Mimus.Core.Backends;
using Mimus.Core.State;

namespace Mimus.Devices.Storage;

/// <summary>
/// A CD-ROM drive on an IDE channel (ATA/ATAPI-7, T13 1532D volume 1, the packet feature set). What its packets mean is in
/// <see cref="AtapiPackets"/>.
/// </summary>
internal sealed class AtapiDrive : IdeDrive
{
    /// <summary>The length of a sector of data.</summary>
    public const int SectorLength = 2048;

    private const int PacketLength = 12;

    // Commands
    private const byte DeviceReset = 0x08, Diagnose = 0x90, Packet = 0xa0, IdentifyPacket = 0xa1, StandbyImmediate = 0xe0,
        IdleImmediate = 0xe1, CheckPower = 0xe5, Sleep = 0xe6, Identify = 0xec, SetFeatures = 0xef;
    private const byte SetTransferMode = 0x03;
    private const byte FeatureDma = 0x01;

    // Interrupt reason, in the place of the sector count (6.24)
    private const byte ReasonCommand = 0x01, ReasonToHost = 0x02;

    private readonly AtapiPackets _packets = new();

    private int _limit;             // bytes that the host takes at a time
    private int _replyStart, _replyLength; // what of the buffer is not moved yet
    private long _next;             // the next sector of a reading packet
    private int _left;              // sectors that are not read yet
    private bool _takesPacket, _runsPacket, _byDma;

    public AtapiDrive(IDisk? disc)
        : base(disc) => Reset();

    /// <summary>Puts another disc into the drive, or none.</summary>
    public void Change(IDisk? disc)
    {
        Disk = disc;
        _packets.MediumChanged();
    }

    public override void Reset()
    {
        base.Reset();
        (_limit, _replyStart, _replyLength, _next, _left) = (0, 0, 0, 0, 0);
        _takesPacket = _runsPacket = _byDma = false;
        _packets.Reset();
    }

    protected override void SetSignature()
    {
        StatusRegister = 0; // 9.12: a packet device is not ready until it is asked
        (CountRegister, LowRegister, MidRegister, HighRegister) = (1, 1, 0x14, 0xeb);
        DeviceRegister = (byte)(DeviceRegister & DeviceSelect);
    }

    protected override bool MayInterrupt(byte command) => command == DeviceReset;

    protected override void Execute(byte command)
    {
        switch (command)
        {
            case Packet:
                _takesPacket = _runsPacket = true;
                _byDma = (FeaturesRegister & FeatureDma) != 0;
                _limit = (MidRegister | HighRegister << 8) & ~1;
                if (_limit == 0) _limit = 0xfffe;
                CountRegister = ReasonCommand;
                Move(0, PacketLength, toHost: false, byDma: false);
                break;
            case IdentifyPacket:
                WriteIdentity(Buffer);
                (_replyStart, _replyLength, _left, _runsPacket) = (0, 0, 0, false);
                CountRegister = ReasonToHost;
                Move(0, 512, toHost: true, byDma: false);
                Interrupts = true;
                break;
            case DeviceReset:
                Reset();
                break;
            case Diagnose:
                SetSignature();
                ErrorRegister = 1;
                Interrupts = true;
                break;
            case Identify:
                SetSignature(); // 6.17: so the host knows what it is
                Fail(Aborted);
                break;
            case SetFeatures when FeaturesRegister == SetTransferMode:
            case StandbyImmediate or IdleImmediate or Sleep:
                Succeed();
                break;
            case CheckPower:
                CountRegister = 0xff;
                Succeed();
                break;
            default:
                Fail(Aborted);
                break;
        }
    }

    protected override void OnMoved()
    {
        if (_takesPacket)
        {
            _takesPacket = false;
            Span<byte> packet = stackalloc byte[PacketLength];
            Buffer[..PacketLength].CopyTo(packet);
            Apply(_packets.Execute(packet, Buffer, Sectors));
        }
        else if (_replyLength > 0)
        {
            Reply();
        }
        else if (_left > 0)
        {
            ReadNext();
        }
        else if (_runsPacket)
        {
            End();
        }
        else
        {
            StatusRegister = Ready | SeekComplete; // the identity had its interrupt when it was ready
        }
    }

    protected override void OnComplete(IdeJob job, bool isGood)
    {
        if (!isGood)
        {
            _left = 0;
            Apply(_packets.ReadFailed());
            return;
        }
        (_replyStart, _replyLength) = (0, job.Transfer.Data.Length);
        Reply();
    }

    protected override void DriveState(StateVisitor v)
    {
        v.Child("packets", _packets);
        v.Field(20, "limit", ref _limit, ushort.MaxValue);
        v.Field(21, "reply-start", ref _replyStart, BufferLength);
        v.Field(22, "reply-length", ref _replyLength, BufferLength);
        v.Field(23, "next", ref _next);
        v.Field(24, "left", ref _left, int.MaxValue);
        v.Field(25, "takes-packet", ref _takesPacket);
        v.Field(26, "by-dma", ref _byDma);
        v.Field(27, "runs-packet", ref _runsPacket);
        if (!v.IsRestoring) return;
        var isReplyWrong = _replyStart + _replyLength > BufferLength || (_replyLength > 0 && _limit == 0);
        if (isReplyWrong || _next < 0 || (_left > 0 && (_next > Sectors || _left > Sectors - _next)))
            StateVisitor.Refuse("a CD-ROM drive in the middle of nothing");
    }

    private long Sectors => (Disk?.Length ?? 0) / SectorLength;

    private void Apply(AtapiOutcome outcome)
    {
        (_next, _left) = (outcome.FirstSector, outcome.Sectors);
        if (outcome.SenseKey != 0)
        {
            _left = 0;
            CountRegister = ReasonCommand | ReasonToHost;
            Fail((byte)(outcome.SenseKey << 4 | Aborted));
        }
        else if (_left > 0)
        {
            ReadNext();
        }
        else if (outcome.ReplyLength > 0)
        {
            (_replyStart, _replyLength) = (0, outcome.ReplyLength);
            Reply();
        }
        else
        {
            End();
        }
    }

    private void ReadNext()
    {
        var count = Math.Min(_left, BufferLength / SectorLength);
        Do(DiskTransferKind.Read, _next * SectorLength, count * SectorLength);
        _next += count;
        _left -= count;
    }

    /// <summary>Offers the next part of the buffer: as much as the host takes at a time, or all of it to the bus master.</summary>
    private void Reply()
    {
        var length = _byDma ? _replyLength : Math.Min(_replyLength, _limit);
        var start = _replyStart;
        _replyStart += length;
        _replyLength -= length;
        CountRegister = ReasonToHost;
        (MidRegister, HighRegister) = ((byte)length, (byte)(length >> 8));
        Move(start, length, toHost: true, _byDma);
        if (!_byDma) Interrupts = true;
    }

    private void End()
    {
        CountRegister = ReasonCommand | ReasonToHost;
        Succeed();
    }

    /// <summary>The 256 words by which the host knows the drive (6.18, table 32).</summary>
    private static void WriteIdentity(Span<byte> data)
    {
        data = data[..512];
        data.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(data, 0x8580); // a CD-ROM, removable, packets of 12 bytes at once
        AtaDisk.Text(data, 10, 10, "MM00001");
        AtaDisk.Text(data, 23, 4, "1.0");
        AtaDisk.Text(data, 27, 20, "MIMUS CD-ROM");
        foreach (var (word, value) in (ReadOnlySpan<(int, ushort)>)[(48, 1), (49, 0x0b00), (53, 7), (63, 0x0007), (64, 3),
            (65, 120), (66, 120), (67, 120), (68, 120), (80, 0x00f0), (82, 0x0210), (83, 0x4000), (84, 0x4000), (85, 0x0210), (86, 0), (87, 0x4000), (88, 0x203f)])
            BinaryPrimitives.WriteUInt16LittleEndian(data[(2 * word)..], value);
    }
}
