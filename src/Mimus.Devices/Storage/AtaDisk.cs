using System.Buffers.Binary;
using System.Text;
using Mimus.Core.Backends;
using Mimus.Core.State;

namespace Mimus.Devices.Storage;

/// <summary>A hard disk on an IDE channel (ATA/ATAPI-7, T13 1532D volume 1, the general and 48-bit feature sets).</summary>
internal sealed class AtaDisk : IdeDrive
{
    private const int SectorLength = 512;
    private const int MaximumMultiple = 16;
    private const int Heads = 16, SectorsPerTrack = 63, MaximumCylinders = 16383;
    private const long Sectors28 = 1L << 28;

    // Commands (chapter 6)
    private const byte Nop = 0x00, ReadSectors = 0x20, ReadSectorsNoRetry = 0x21, ReadSectorsExt = 0x24, ReadDmaExt = 0x25,
        ReadNativeMaximumExt = 0x27, ReadMultipleExt = 0x29, WriteSectors = 0x30, WriteSectorsNoRetry = 0x31, WriteSectorsExt = 0x34,
        WriteDmaExt = 0x35, WriteMultipleExt = 0x39, Verify = 0x40, VerifyNoRetry = 0x41, VerifyExt = 0x42, Diagnose = 0x90,
        InitializeParameters = 0x91, ReadMultiple = 0xc4, WriteMultiple = 0xc5, SetMultiple = 0xc6, ReadDma = 0xc8, ReadDmaNoRetry = 0xc9,
        WriteDma = 0xca, WriteDmaNoRetry = 0xcb, StandbyImmediate = 0xe0, IdleImmediate = 0xe1, Standby = 0xe2, Idle = 0xe3,
        CheckPower = 0xe5, Sleep = 0xe6, FlushCache = 0xe7, FlushCacheExt = 0xea, Identify = 0xec, SetFeatures = 0xef,
        ReadNativeMaximum = 0xf8;

    // Features that can be set (6.49)
    private const byte EnableWriteCache = 0x02, SetTransferMode = 0x03, DisableLookAhead = 0x55, DisableWriteCache = 0x82,
        EnableLookAhead = 0xaa;

    private readonly string _serial;
    private readonly long _sectors;

    private long _next;         // the next sector of the command
    private int _left;          // sectors that are not moved yet
    private int _block;         // sectors in the buffer
    private int _multiple = MaximumMultiple;
    private int _heads = Heads, _sectorsPerTrack = SectorsPerTrack;
    private int _perBlock = 1;  // sectors that the command moves at a time
    private bool _writes, _byDma, _isExt;
    private bool _writeCache = true;
    private bool _ends;         // the last job of the command is a flush

    public AtaDisk(IDisk disk, string serial)
        : base(disk)
    {
        _serial = serial;
        _sectors = Math.Min(disk.Length / SectorLength, 1L << 48);
        Reset();
    }

    public override void Reset()
    {
        base.Reset();
        (_next, _left, _block, _perBlock) = (0, 0, 0, 1);
        _writes = _byDma = _isExt = _ends = false;
    }

    /// <summary>Power-up: what a reset of the channel leaves is back, too.</summary>
    public void PowerUp()
    {
        Reset();
        _multiple = MaximumMultiple;
        (_heads, _sectorsPerTrack) = (Heads, SectorsPerTrack);
        _writeCache = true;
    }

    protected override void SetSignature()
    {
        StatusRegister = Ready | SeekComplete;
        (CountRegister, LowRegister, MidRegister, HighRegister, DeviceRegister) = (1, 1, 0, 0, 0);
    }

    protected override void Execute(byte command)
    {
        switch (command)
        {
            case ReadSectors or ReadSectorsNoRetry or ReadSectorsExt:
                Begin(writes: false, byDma: false, command == ReadSectorsExt, 1);
                break;
            case WriteSectors or WriteSectorsNoRetry or WriteSectorsExt:
                Begin(writes: true, byDma: false, command == WriteSectorsExt, 1);
                break;
            case ReadMultiple or ReadMultipleExt when _multiple != 0:
                Begin(writes: false, byDma: false, command == ReadMultipleExt, _multiple);
                break;
            case WriteMultiple or WriteMultipleExt when _multiple != 0:
                Begin(writes: true, byDma: false, command == WriteMultipleExt, _multiple);
                break;
            case ReadDma or ReadDmaNoRetry or ReadDmaExt:
                Begin(writes: false, byDma: true, command == ReadDmaExt, BufferLength / SectorLength);
                break;
            case WriteDma or WriteDmaNoRetry or WriteDmaExt:
                Begin(writes: true, byDma: true, command == WriteDmaExt, BufferLength / SectorLength);
                break;
            case Verify or VerifyNoRetry or VerifyExt:
                _isExt = command == VerifyExt;
                if (TryAddress(out _, out _)) Succeed();
                else Fail(NotFound);
                break;
            case FlushCache or FlushCacheExt:
                Flush();
                break;
            case Identify:
                WriteIdentity(Buffer);
                _left = 0;
                _writes = _byDma = false;
                Move(0, SectorLength, toHost: true, byDma: false);
                Interrupts = true;
                break;
            case SetMultiple:
                SetMultipleCount();
                break;
            case SetFeatures:
                SetFeature();
                break;
            case InitializeParameters:
                (_heads, _sectorsPerTrack) = ((DeviceRegister & 15) + 1, Math.Max((int)CountRegister, 1));
                Succeed();
                break;
            case Diagnose:
                SetSignature();
                ErrorRegister = 1;
                Interrupts = true;
                break;
            case CheckPower:
                CountRegister = 0xff; // active
                Succeed();
                break;
            case ReadNativeMaximum or ReadNativeMaximumExt:
                ShowAddress(Math.Min(_sectors, command == ReadNativeMaximum ? Sectors28 : long.MaxValue) - 1, command == ReadNativeMaximumExt);
                Succeed();
                break;
            case StandbyImmediate or IdleImmediate or Standby or Idle or Sleep or (>= 0x10 and < 0x20) or (>= 0x70 and < 0x80): // recalibrate and seek
                Succeed();
                break;
            default: // Nop too, which is there to be aborted
                Fail(Aborted);
                break;
        }
    }

    protected override void OnMoved()
    {
        if (_writes)
        {
            Do(DiskTransferKind.Write, (_next - _block) * SectorLength, _block * SectorLength);
            return;
        }
        if (_left > 0) ReadBlock();
        else if (_byDma) Succeed();
        else StatusRegister = Ready | SeekComplete; // the last block had its interrupt when it was ready
    }

    protected override void OnComplete(IdeJob job, bool isGood)
    {
        if (!isGood)
        {
            _left = 0;
            var kind = job.Transfer.Kind;
            Fail(kind == DiskTransferKind.Read ? Uncorrectable : Aborted, kind == DiskTransferKind.Write ? WriteFault : (byte)0);
            return;
        }
        switch (job.Transfer.Kind)
        {
            case DiskTransferKind.Read:
                Move(0, _block * SectorLength, toHost: true, _byDma);
                if (!_byDma) Interrupts = true;
                break;
            case DiskTransferKind.Write when _left > 0:
                RequestBlock();
                if (!_byDma) Interrupts = true;
                break;
            case DiskTransferKind.Write when !_writeCache && !_ends:
                Flush();
                break;
            default:
                Succeed();
                break;
        }
    }

    protected override void DriveState(StateVisitor v)
    {
        v.Field(20, "next", ref _next);
        v.Field(21, "left", ref _left, 0x10000);
        v.Field(22, "block", ref _block, BufferLength / SectorLength);
        v.Field(23, "multiple", ref _multiple, MaximumMultiple);
        v.Field(24, "heads", ref _heads, 16);
        v.Field(25, "sectors-per-track", ref _sectorsPerTrack, 255);
        v.Field(26, "per-block", ref _perBlock, BufferLength / SectorLength);
        v.Field(27, "writes", ref _writes);
        v.Field(28, "by-dma", ref _byDma);
        v.Field(29, "is-ext", ref _isExt);
        v.Field(30, "write-cache", ref _writeCache);
        v.Field(31, "ends", ref _ends);
        if (!v.IsRestoring) return;
        if (_next < 0 || _next > _sectors || _left > _sectors - _next || _block > _next)
            StateVisitor.Refuse("an IDE disk with a command beyond its end");
        if (_heads == 0 || _sectorsPerTrack == 0 || _perBlock == 0) StateVisitor.Refuse("an IDE disk without heads or sectors");
    }

    private void Begin(bool writes, bool byDma, bool isExt, int perBlock)
    {
        (_writes, _byDma, _isExt, _perBlock, _ends) = (writes, byDma, isExt, perBlock, false);
        (_next, _left, _block) = (0, 0, 0);
        if (!TryAddress(out var first, out var count))
        {
            Fail(NotFound);
            return;
        }
        if (writes && Disk is { IsReadOnly: true })
        {
            Fail(Aborted);
            return;
        }
        (_next, _left) = (first, count);
        if (writes)
        {
            RequestBlock();
        }
        else
        {
            ReadBlock();
        }
    }

    private void ReadBlock()
    {
        TakeBlock();
        Do(DiskTransferKind.Read, (_next - _block) * SectorLength, _block * SectorLength);
    }

    private void RequestBlock()
    {
        TakeBlock();
        Move(0, _block * SectorLength, toHost: false, _byDma);
    }

    private void TakeBlock()
    {
        _block = Math.Min(_perBlock, _left);
        _next += _block;
        _left -= _block;
    }

    private void Flush()
    {
        _ends = true;
        Do(DiskTransferKind.Flush, 0, 0);
    }

    /// <summary>
    /// The sectors that a command names (volume 1, 4.3): with 28 or 48 bits, or by cylinder, head and sector. False when the disk has
    /// not all of them.
    /// </summary>
    private bool TryAddress(out long first, out int count)
    {
        count = CountRegister == 0 ? 256 : CountRegister;
        if (_isExt)
        {
            count = PreviousCount << 8 | CountRegister;
            if (count == 0) count = 0x10000;
            first = (long)(LowRegister | (ulong)MidRegister << 8 | (ulong)HighRegister << 16 | PreviousAddress << 24);
        }
        else if ((DeviceRegister & Lba) != 0)
        {
            first = LowRegister | MidRegister << 8 | HighRegister << 16 | (DeviceRegister & 15) << 24;
        }
        else
        {
            if (LowRegister == 0)
            {
                first = 0;
                return false; // sectors of a track begin with 1
            }
            first = ((long)(MidRegister | HighRegister << 8) * _heads + (DeviceRegister & 15)) * _sectorsPerTrack + LowRegister - 1;
        }
        return first <= _sectors && count <= _sectors - first;
    }

    private void ShowAddress(long sector, bool isExt)
    {
        if (isExt)
        {
            // The high half is read as the registers' previous values (5.2).
            WriteRegister(3, (byte)(sector >> 24));
            WriteRegister(4, (byte)(sector >> 32));
            WriteRegister(5, (byte)(sector >> 40));
            WriteRegister(3, (byte)sector);
            WriteRegister(4, (byte)(sector >> 8));
            WriteRegister(5, (byte)(sector >> 16));
            return;
        }
        (LowRegister, MidRegister, HighRegister) = ((byte)sector, (byte)(sector >> 8), (byte)(sector >> 16));
        DeviceRegister = (byte)(DeviceRegister & 0xf0 | (int)(sector >> 24) & 15);
    }

    private void SetMultipleCount()
    {
        if (CountRegister > MaximumMultiple || (CountRegister & (CountRegister - 1)) != 0)
        {
            Fail(Aborted);
            return;
        }
        _multiple = CountRegister;
        Succeed();
    }

    private void SetFeature()
    {
        switch (FeaturesRegister)
        {
            case EnableWriteCache or DisableWriteCache:
                _writeCache = FeaturesRegister == EnableWriteCache;
                Succeed();
                break;
            case SetTransferMode or DisableLookAhead or EnableLookAhead:
                Succeed();
                break;
            default:
                Fail(Aborted);
                break;
        }
    }

    /// <summary>The 256 words by which the host knows the disk (6.17, table 27).</summary>
    private void WriteIdentity(Span<byte> data)
    {
        data = data[..SectorLength];
        data.Clear();
        var cylinders = (int)Math.Min(_sectors / (Heads * SectorsPerTrack), MaximumCylinders);
        var current = (int)Math.Min(_sectors / (_heads * _sectorsPerTrack), ushort.MaxValue);
        var inCurrent = Math.Min((long)current * _heads * _sectorsPerTrack, _sectors);
        var lba28 = (uint)Math.Min(_sectors, Sectors28 - 1);
        Word(data, 0, 0x0040);                      // not removable
        Word(data, 1, cylinders);
        Word(data, 3, Heads);
        Word(data, 6, SectorsPerTrack);
        Text(data, 10, 10, _serial);
        Text(data, 23, 4, "1.0");
        Text(data, 27, 20, "MIMUS HARDDISK");
        Word(data, 47, 0x8000 | MaximumMultiple);
        Word(data, 48, 1);                          // 32-bit accesses to the data register
        Word(data, 49, 0x0f00);                     // timers, IORDY, LBA, DMA
        Word(data, 50, 0x4000);
        Word(data, 51, 0x0200);
        Word(data, 53, 7);                          // words 54 to 58, 64 to 70 and 88 hold
        Word(data, 54, current);
        Word(data, 55, _heads);
        Word(data, 56, _sectorsPerTrack);
        Double(data, 57, (uint)inCurrent);
        Word(data, 59, _multiple == 0 ? 0 : 0x100 | _multiple);
        Double(data, 60, lba28);
        Word(data, 63, 0x0007);                     // multiword DMA 0 to 2
        Word(data, 64, 0x0003);                     // PIO 3 and 4
        for (var i = 65; i <= 68; i++) Word(data, i, 120);
        Word(data, 80, 0x00f0);                     // ATA-4 to ATA-7
        Word(data, 82, 0x4020 | 0x0040);            // NOP, write cache, look-ahead
        Word(data, 83, 0x7400);                     // FLUSH CACHE, FLUSH CACHE EXT, 48 bits
        Word(data, 84, 0x4000);
        Word(data, 85, 0x4040 | (_writeCache ? 0x0020 : 0));
        Word(data, 86, 0x3400);
        Word(data, 87, 0x4000);
        Word(data, 88, 0x203f);                     // Ultra DMA 0 to 5; 5 is chosen
        Word(data, 93, 0x600b | ((DeviceRegister & DeviceSelect) != 0 ? 0x0b00 : 0)); // an 80-conductor cable
        BinaryPrimitives.WriteInt64LittleEndian(data[200..], _sectors);
        data[510] = 0xa5;                           // the sum of all bytes is 0
        byte sum = 0;
        foreach (var value in data) sum += value;
        data[511] = (byte)-sum;
    }

    private static void Word(Span<byte> data, int index, int value) => BinaryPrimitives.WriteUInt16LittleEndian(data[(2 * index)..], (ushort)value);

    private static void Double(Span<byte> data, int index, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(data[(2 * index)..], value);

    /// <summary>Characters, two in a word and the first in its high half.</summary>
    internal static void Text(Span<byte> data, int index, int words, string text)
    {
        var bytes = data.Slice(2 * index, 2 * words);
        bytes.Fill((byte)' ');
        Encoding.ASCII.GetBytes(text.AsSpan(0, Math.Min(text.Length, bytes.Length)), bytes);
        for (var i = 0; i < bytes.Length; i += 2) (bytes[i], bytes[i + 1]) = (bytes[i + 1], bytes[i]);
    }
}
