using Mimus.Core.State;

namespace Mimus.Devices.Storage;

public sealed partial class FloppyController
{
    // Commands (5.1), without the bits of options
    private const byte ReadTrack = 0x02, Specify = 0x03, SenseDrive = 0x04, WriteData = 0x05, ReadData = 0x06, Recalibrate = 0x07,
        SenseInterrupt = 0x08, WriteDeleted = 0x09, ReadId = 0x0a, ReadDeleted = 0x0c, FormatTrack = 0x0d, DumpRegisters = 0x0e,
        SeekTo = 0x0f, Version = 0x10, Perpendicular = 0x12, Configure = 0x13, Lock = 0x14, Verify = 0x16;
    private const byte CommandMask = 0x1f, MultipleTracks = 0x80, LockBit = 0x80, RelativeSeek = 0x80, SeekOutwards = 0x40;

    // Status 0 to 3 (6.0)
    private const byte Abnormal = 0x40, InvalidCommand = 0x80, Polled = 0xc0, SeekEnd = 0x20, NotReady = 0x08;
    private const byte EndOfCylinder = 0x80, DataError = 0x20, NoData = 0x04, NotWritable = 0x02, MissingAddressMark = 0x01;
    private const byte WrongCylinder = 0x10;
    private const byte WriteProtected = 0x40, DriveReady = 0x20, TrackZero = 0x10, TwoSides = 0x08;

    private const byte VersionValue = 0x90;
    private const byte ImpliedSeek = 0x40, NoPolling = 0x10;
    private const byte SectorCode = 2;      // 128 << 2 bytes
    private const int LongestCommand = 9, LongestResult = 10;
    private const int LongestTransfer = 2 * 36 * FloppyGeometry.SectorLength;
    private const int FormatEntry = 4;

    private readonly byte[] _parameters = new byte[LongestCommand], _result = new byte[LongestResult];
    private readonly byte[] _buffer = new byte[LongestTransfer];
    private int _parameterCount, _expected; // bytes of the command that have come, and that it has
    private int _resultPosition, _resultLength;
    private int _position, _length;         // of the buffer, while data moves
    private bool _moves, _writes, _busy;    // data move between host and buffer; to the disk; the disk is at work
    private bool _terminal;                 // the DMA controller has counted to the end
    private int _sectors;                   // that the command names
    private int _polled;                    // drives whose change of state after a reset is not told yet
    private byte _seekStatus;               // status 0 of an ended seek, or 0
    private byte _stepRate, _headLoad, _configuration, _precompensation, _perpendicular;
    private bool _isLocked;
    private byte _nextId;                   // the sector that comes under the head next
    private FloppyJob? _job;
    private uint _epoch;

    private bool UsesDma => (_headLoad & 1) == 0;

    private byte Command => (byte)(_parameters[0] & CommandMask);

    private int Unit => _parameters[1] & 3;

    private int Head => _parameters[1] >> 2 & 1;

    private FloppyDrive? Addressed => Unit < Drives ? _drives[Unit] : null;

    private byte Status
    {
        get
        {
            if (IsInReset) return 0;
            if (_busy) return CommandBusy;
            if (_moves) return (byte)(CommandBusy | (UsesDma ? 0 : NonDma | RequestForMaster | (_writes ? 0 : ToHost)));
            if (_resultLength != 0) return RequestForMaster | ToHost | CommandBusy;
            return (byte)(RequestForMaster | (_parameterCount != 0 ? CommandBusy : 0));
        }
    }

    /// <summary>How many bytes a command has; 1 for those that do not exist.</summary>
    private static int LengthOf(byte command) => (command & CommandMask) switch
    {
        ReadTrack or WriteData or ReadData or WriteDeleted or ReadDeleted or Verify => 9,
        FormatTrack => 6,
        Configure => 4,
        Specify or SeekTo => 3,
        SenseDrive or Recalibrate or ReadId or Perpendicular => 2,
        _ => 1,
    };

    private byte ReadFifo()
    {
        if (_moves && !UsesDma && !_writes)
        {
            var value = _buffer[_position++];
            if (_position == _length) EndOfData();
            return value;
        }
        if (_busy || _moves || _resultLength == 0) return 0;
        var result = _result[_resultPosition++];
        _interrupt = false; // 5.0: reading the first byte of the result ends it
        if (_resultPosition == _resultLength) _resultPosition = _resultLength = 0;
        return result;
    }

    private void WriteFifo(byte value)
    {
        if (IsInReset || _busy || _resultLength != 0) return;
        if (_moves)
        {
            if (UsesDma || !_writes) return;
            _buffer[_position++] = value;
            if (_position == _length) EndOfData();
            return;
        }
        if (_parameterCount == 0) _expected = LengthOf(value);
        _parameters[_parameterCount++] = value;
        if (_parameterCount < _expected) return;
        _parameterCount = 0;
        Execute();
    }

    private void Execute()
    {
        switch (Command)
        {
            case ReadData or ReadDeleted or ReadTrack or Verify:
                BeginRead();
                break;
            case WriteData or WriteDeleted:
                BeginWrite();
                break;
            case FormatTrack:
                BeginFormat();
                break;
            case Specify:
                (_stepRate, _headLoad) = (_parameters[1], _parameters[2]);
                break;
            case SenseDrive:
                Answer(Status3);
                break;
            case Recalibrate:
                Seek(0);
                break;
            case SeekTo when (_parameters[0] & RelativeSeek) != 0:
                var steps = (_parameters[0] & SeekOutwards) != 0 ? _parameters[2] : -_parameters[2];
                Seek((Addressed?.Cylinder ?? 0) + steps);
                break;
            case SeekTo:
                Seek(_parameters[2]);
                break;
            case SenseInterrupt:
                AnswerInterrupt();
                break;
            case ReadId:
                AnswerId();
                break;
            case DumpRegisters:
                Answer((byte)_drives[0].Cylinder, (byte)_drives[1].Cylinder, 0, 0, _stepRate, _headLoad, (byte)_sectors,
                    (byte)((_isLocked ? LockBit : 0) | _perpendicular & 0x7f), _configuration, _precompensation);
                break;
            case Version:
                Answer(VersionValue);
                break;
            case Perpendicular:
                _perpendicular = _parameters[1];
                break;
            case Configure:
                (_configuration, _precompensation) = (_parameters[2], _parameters[3]);
                break;
            case Lock:
                _isLocked = (_parameters[0] & LockBit) != 0;
                Answer(_isLocked ? (byte)0x10 : (byte)0);
                break;
            default:
                Answer(InvalidCommand);
                break;
        }
    }

    private void Answer(params ReadOnlySpan<byte> result)
    {
        result.CopyTo(_result);
        (_resultPosition, _resultLength) = (0, result.Length);
    }

    private byte Status3 => (byte)(_parameters[1] & 7 | DriveReady | TwoSides | (Addressed is { Cylinder: 0 } ? TrackZero : 0)
        | (Addressed?.Disk is { IsReadOnly: true } ? WriteProtected : 0));

    private void Seek(int cylinder)
    {
        Addressed?.Seek(cylinder);
        _seekStatus = (byte)(SeekEnd | _parameters[1] & 7 | (Addressed is null ? Abnormal : 0));
        _interrupt = true;
    }

    /// <summary>5.2.2: the end of a seek, or after a reset each drive once; otherwise the command is invalid.</summary>
    private void AnswerInterrupt()
    {
        if (_polled > 0)
        {
            var drive = 4 - _polled--;
            Answer((byte)(Polled | drive), drive < Drives ? (byte)_drives[drive].Cylinder : (byte)0);
            if (_polled == 0) _interrupt = false;
        }
        else if (_seekStatus != 0)
        {
            var drive = _seekStatus & 3;
            Answer(_seekStatus, drive < Drives ? (byte)_drives[drive].Cylinder : (byte)0);
            _seekStatus = 0;
            _interrupt = false;
        }
        else
        {
            Answer(InvalidCommand);
        }
    }

    private void AnswerId()
    {
        if (Addressed is not { Disk: not null } drive || drive.Cylinder >= drive.Geometry.Cylinders || Head >= drive.Geometry.Heads)
        {
            End(MissingAddressMark, 0, 0, Head, 1);
            return;
        }
        _nextId = (byte)(_nextId % drive.Geometry.Sectors + 1);
        End(0, 0, drive.Cylinder, Head, _nextId);
    }

    /// <summary>Finds the sectors of a command on the diskette; false when it has ended because there are none.</summary>
    private bool TryFind(out FloppyDrive drive, out long offset)
    {
        var (cylinder, head, sector, last) = (_parameters[2], _parameters[3], Command == ReadTrack ? 1 : _parameters[4], _parameters[6]);
        drive = Addressed!;
        offset = 0;
        _sectors = 0;
        if (Addressed?.Disk is null)
        {
            End(MissingAddressMark, 0, cylinder, head, sector, NotReady);
            return false;
        }
        if ((_configuration & ImpliedSeek) != 0) drive.Seek(cylinder);
        var geometry = drive.Geometry;
        if (cylinder != drive.Cylinder)
        {
            End(NoData, WrongCylinder, cylinder, head, sector);
            return false;
        }
        var heads = (_parameters[0] & MultipleTracks) != 0 && head == 0 ? 2 : 1;
        _sectors = Math.Min(last, geometry.Sectors) - sector + 1 + (heads == 2 && last == geometry.Sectors ? Math.Min(last,
        geometry.Sectors) : 0);
        var exists = cylinder < geometry.Cylinders && head < geometry.Heads && sector != 0 && sector <= geometry.Sectors;
        if (!exists || _parameters[5] != SectorCode || head != Head || _sectors <= 0)
        {
            _sectors = 0;
            End(NoData, 0, cylinder, head, sector);
            return false;
        }
        offset = geometry.Offset(cylinder, head, sector);
        return true;
    }

    private void BeginRead()
    {
        if (!TryFind(out var drive, out var offset)) return;
        Do(drive, DiskTransferKind.Read, offset, _sectors * FloppyGeometry.SectorLength);
    }

    private void BeginWrite()
    {
        if (!TryFind(out var drive, out _)) return;
        if (drive.Disk is { IsReadOnly: true }) End(NotWritable, 0, _parameters[2], _parameters[3], _parameters[4]);
        else BeginMoving(_sectors * FloppyGeometry.SectorLength, writes: true);
    }

    private void BeginFormat()
    {
        _sectors = 0;
        var count = _parameters[3];
        if (Addressed is not { Disk: { } disk } drive || _parameters[2] != SectorCode || count == 0 || count > drive.Geometry.Sectors
            || drive.Cylinder >= drive.Geometry.Cylinders || Head >= drive.Geometry.Heads)
        {
            End(MissingAddressMark, 0, Addressed?.Cylinder ?? 0, Head, 1);
        }
        else if (disk.IsReadOnly)
        {
            End(NotWritable, 0, drive.Cylinder, Head, 1);
        }
        else
        {
            _sectors = count;
            BeginMoving(_sectors * FormatEntry, writes: true);
        }
    }

    private void BeginMoving(int length, bool writes)
    {
        (_position, _length, _moves, _writes, _terminal) = (0, length, true, writes, false);
        if (UsesDma) MoveByDma();
        else _interrupt = true;
    }

    private void MoveByDma()
    {
        if (!_moves || !UsesDma) return;
        // Verify compares nothing and moves nothing: its sectors could be read.
        if (Command == Verify)
        {
            (_position, _terminal) = (_length, true);
            EndOfData();
            return;
        }
        var done = _dma.Transfer(DmaChannel, _buffer.AsSpan(_position, _length - _position), toMemory: !_writes, out var terminal);
        _position += done;
        _terminal |= terminal;
        if (_position == _length || _terminal) EndOfData();
    }

    /// <summary>The host has given or taken all, or as much as it wanted.</summary>
    private void EndOfData()
    {
        _moves = false;
        if (!_writes)
        {
            EndTransfer();
            return;
        }
        if (Command == FormatTrack)
        {
            var drive = _drives[Unit];
            _buffer.AsSpan(0, _sectors * FloppyGeometry.SectorLength).Fill(_parameters[5]);
            Do(drive, DiskTransferKind.Write, drive.Geometry.Offset(drive.Cylinder, Head, 1), _sectors * FloppyGeometry.SectorLength);
            return;
        }
        // The rest of a sector that the host has begun is zeroes (5.1.2).
        var length = (_position + FloppyGeometry.SectorLength - 1) / FloppyGeometry.SectorLength * FloppyGeometry.SectorLength;
        _buffer.AsSpan(_position, length - _position).Clear();
        Do(_drives[Unit], DiskTransferKind.Write, _drives[Unit].Geometry.Offset(_parameters[2], _parameters[3], _parameters[4]), length);
    }

    private void Do(FloppyDrive drive, DiskTransferKind kind, long offset, int length)
    {
        _busy = true;
        // The job has memory of its own: after a reset it may still be under way. A short image has no end of the diskette.
        var data = new byte[length];
        if (kind == DiskTransferKind.Write) _buffer.AsSpan(0, length).CopyTo(data);
        var end = drive.Disk?.Length ?? 0;
        var present = (int)Math.Clamp(end - offset, 0, length);
        _job = new FloppyJob(_epoch, new DiskTransfer(drive.Disk, kind, Math.Min(offset, end), data.AsMemory(0, present)));
        if (kind == DiskTransferKind.Read) _buffer.AsSpan(0, length).Clear();
    }

    private void OnComplete(FloppyJob job, bool isGood)
    {
        _busy = false;
        if (!isGood)
        {
            End(DataError, DataError, _parameters[2], _parameters[3], _parameters[4]);
        }
        else if (job.Transfer.Kind == DiskTransferKind.Read)
        {
            job.Transfer.Data.Span.CopyTo(_buffer);
            BeginMoving(_sectors * FloppyGeometry.SectorLength, writes: false);
        }
        else
        {
            EndTransfer();
        }
    }

    /// <summary>The data have moved: the result names the sector behind the last one (table 5-6).</summary>
    private void EndTransfer()
    {
        if (Command == FormatTrack)
        {
            End(0, 0, _drives[Unit].Cylinder, Head, 1);
            return;
        }
        var last = Math.Max((int)_parameters[6], 1);
        var moved = (_position + FloppyGeometry.SectorLength - 1) / FloppyGeometry.SectorLength;
        var (cylinder, head, sector) = ((int)_parameters[2], (int)_parameters[3], _parameters[4] + moved);
        if (sector > last)
        {
            var isMultiple = (_parameters[0] & MultipleTracks) != 0;
            sector -= last;
            if (isMultiple && head == 0 && sector <= last) head = 1;
            else (cylinder, head, sector) = (cylinder + 1, isMultiple ? 0 : head, 1);
        }
        // Without a terminal count the controller would go on behind the last sector (6.0, status 1).
        End(_terminal ? (byte)0 : EndOfCylinder, 0, cylinder, head, sector);
    }

    private void End(byte status1, byte status2, int cylinder, int head, int sector, byte status0 = 0)
    {
        _moves = false;
        var status = (byte)(status0 | Unit | Head << 2 | (status1 != 0 || status2 != 0 ? Abnormal : 0));
        Answer(status, status1, status2, (byte)cylinder, (byte)head, (byte)sector, SectorCode);
        _interrupt = true;
    }

    /// <summary>The reset of the data rate or digital output register (2.2).</summary>
    private void ResetBySoftware()
    {
        Stop();
        if (!_isLocked) (_configuration, _precompensation) = (0, 0);
        if (IsInReset || (_configuration & NoPolling) != 0) return;
        _polled = 4;
        _interrupt = true;
    }

    /// <summary>What was under way is nobody's any more.</summary>
    private void Stop()
    {
        _epoch++;
        _job = null;
        _parameterCount = _expected = _resultPosition = _resultLength = _position = _length = _polled = _sectors = 0;
        _moves = _writes = _busy = _terminal = _interrupt = false;
        _seekStatus = 0;
        Array.Clear(_parameters);
        Array.Clear(_result);
    }

    private void ResetParameters()
    {
        Array.Clear(_buffer);
        _stepRate = _headLoad = _configuration = _precompensation = _perpendicular = _nextId = 0;
        _isLocked = false;
    }

    private void CommandState(StateVisitor v)
    {
        v.Bytes(10, "parameters", _parameters);
        v.Bytes(11, "result", _result);
        v.Bytes(12, "buffer", _buffer);
        v.Field(13, "parameter-count", ref _parameterCount, LongestCommand - 1);
        v.Field(14, "expected", ref _expected, LongestCommand);
        v.Field(15, "result-position", ref _resultPosition, LongestResult);
        v.Field(16, "result-length", ref _resultLength, LongestResult);
        v.Field(17, "position", ref _position, LongestTransfer);
        v.Field(18, "length", ref _length, LongestTransfer);
        v.Field(19, "moves", ref _moves);
        v.Field(20, "writes", ref _writes);
        v.Field(21, "busy", ref _busy);
        v.Field(22, "terminal", ref _terminal);
        v.Field(23, "sectors", ref _sectors, LongestTransfer / FloppyGeometry.SectorLength);
        v.Field(24, "polled", ref _polled, 4);
        v.Field(25, "seek-status", ref _seekStatus);
        v.Field(26, "step-rate", ref _stepRate);
        v.Field(27, "head-load", ref _headLoad);
        v.Field(28, "configuration", ref _configuration);
        v.Field(29, "precompensation", ref _precompensation);
        v.Field(30, "perpendicular", ref _perpendicular);
        v.Field(31, "is-locked", ref _isLocked);
        v.Field(32, "next-id", ref _nextId);
        if (!v.IsRestoring) return;
        if (_busy || (_moves && (_position >= _length || Unit >= Drives)) || (_resultLength != 0 && _resultPosition >= _resultLength)
            || (_parameterCount != 0 && _expected <= _parameterCount))
            StateVisitor.Refuse($"{Name}: in the middle of nothing");
    }
}
