using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Numerics;
using System.Text;
using Mimus.Core.Backends;
using Mimus.Core.Devices;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Core.State;

namespace Mimus.Devices.Virtio;

/// <summary>
/// The virtio block device (virtio 1.2, 5.2). Requests run several at a time, straight between the disk and guest memory, and
/// complete in any order; one by one where the machine must do the same every time.
/// </summary>
public sealed class VirtioBlock : VirtioDevice
{
    /// <summary>The device type's number (chapter 5).</summary>
    public const uint Identity = 2;

    private const int SectorSize = 512;

    // Feature bits (5.2.3)
    private const ulong FeatureSegmentsMaximum = 1 << 2, FeatureReadOnly = 1 << 5, FeatureBlockSize = 1 << 6, FeatureFlush = 1 << 9,
        FeatureTopology = 1 << 10, FeatureConfigurableCache = 1 << 11, FeatureQueues = 1 << 12, FeatureDiscard = 1 << 13,
        FeatureWriteZeroes = 1 << 14;

    // Configuration space (5.2.4)
    private const int Capacity = 0, SegmentsMaximum = 12, BlockSize = 20, PhysicalBlockExponent = 24, MinimumIo = 26, WriteBack = 32,
        QueueCount = 34, DiscardSectorsMaximum = 36, DiscardSegmentsMaximum = 40, DiscardAlignment = 44, ZeroesSectorsMaximum = 48,
        ZeroesSegmentsMaximum = 52, ZeroesMayUnmap = 56, ConfigurationLength = 60;

    // Requests (5.2.6)
    private const uint RequestIn = 0, RequestOut = 1, RequestFlush = 4, RequestGetId = 8, RequestDiscard = 11, RequestWriteZeroes = 13;
    private const int HeaderLength = 16, IdLength = 20, RangeLength = 16;
    private const uint RangeUnmap = 1;
    private const byte StatusOk = 0, StatusIoError = 1, StatusUnsupported = 2;

    private const int RangesMaximum = 32;
    private const uint RangeSectorsMaximum = int.MaxValue / SectorSize;

    /// <summary>Threads that one queue keeps busy when its disk works synchronously.</summary>
    private const int RunsPerQueue = 4;

    private readonly IDisk _disk;
    private readonly DeviceWork _work;
    private readonly int _blockSize;
    private readonly byte[] _serial = new byte[IdLength];
    private readonly VirtQueueWorker[] _workers;
    private readonly WorkGate _gate = new();
    private readonly ConcurrentBag<VirtChain> _chains = []; // free ones; never more than were in flight at once

    private readonly byte[] _configuration = new byte[ConfigurationLength];

    public VirtioBlock(string name, IDisk disk, VirtioBlockOptions options, GuestMemory memory, MachineLog log, DeviceWork? work = null)
        : base(name, Identity, options.QueueCount, options.QueueSize, memory, log)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.LogicalBlockSize, SectorSize);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.PhysicalBlockSize, options.LogicalBlockSize);
        if (!BitOperations.IsPow2(options.LogicalBlockSize) || !BitOperations.IsPow2(options.PhysicalBlockSize))
            throw new ArgumentException("block sizes are powers of two", nameof(options));
        _disk = disk;
        _work = work ?? DeviceWork.OnThreadPool;
        _blockSize = options.LogicalBlockSize;
        Encoding.ASCII.GetBytes(options.Serial.AsSpan(0, Math.Min(options.Serial.Length, IdLength)), _serial);
        _workers = [.. Queues.Select(queue => new VirtQueueWorker(queue, _gate, _work, ProcessNext))];

        Span<byte> c = _configuration;
        BinaryPrimitives.WriteInt64LittleEndian(c[Capacity..], disk.Length / SectorSize);
        // Two descriptors are the header and the status (5.2.5.1 leaves the number to the device).
        BinaryPrimitives.WriteInt32LittleEndian(c[SegmentsMaximum..], Math.Max(1, options.QueueSize - 2));
        BinaryPrimitives.WriteInt32LittleEndian(c[BlockSize..], _blockSize);
        c[PhysicalBlockExponent] = (byte)BitOperations.Log2((uint)(options.PhysicalBlockSize / _blockSize));
        BinaryPrimitives.WriteUInt16LittleEndian(c[MinimumIo..], (ushort)Math.Min(ushort.MaxValue, options.PhysicalBlockSize / _blockSize));
        BinaryPrimitives.WriteUInt16LittleEndian(c[QueueCount..], (ushort)options.QueueCount);
        BinaryPrimitives.WriteUInt32LittleEndian(c[DiscardSectorsMaximum..], RangeSectorsMaximum);
        BinaryPrimitives.WriteInt32LittleEndian(c[DiscardSegmentsMaximum..], RangesMaximum);
        BinaryPrimitives.WriteInt32LittleEndian(c[DiscardAlignment..], _blockSize / SectorSize);
        BinaryPrimitives.WriteUInt32LittleEndian(c[ZeroesSectorsMaximum..], RangeSectorsMaximum);
        BinaryPrimitives.WriteInt32LittleEndian(c[ZeroesSegmentsMaximum..], RangesMaximum);
        c[ZeroesMayUnmap] = 1;
        c[WriteBack] = 1;
    }

    protected override ulong TypeFeatures => FeatureSegmentsMaximum | FeatureBlockSize | FeatureFlush | FeatureTopology
        | FeatureConfigurableCache | (Queues.Count > 1 ? FeatureQueues : 0)
        | (_disk.IsReadOnly ? FeatureReadOnly : FeatureDiscard | FeatureWriteZeroes);

    protected override ReadOnlySpan<byte> Configuration => _configuration;

    /// <summary>
    /// Writes are durable when they complete: the driver asked for it, or does not know how to flush (5.2.5.2, 5.2.6.2).
    /// </summary>
    private bool WritesThrough => HasFeature(FeatureConfigurableCache) ? _configuration[WriteBack] == 0 : !HasFeature(FeatureFlush);

    /// <summary>Tells the driver that the disk has another length now. On the main event loop.</summary>
    public void DiskResized()
    {
        BinaryPrimitives.WriteInt64LittleEndian(_configuration.AsSpan(Capacity), _disk.Length / SectorSize);
        ConfigurationChanged();
    }

    public override void WriteConfiguration(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset == WriteBack && data.Length == 1 && HasFeature(FeatureConfigurableCache)) _configuration[WriteBack] = (byte)(data[0] & 1);
    }

    public override void Drain() => _gate.WaitUntilIdle();

    protected override void OnNotify(VirtQueue queue) => _workers[queue.Index].Schedule();

    protected override void OnReset() => _configuration[WriteBack] = 1;

    protected override void TypeState(StateVisitor v) => v.Field(10, "write-back", ref _configuration[WriteBack]);

    private bool ProcessNext(VirtQueueWorker worker)
    {
        if (!_chains.TryTake(out var chain)) chain = new VirtChain(Memory);
        if (!worker.Queue.TryPop(chain))
        {
            _chains.Add(chain);
            return false;
        }
        if (worker.Running < RunsPerQueue && worker.Queue.HasWaiting) worker.Schedule();
        _gate.Enter();
        var request = RunAsync(worker.Queue, chain);
        if (_work.IsOrdered) request.GetAwaiter().GetResult();
        return true;
    }

    private async Task RunAsync(VirtQueue queue, VirtChain chain)
    {
        try
        {
            if (TryReadHeader(chain, out var type, out var sector))
            {
                var status = await ExecuteAsync(chain, type, sector).ConfigureAwait(false);
                chain.TryWrite(chain.WritableLength - 1, [status]);
                Complete(queue, chain, type is RequestIn or RequestGetId ? (uint)Math.Min(chain.WritableLength, uint.MaxValue) : 1);
            }
            else
            {
                Fail($"queue {queue.Index}: a request without room for its header or status");
            }
        }
        finally
        {
            _chains.Add(chain);
            _gate.Leave();
        }
    }

    private static bool TryReadHeader(VirtChain chain, out uint type, out ulong sector)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        var complete = chain.TryRead(0, header) && chain.WritableLength > 0;
        type = BinaryPrimitives.ReadUInt32LittleEndian(header);
        sector = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        return complete;
    }

    private async ValueTask<byte> ExecuteAsync(VirtChain chain, uint type, ulong sector)
    {
        try
        {
            switch (type)
            {
                case RequestIn:
                    return await TransferAsync(chain, sector, toGuest: true).ConfigureAwait(false);
                case RequestOut:
                    return await TransferAsync(chain, sector, toGuest: false).ConfigureAwait(false);
                case RequestFlush:
                    await _disk.FlushAsync().ConfigureAwait(false);
                    return StatusOk;
                case RequestGetId:
                    return chain.TryWrite(0, _serial.AsSpan(0, (int)Math.Min(IdLength, chain.WritableLength - 1))) ? StatusOk : StatusIoError;
                case RequestDiscard or RequestWriteZeroes:
                    return await ClearAsync(chain, zeroes: type == RequestWriteZeroes).ConfigureAwait(false);
                default:
                    return StatusUnsupported;
            }
        }
#pragma warning disable CA1031 // whatever a disk throws, the guest gets an answer, or it would wait for ever
        catch (Exception e)
        {
            ReportGuestError($"request {type} at sector {sector}: {e.Message}");
            return StatusIoError;
        }
#pragma warning restore CA1031
    }

    private async ValueTask<byte> TransferAsync(VirtChain chain, ulong sector, bool toGuest)
    {
        var length = toGuest ? chain.WritableLength - 1 : chain.ReadableLength - HeaderLength;
        if (!TryRange(sector, length, out var offset) || (!toGuest && _disk.IsReadOnly)) return StatusIoError;
        var position = chain.Seek(toGuest, toGuest ? 0 : HeaderLength);
        while (length > 0)
        {
            if (!chain.TryNext(ref position, length, out var memory)) return StatusIoError;
            if (toGuest) await _disk.ReadAsync(offset, memory).ConfigureAwait(false);
            else await _disk.WriteAsync(offset, memory).ConfigureAwait(false);
            offset += memory.Length;
            length -= memory.Length;
        }
        if (!toGuest && WritesThrough) await _disk.FlushAsync().ConfigureAwait(false);
        return StatusOk;
    }

    private async ValueTask<byte> ClearAsync(VirtChain chain, bool zeroes)
    {
        var length = chain.ReadableLength - HeaderLength;
        if (_disk.IsReadOnly || length == 0 || length % RangeLength != 0 || length > RangesMaximum * RangeLength) return StatusIoError;
        for (long at = HeaderLength; at < chain.ReadableLength; at += RangeLength)
        {
            ReadRange(chain, at, out var sector, out var sectors, out var flags);
            // 5.2.6.2: unknown flags, and unmapping with a discard, are unsupported.
            if ((flags & ~(zeroes ? RangeUnmap : 0)) != 0) return StatusUnsupported;
            if (sectors > RangeSectorsMaximum || !TryRange(sector, (long)sectors * SectorSize, out var offset)) return StatusIoError;
            if (sectors == 0) continue;
            if (!zeroes) await _disk.DiscardAsync(offset, (long)sectors * SectorSize).ConfigureAwait(false);
            else await _disk.WriteZeroesAsync(offset, (long)sectors * SectorSize, (flags & RangeUnmap) != 0).ConfigureAwait(false);
        }
        if (zeroes && WritesThrough) await _disk.FlushAsync().ConfigureAwait(false);
        return StatusOk;
    }

    private static void ReadRange(VirtChain chain, long at, out ulong sector, out uint sectors, out uint flags)
    {
        Span<byte> range = stackalloc byte[RangeLength];
        chain.TryRead(at, range);
        sector = BinaryPrimitives.ReadUInt64LittleEndian(range);
        sectors = BinaryPrimitives.ReadUInt32LittleEndian(range[8..]);
        flags = BinaryPrimitives.ReadUInt32LittleEndian(range[12..]);
    }

    /// <summary>The place of a request on the disk; false when it is not whole blocks inside it.</summary>
    private bool TryRange(ulong sector, long length, out long offset)
    {
        offset = 0;
        var capacity = _disk.Length / SectorSize * SectorSize;
        if (length < 0 || length % _blockSize != 0 || sector > (ulong)(capacity / SectorSize)) return false;
        offset = (long)sector * SectorSize;
        return offset % _blockSize == 0 && length <= capacity - offset;
    }
}
