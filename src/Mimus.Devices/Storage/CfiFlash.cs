using System.Buffers.Binary;
using System.Numerics;
using Mimus.Core.Devices;
using Mimus.Core.Memory;
using Mimus.Core.State;
using Mimus.Host;

namespace Mimus.Devices.Storage;

/// <summary>
/// A bank of NOR flash with the Intel command set (JEDEC JESD68.01 "Common Flash Interface", JEP137 command set 0001, Intel
/// StrataFlash 28F128J3 data sheet): one chip, or several side by side on a wider bus that are all given the same commands. Erasing and
/// programming are done at once, so the status is always ready.
/// </summary>
/// <remarks>The contents are a read-only block of guest memory, which the board fills and which is saved with the memory.</remarks>
public sealed class CfiFlash : IMmioDevice, IDrainable
{
    private const int BufferSize = 2048; // of all chips

    // Commands (28F128J3, table 4)
    private const byte ReadArray = 0xff, ReadIdentifier = 0x90, ReadQuery = 0x98, ReadStatus = 0x70, ClearStatus = 0x50,
        Program = 0x40, ProgramOld = 0x10, Erase = 0x20, BufferedProgram = 0xe8, Lock = 0x60, Confirm = 0xd0, SetLock = 0x01;

    // Status (28F128J3, table 17)
    private const byte Ready = 0x80, EraseError = 0x20, ProgramError = 0x10, Protected = 0x02;

    // Identifiers (28F128J3, table 16)
    private const byte Manufacturer = 0x89, DeviceCode = 0x18;

    // What comes after a command's first cycle
    private const byte NextCommand = 0, NextProgram = 1, NextErase = 2, NextLock = 3, NextCount = 4, NextFirstData = 5, NextData = 6,
        NextConfirm = 7;

    private readonly RamBlock _contents;
    private readonly CfiFlashLayout _layout;
    private readonly bool _protected;
    private readonly FlashStore? _store;
    private readonly byte[] _query = new byte[0x40];
    private readonly Lock _lock = new(); // held while the store is told of changes

    private volatile byte _mode = ReadArray; // what reads show: one of the Read commands
    private byte _phase, _status = Ready;
    private readonly byte[] _buffer = new byte[BufferSize];
    private ulong _bufferStart;
    private int _bufferLeft; // bytes of data that are still to come
    private bool _bufferFailed;

    /// <param name="name">The name in snapshots and messages.</param>
    /// <param name="contents">The data: whole sectors.</param>
    /// <param name="layout">Of what chips the bank is.</param>
    /// <param name="isProtected">Whether erasing and programming fail.</param>
    /// <param name="store">What keeps the contents when the machine is off; null when nothing does.</param>
    public CfiFlash(string name, RamBlock contents, CfiFlashLayout layout, bool isProtected, FlashStore? store = null)
    {
        var length = contents.Range.Length;
        if (length % (ulong)layout.SectorSize != 0 || length is 0 or > 1u << 30)
            throw new ArgumentException("a flash bank has whole sectors and is up to 1 GiB long", nameof(contents));
        Name = name;
        _contents = contents;
        _layout = layout;
        _protected = isProtected;
        _store = store;
        FillQuery(length / (ulong)layout.SectorSize);
        _buffer.AsSpan().SetAll(byte.MaxValue);
    }

    public string Name { get; }

    private ulong Length => _contents.Range.Length;

    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
        if (offset >= Length) return;
        var mode = _mode;
        if (mode == ReadArray)
        {
            var length = (int)Math.Min((ulong)data.Length, Length - offset);
            _contents.Bytes(offset, length).CopyTo(data);
            return;
        }
        for (var i = 0; i < data.Length; i++)
        {
            var at = offset + (ulong)i;
            data[i] = (byte)(Chip(mode, at / (ulong)_layout.BankWidth) >> (int)(at % (ulong)_layout.ChipWidth * 8));
        }
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty || offset >= Length || (ulong)data.Length > Length - offset) return;
        lock (_lock)
        {
            switch (_phase)
            {
                case NextProgram:
                    End(Store(offset, data) ? (byte)0 : ProgramError);
                    break;
                case NextErase:
                    End(data[0] != Confirm ? (byte)(EraseError | ProgramError) : EraseSector(offset) ? (byte)0 : EraseError);
                    break;
                case NextLock:
                    // Single blocks are not locked here, so locking and unlocking succeed and change nothing.
                    End(data[0] is Confirm or SetLock ? (byte)0 : (byte)(EraseError | ProgramError));
                    break;
                case NextCount:
                    BeginBuffer(data);
                    break;
                case NextFirstData or NextData:
                    FillBuffer(offset, data);
                    break;
                case NextConfirm:
                    End(data[0] != Confirm || _bufferFailed ? (byte)(EraseError | ProgramError)
                        : Store(_bufferStart, _buffer) ? (byte)0 : ProgramError);
                    _buffer.AsSpan().SetAll(byte.MaxValue);
                    break;
                default:
                    Command(data[0]);
                    break;
            }
        }
    }

    public void Reset()
    {
        lock (_lock)
        {
            _mode = ReadArray;
            _phase = NextCommand;
            _status = Ready;
            _buffer.AsSpan().SetAll(byte.MaxValue);
            _bufferStart = 0;
            _bufferLeft = 0;
            _bufferFailed = false;
        }
    }

    public void State(StateVisitor v)
    {
        lock (_lock)
        {
            var mode = _mode;
            v.Field(1, "mode", ref mode);
            v.Field(2, "phase", ref _phase);
            v.Field(3, "status", ref _status);
            v.Bytes(4, "buffer", _buffer);
            v.Field(5, "buffer-start", ref _bufferStart);
            v.Field(6, "buffer-left", ref _bufferLeft, BufferSize);
            v.Field(7, "buffer-failed", ref _bufferFailed);
            if (!v.IsRestoring) return;
            if (_phase > NextConfirm || mode is not (ReadArray or ReadIdentifier or ReadQuery or ReadStatus)
                || _bufferStart % BufferSize != 0 || _bufferStart >= Length)
                StateVisitor.Refuse($"{Name}: a command that does not exist");
            _mode = mode;
        }
    }

    /// <summary>Waits until the contents are kept.</summary>
    public void Drain() => _store?.Drain();

    /// <summary>What each chip reads as outside the array mode; they count in words of theirs.</summary>
    private uint Chip(byte mode, ulong index) => mode switch
    {
        ReadQuery => index < (ulong)_query.Length ? _query[index] : 0u,
        ReadIdentifier => (index & 0xff) switch { 0 => Manufacturer, 1 => DeviceCode, _ => 0u },
        _ => _status,
    };

    private void Command(byte command)
    {
        switch (command)
        {
            case ReadArray or ReadIdentifier or ReadQuery or ReadStatus:
                _mode = command;
                return;
            case ClearStatus:
                _status = _layout.IsReadyWhenCleared ? Ready : (byte)0;
                return;
            case Program or ProgramOld:
                _phase = NextProgram;
                break;
            case Erase:
                _phase = NextErase;
                break;
            case Lock:
                _phase = NextLock;
                break;
            case BufferedProgram:
                _phase = NextCount;
                break;
            default:
                _mode = ReadArray; // unknown commands are reserved; drivers probe with those of other command sets
                return;
        }
        _mode = ReadStatus;
    }

    private void End(byte errors)
    {
        _status |= (byte)(Ready | errors);
        if (errors != 0 && _protected) _status |= Protected;
        _phase = NextCommand;
    }

    /// <summary>The number of words less one, as each chip counts them.</summary>
    private void BeginBuffer(ReadOnlySpan<byte> data)
    {
        var words = (ushort)Register.Value(data[..Math.Min(data.Length, sizeof(ushort))]) + 1;
        _bufferFailed = words > BufferSize / _layout.BankWidth;
        _bufferLeft = Math.Min(words * _layout.BankWidth, BufferSize);
        _phase = NextFirstData;
        _buffer.AsSpan().SetAll(byte.MaxValue);
    }

    /// <summary>Takes data into the buffer, all of which must be in the part of the flash that the first of them chose.</summary>
    private void FillBuffer(ulong offset, ReadOnlySpan<byte> data)
    {
        if (_phase == NextFirstData) _bufferStart = offset & ~(ulong)(BufferSize - 1);
        var at = offset - _bufferStart;
        if (at < BufferSize && (ulong)data.Length <= BufferSize - at) data.CopyTo(_buffer.AsSpan((int)at));
        else _bufferFailed = true;
        _bufferLeft -= Math.Min(_bufferLeft, data.Length);
        _phase = _bufferLeft == 0 ? NextConfirm : NextData;
    }

    private bool EraseSector(ulong offset)
    {
        if (_protected) return false;
        var sector = offset - (offset % (ulong)_layout.SectorSize);
        _contents.Bytes(sector, _layout.SectorSize).Fill(byte.MaxValue);
        OnChanged(sector, _layout.SectorSize);
        return true;
    }

    /// <summary>Programs: bits go from one to zero; only an erase brings them back.</summary>
    private bool Store(ulong offset, ReadOnlySpan<byte> data)
    {
        if (_protected) return false;
        var target = _contents.Bytes(offset, data.Length);
        for (var i = 0; i < data.Length; i++) target[i] &= data[i];
        OnChanged(offset, data.Length);
        return true;
    }

    private void OnChanged(ulong offset, int length)
    {
        _contents.MarkWritten(offset, (ulong)length);
        _store?.Keep(offset, length);
    }

    /// <summary>The CFI table (JESD68.01, tables 1 to 4, and JEP137 for the vendor's part), one byte a word of the chip.</summary>
    private void FillQuery(ulong sectors)
    {
        Span<byte> q = _query;
        "QRY"u8.CopyTo(q[0x10..]);
        q[0x13] = 1;        // Intel command set
        q[0x15] = 0x31;     // where the vendor's part is
        q[0x1b] = 0x27;     // supply of 2.7 V
        q[0x1c] = 0x36;     // to 3.6 V
        q[0x1f] = 7;        // typical times as powers of two: a word 128 us
        q[0x20] = 7;        // a buffer 128 us
        q[0x21] = 10;       // an erase 1 s
        q[0x23] = q[0x24] = q[0x25] = 4; // the longest is 16 times that
        q[0x27] = (byte)BitOperations.Log2(BitOperations.RoundUpToPowerOf2(sectors * (ulong)(_layout.SectorSize / _layout.Chips)));
        q[0x28] = (byte)(_layout.ChipWidth - 1); // 8-bit or 16-bit interface
        q[0x2a] = (byte)BitOperations.Log2((uint)(BufferSize / _layout.Chips));
        q[0x2c] = 1;        // one region of equal blocks
        BinaryPrimitives.WriteUInt16LittleEndian(q[0x2d..], (ushort)(sectors - 1));
        BinaryPrimitives.WriteUInt16LittleEndian(q[0x2f..], (ushort)(_layout.SectorSize / _layout.Chips / 256));
        "PRI10"u8.CopyTo(q[0x31..]);
        q[0x3d] = 0x33;     // optimum supply 3.3 V
    }
}
