using System.Buffers.Binary;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Devices.Tests.Support;
using Mimus.Devices.Virtio;

namespace Mimus.Devices.Tests.Virtio;

public sealed class VirtioBlockTests : IDisposable
{
    private const uint In = 0, Out = 1, Flush = 4, GetId = 8, Discard = 11, WriteZeroes = 13;
    private const byte Ok = 0, IoError = 1, Unsupported = 2, Untouched = 0xff;
    private const ulong FlushFeature = 1 << 9, CacheFeature = 1 << 11, QueuesFeature = 1 << 12;
    private const ulong AllFeatures = 0x3fff_ffff;

    private readonly GuestMemory _memory = VirtioDriver.NewMemory();
    private readonly Wires _wires = new(1);
    private MemoryDisk _disk = new(1 << 20);
    private VirtioMmio _mmio = null!;
    private VirtioDriver _driver = null!;
    private DriverQueue _queue = null!;

    public static TheoryData<bool, ulong, bool> Variants => new()
    {
        { true, 0, false },
        { true, AllFeatures, false },
        { false, FlushFeature, false },
        { false, FlushFeature | VirtioDriver.EventIndexFeature, false },
        { false, FlushFeature | VirtioDriver.IndirectFeature, true },
        { false, AllFeatures, true },
    };

    public void Dispose()
    {
        _mmio?.Reset();
        _memory.Dispose();
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void What_is_written_can_be_read_back(bool legacy, ulong features, bool indirect)
    {
        Start(legacy, features);
        for (var round = 0; round < 200; round++)
        {
            var sector = (ulong)(round * 3 % 2000);
            var data = Pattern(round, 1024);
            Assert.Equal((Ok, 1u), Run(Out, sector, data, 0, out _, indirect));
            Assert.Equal((Ok, 1025u), Run(In, sector, [], 1024, out var read, indirect));
            Assert.Equal(data, read);
        }
        Assert.Equal(0u, _mmio.Read32(0x070) & 64);
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Many_requests_are_under_way_at_once_and_all_complete(bool legacy, ulong features, bool indirect)
    {
        _disk.Asynchronous = true;
        Start(legacy, features, queueSize: 64);
        var random = new Random(1);
        random.NextBytes(_disk.Contents);
        var buffers = new Dictionary<ushort, (ulong Address, ulong Sector, int Length)>();
        for (var batch = 0; batch < 50; batch++)
        {
            var count = random.Next(1, 17);
            for (var i = 0; i < count; i++)
            {
                var length = 512 * random.Next(1, 9);
                var sector = (ulong)random.Next(2000);
                var request = NewRequest(In, sector, [], length, cut: 2);
                buffers.Add(_queue.Add(request, indirect ? _driver.Allocate(256) : 0), (request[1].Address, sector, length));
            }
            _queue.Kick(count);
            for (var i = 0; i < count; i++)
            {
                var (head, written) = _queue.Take(_wires);
                Assert.True(buffers.Remove(head, out var buffer));
                Assert.Equal((uint)buffer.Length + 1, written);
                Assert.Equal(_disk.Contents.AsSpan((int)buffer.Sector * 512, buffer.Length).ToArray(), _driver.Bytes(buffer.Address, buffer.Length));
            }
        }
    }

    [Fact]
    public void Requests_overlap_when_the_disk_is_slow()
    {
        Start(legacy: false, AllFeatures);
        _disk.Hold();
        for (var i = 0; i < 20; i++)
        {
            _queue.Add(NewRequest(In, 0, [], 512));
            _queue.Kick();
        }
        SpinWait.SpinUntil(() => Volatile.Read(ref _disk.Waiting) == 20, TimeSpan.FromSeconds(60));
        Assert.Equal(20, _disk.MostAtOnce);
        _disk.LetGo();
        for (var i = 0; i < 20; i++) _queue.Take(_wires);
    }

    [Fact]
    public void Event_indices_save_interrupts_and_notifications()
    {
        Start(legacy: false, AllFeatures, queueSize: 64);
        _queue.InterruptAfter(10);
        for (var i = 0; i < 10; i++) _queue.Add(NewRequest(In, 0, [], 512));
        _queue.Kick(10);
        _wires.WaitHigh(0);
        for (var i = 0; i < 10; i++) Assert.True(_queue.TryTake(out _, out _));
        Assert.Equal(1, _queue.Kicks);
        Assert.Equal(1, _wires.Rises);
    }

    [Fact]
    public void A_driver_that_polls_is_not_interrupted()
    {
        Start(legacy: false, FlushFeature);
        _queue.NoInterrupts();
        _queue.Add(NewRequest(In, 0, [], 512));
        _queue.Kick();
        _mmio.Drain();
        Assert.True(_queue.TryTake(out _, out _));
        Assert.False(_wires[0]);
    }

    [Fact]
    public void A_request_can_be_cut_into_buffers_anywhere()
    {
        Start(legacy: false, FlushFeature);
        var data = Pattern(7, 512);
        var header = _driver.Allocate([.. Header(Out, 4), .. data]);
        var status = _driver.Allocate([Untouched]);
        _queue.Add([new(header, 3, false), new(header + 3, 20, false), new(header + 23, 505, false), new(status, 1, true)]);
        _queue.Kick();
        Assert.Equal(1u, _queue.Take(_wires).Written);
        Assert.Equal([Ok], _driver.Bytes(status, 1));
        Assert.Equal(data, _disk.Contents[2048..2560]);

        header = _driver.Allocate(Header(In, 4));
        var target = _driver.Allocate(513);
        _queue.Add([new(header, 16, false), new(target, 100, true), new(target + 100, 412, true), new(target + 512, 1, true)]);
        _queue.Kick();
        Assert.Equal(513u, _queue.Take(_wires).Written);
        Assert.Equal([.. data, Ok], _driver.Bytes(target, 513));
    }

    [Fact]
    public void Flush_identity_discard_and_zeroes_work()
    {
        Start(legacy: false, AllFeatures);
        Assert.Equal((Ok, 1u), Run(Flush, 0, [], 0, out _));
        Assert.Equal(1, _disk.Flushes);
        Assert.Equal((Ok, 21u), Run(GetId, 0, [], 20, out var id));
        Assert.Equal("mimus-disk\0\0\0\0\0\0\0\0\0\0"u8.ToArray(), id);

        Array.Fill(_disk.Contents, (byte)0x11);
        Assert.Equal((Ok, 1u), Run(WriteZeroes, 0, [.. Range(2, 3, 1), .. Range(10, 1, 0)], 0, out _));
        Assert.Equal(4 * 512, _disk.Contents.Count(b => b == 0));
        Assert.Equal((Ok, 1u), Run(Discard, 0, Range(100, 2, 0), 0, out _));
        Assert.Equal(2 * 512, _disk.Contents.Count(b => b == 0xdd));
        Assert.Equal((Unsupported, 1u), Run(Discard, 0, Range(100, 2, 1), 0, out _));
        Assert.Equal((Unsupported, 1u), Run(WriteZeroes, 0, Range(100, 2, 2), 0, out _));
        Assert.Equal((IoError, 1u), Run(WriteZeroes, 0, Range(2047, 2, 0), 0, out _));
        Assert.Equal((IoError, 1u), Run(WriteZeroes, 0, Range(ulong.MaxValue, 2, 0), 0, out _));
        Assert.Equal((IoError, 1u), Run(Discard, 0, Range(0, uint.MaxValue, 0), 0, out _));
        Assert.Equal((IoError, 1u), Run(Discard, 0, new byte[15], 0, out _));
        Assert.Equal((Unsupported, 1u), Run(99, 0, [], 0, out _));
    }

    [Fact]
    public void Requests_outside_the_disk_and_failures_of_the_disk_are_io_errors()
    {
        Start(legacy: false, AllFeatures);
        Assert.Equal(IoError, Run(In, 2048, [], 512, out _).Status);
        Assert.Equal(IoError, Run(In, 2047, [], 1024, out _).Status);
        Assert.Equal(IoError, Run(In, ulong.MaxValue, [], 512, out _).Status);
        Assert.Equal(IoError, Run(In, ulong.MaxValue / 512, [], 512, out _).Status);
        Assert.Equal(IoError, Run(In, 0, [], 511, out _).Status);
        Assert.Equal(Ok, Run(In, 2047, [], 512, out _).Status);
        _disk.Fails = true;
        Assert.Equal(IoError, Run(In, 0, [], 512, out _).Status);
        Assert.Equal(IoError, Run(Flush, 0, [], 0, out _).Status);
        _disk.Fails = false;
        Assert.Equal(Ok, Run(Flush, 0, [], 0, out _).Status);
    }

    [Fact]
    public void A_read_only_disk_says_so_and_refuses_writes()
    {
        _disk = new MemoryDisk(1 << 20, readOnly: true);
        Start(legacy: false, AllFeatures);
        Assert.NotEqual(0u, (uint)_driver.Features & (1 << 5));
        Assert.Equal(IoError, Run(Out, 0, new byte[512], 0, out _).Status);
        Assert.Equal(IoError, Run(WriteZeroes, 0, Range(0, 1, 0), 0, out _).Status);
        Assert.Equal(Ok, Run(In, 0, [], 512, out _).Status);
    }

    [Theory]
    [InlineData(0ul, 1)]                            // a driver that cannot flush: every write is flushed
    [InlineData(FlushFeature, 0)]
    [InlineData(FlushFeature | CacheFeature, 0)]
    public void Writes_go_through_for_drivers_that_cannot_flush(ulong features, int flushes)
    {
        Start(legacy: false, features);
        Run(Out, 0, new byte[512], 0, out _);
        Assert.Equal(flushes, _disk.Flushes);
        if ((features & CacheFeature) == 0) return;
        Assert.Equal(1u, _mmio.Read(0x100 + 32, 1));
        _mmio.Write(0x100 + 32, 1, 0);
        Run(Out, 0, new byte[512], 0, out _);
        Assert.Equal(1, _disk.Flushes);
    }

    [Fact]
    public void The_configuration_space_describes_the_disk()
    {
        var block = new VirtioBlock("disk", _disk, new() { QueueCount = 3, LogicalBlockSize = 512, PhysicalBlockSize = 4096 }, _memory, MachineLog.Silent);
        _mmio = new VirtioMmio("slot", block, _wires.Lines[0], legacy: false, MachineLog.Silent);
        Assert.Equal(2u, _mmio.Read32(0x008));
        Assert.Equal(2048u, _mmio.Read(0x100, 8));
        Assert.Equal(512u, _mmio.Read32(0x114));
        Assert.Equal(3u, _mmio.Read(0x118, 1));
        Assert.Equal(3u, _mmio.Read(0x122, 2));
        Assert.NotEqual(0u, _mmio.Read32(0x010) & (uint)QueuesFeature);
        Assert.Equal(0u, _mmio.Read(0x1000 - 8, 8));
        var generation = _mmio.Read32(0x0fc);
        block.DiskResized();
        Assert.NotEqual(generation, _mmio.Read32(0x0fc));
        _mmio.Write32(0x030, 2);
        Assert.Equal(256u, _mmio.Read32(0x034));
        _mmio.Write32(0x030, 3);
        Assert.Equal(0u, _mmio.Read32(0x034));
    }

    [Fact]
    public void Several_queues_work_at_once()
    {
        Start(legacy: false, AllFeatures, queues: 4);
        var queues = Enumerable.Range(1, 3).Select(i => _driver.AddQueue(i, 8)).Prepend(_queue).ToArray();
        var heads = queues.Select((q, i) =>
        {
            var head = q.Add(NewRequest(Out, (ulong)i, Pattern(i, 512), 0));
            q.Kick();
            return head;
        }).ToArray();
        for (var i = 0; i < queues.Length; i++)
        {
            Assert.Equal(heads[i], queues[i].Take(_wires).Head);
            Assert.Equal(Pattern(i, 512), _disk.Contents[(i * 512)..(i * 512 + 512)]);
        }
    }

    [Fact]
    public void A_reset_waits_for_requests_and_leaves_no_trace_of_them()
    {
        Start(legacy: false, AllFeatures);
        _disk.Hold();
        _queue.Add(NewRequest(In, 0, [], 512));
        _queue.Kick();
        SpinWait.SpinUntil(() => Volatile.Read(ref _disk.Waiting) == 1, TimeSpan.FromSeconds(60));
        var reset = new Thread(() => _mmio.Write32(0x070, 0));
        reset.Start();
        Assert.True(reset.IsAlive);
        _disk.LetGo();
        reset.Join();
        Assert.False(_queue.TryTake(out _, out _));
        Assert.False(_wires[0]);
        Assert.Equal(0u, _mmio.Read32(0x070));
        Assert.Equal(0u, _mmio.Read32(0x044));
        Start(_mmio, false, AllFeatures, 8);
        Assert.Equal(Ok, Run(In, 0, [], 512, out _).Status);
    }

    [Fact]
    public void State_that_was_saved_between_requests_goes_on()
    {
        Start(legacy: false, AllFeatures);
        Run(Out, 5, Pattern(1, 512), 0, out _);
        _mmio.Drain();
        var saved = RecordingVisitor.Save(_mmio);
        _mmio.Reset();
        RecordingVisitor.Restore(_mmio, saved);
        Assert.Equal((Ok, 513u), Run(In, 5, [], 512, out var read));
        Assert.Equal(Pattern(1, 512), read);
    }

    [Fact]
    public void Features_that_were_not_offered_are_refused()
    {
        Start(legacy: false, 0);
        _mmio.Write32(0x070, 0);
        _mmio.Write32(0x070, 3);
        _mmio.Write32(0x024, 1);
        _mmio.Write32(0x020, 0x8000_0000);
        _mmio.Write32(0x070, 11);
        Assert.Equal(3u, _mmio.Read32(0x070));
    }

    [Fact]
    public void An_empty_slot_has_device_number_0()
    {
        var slot = new VirtioMmio("empty", null, _wires.Lines[0], legacy: true, MachineLog.Silent);
        Assert.Equal(0x74726976u, slot.Read32(0));
        Assert.Equal(1u, slot.Read32(4));
        Assert.Equal(0u, slot.Read32(8));
        slot.Write32(0x070, 1);
        Assert.Equal(0u, slot.Read32(0x070));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_the_disk_writes_to_memory_is_in_the_dirty_log(bool asynchronous)
    {
        _disk.Asynchronous = asynchronous;
        Start(legacy: false, 0);
        var data = Pattern(1, 20_000 / 512 * 512);
        Run(Out, 3, data, 0, out _);
        var ram = _memory.Blocks[0];
        var request = NewRequest(In, 3, [], data.Length);
        var before = ram.Bytes(0, (int)ram.Range.Length).ToArray();
        _memory.Dirty.Start();
        _queue.Add(request, 0);
        _queue.Kick();
        _queue.Take(_wires);
        Assert.Equal(data, _driver.Bytes(request[1].Address, data.Length));
        var logged = _memory.Dirty.Collect()[0];
        for (var page = 0; page < before.Length / 4096; page++)
        {
            var changed = !ram.Bytes((ulong)page * 4096, 4096).SequenceEqual(before.AsSpan(page * 4096, 4096));
            Assert.True(!changed || logged.Contains(page), $"page {page} has changed and is not in the log");
        }
        Assert.InRange(logged.Count, data.Length / 4096, (data.Length / 4096) + 8);
    }

    private static byte[] Pattern(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Header(uint type, ulong sector)
    {
        var header = new byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), sector);
        return header;
    }

    private static byte[] Range(ulong sector, uint count, uint flags)
    {
        var range = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(range, sector);
        BinaryPrimitives.WriteUInt32LittleEndian(range.AsSpan(8), count);
        BinaryPrimitives.WriteUInt32LittleEndian(range.AsSpan(12), flags);
        return range;
    }

    private void Start(bool legacy, ulong features, int queueSize = 64, int queues = 1)
    {
        var options = new VirtioBlockOptions { Serial = "mimus-disk", QueueCount = queues };
        var block = new VirtioBlock("disk", _disk, options, _memory, MachineLog.Silent);
        _mmio = new VirtioMmio("slot", block, _wires.Lines[0], legacy, MachineLog.Silent);
        Start(_mmio, legacy, features, queueSize);
    }

    private void Start(VirtioMmio mmio, bool legacy, ulong features, int queueSize)
    {
        _driver = new VirtioDriver(mmio, _memory, legacy);
        _driver.Begin(features);
        _queue = _driver.AddQueue(0, queueSize);
        _driver.Go();
    }

    /// <summary>Header, data in pieces, status.</summary>
    private Part[] NewRequest(uint type, ulong sector, ReadOnlySpan<byte> data, int readLength, int cut = 1)
    {
        var parts = new List<Part> { new(_driver.Allocate(Header(type, sector)), 16, false) };
        var length = data.Length + readLength;
        if (length != 0)
        {
            var address = data.IsEmpty ? _driver.Allocate((ulong)length) : _driver.Allocate(data);
            for (var i = 0; i < cut; i++)
            {
                var begin = length * i / cut;
                parts.Add(new(address + (ulong)begin, (uint)(length * (i + 1) / cut - begin), data.IsEmpty));
            }
        }
        parts.Add(new(_driver.Allocate([Untouched]), 1, true));
        return [.. parts];
    }

    private (byte Status, uint Written) Run(uint type, ulong sector, ReadOnlySpan<byte> data, int readLength, out byte[] read, bool indirect = false)
    {
        var request = NewRequest(type, sector, data, readLength, cut: readLength > 512 ? 3 : 1);
        var head = _queue.Add(request, indirect ? _driver.Allocate(256) : 0);
        _queue.Kick();
        var taken = _queue.Take(_wires);
        Assert.Equal(head, taken.Head);
        read = readLength == 0 ? [] : _driver.Bytes(request[1].Address, readLength);
        return (_driver.Bytes(request[^1].Address, 1)[0], taken.Written);
    }
}
