using Mimus.Core.Backends;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Devices.Tests.Support;
using Mimus.Devices.Virtio;

namespace Mimus.Devices.Tests.Virtio;

/// <summary>Drivers that break the rules stop their device and nothing else.</summary>
public sealed class HostileVirtioTests : IDisposable, IEntropySource
{
    private const ulong Features = VirtioDriver.IndirectFeature | VirtioDriver.EventIndexFeature;
    private const int QueueSize = 16;
    private const ulong Ram = VirtioDriver.RamStart, RamEnd = Ram + VirtioDriver.RamLength;

    private readonly GuestMemory _memory = VirtioDriver.NewMemory();
    private readonly Wires _wires = new(1);
    private readonly StringWriter _log = new();
    private VirtioMmio _mmio = null!;
    private DriverQueue _queue = null!;

    /// <summary>What a queue is given: the descriptors (address, length, flags, next) from number 0, and the available index.</summary>
    public static TheoryData<string, ulong[], ushort> Broken => new()
    {
        { "a descriptor whose next is itself", [Ram, 16, 1, 0], 1 },
        { "a loop of two", [Ram, 16, 1, 1, Ram, 16, 1, 0], 1 },
        { "a next outside the table", [Ram, 16, 1, QueueSize], 1 },
        { "an address before memory", [0, 16, 0, 0], 1 },
        { "an address behind memory", [RamEnd, 16, 0, 0], 1 },
        { "a buffer across the end of memory", [RamEnd - 8, 16, 0, 0], 1 },
        { "a length that wraps", [ulong.MaxValue - 7, 16, 0, 0], 1 },
        { "the longest length", [Ram, uint.MaxValue, 0, 0], 1 },
        { "a readable buffer behind a writable one", [Ram, 16, 3, 1, Ram, 16, 0, 0], 1 },
        { "an indirect table that contains itself", [Ram, 16, 4, 0], 1 }, // the descriptors are at Ram + 0x1000; see Arrange
        { "an indirect table of no length", [Ram, 0, 4, 0], 1 },
        { "an indirect table of odd length", [Ram, 17, 4, 0], 1 },
        { "an indirect table outside memory", [RamEnd - 16, 32, 4, 0], 1 },
        { "an indirect table with a next", [Ram, 16, 5, 1], 1 },
        { "an available index far ahead", [Ram, 16, 0, 0], QueueSize + 1 },
        { "an available index behind", [Ram, 16, 0, 0], ushort.MaxValue },
        { "no room for a status", [Ram, 16, 0, 0], 1 },
        { "no header", [Ram, 16, 2, 0], 1 },
    };

    public void Dispose()
    {
        _mmio?.Reset();
        _memory.Dispose();
        _log.Dispose();
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_ring_stops_the_device_until_it_is_reset(string what, ulong[] descriptors, ushort index)
    {
        Arrange();
        for (var i = 0; i < descriptors.Length / 4; i++)
        {
            var d = descriptors.AsSpan(4 * i, 4);
            _queue.WriteDescriptor(_queue.Descriptors, i, d[0], (uint)d[1], (ushort)d[2], (ushort)d[3]);
        }
        // An indirect table at the start of memory contains one more of its kind.
        _queue.WriteDescriptor(Ram, 0, Ram, 16, 4, 0);
        _memory.TryWrite(new GuestAddress(_queue.Available + 2), index);
        _mmio.Write32(0x050, 0);
        _mmio.Drain();
        Assert.True((_mmio.Read32(0x070) & 64) != 0, $"{what} was let pass");
        Assert.NotEqual(0u, _mmio.Read32(0x060) & 2); // the driver is told
        Assert.NotEmpty(_log.ToString());

        // After a reset the device works.
        var driver = new VirtioDriver(_mmio, _memory, legacy: false);
        driver.Begin(Features);
        Assert.False(_wires[0]);
        _queue = driver.AddQueue(0, QueueSize);
        driver.Go();
        _queue.Add([new(driver.Allocate(new byte[16]), 16, false), new(driver.Allocate(513), 513, true)]);
        _queue.Kick();
        Assert.Equal(513u, _queue.Take(_wires).Written);
    }

    [Theory]
    [InlineData(0u, Ram, Ram, Ram)]
    [InlineData(3u, Ram, Ram, Ram)]
    [InlineData(512u, Ram, Ram, Ram)]
    [InlineData(uint.MaxValue, Ram, Ram, Ram)]
    [InlineData(16u, 0ul, Ram, Ram)]
    [InlineData(16u, Ram, RamEnd, Ram)]
    [InlineData(16u, Ram, Ram, RamEnd - 8)]
    [InlineData(16u, ulong.MaxValue, Ram, Ram)]
    [InlineData(16u, Ram, ulong.MaxValue - 20, Ram)]
    [InlineData(16u, Ram, Ram, ulong.MaxValue - 20)]
    public void A_queue_of_a_wrong_size_or_place_is_not_taken(uint size, ulong descriptors, ulong available, ulong used)
    {
        Arrange();
        _mmio.Write32(0x070, 0);
        _mmio.Write32(0x038, size);
        foreach (var (register, value) in new[] { (0x080ul, descriptors), (0x090ul, available), (0x0a0ul, used) })
        {
            _mmio.Write32(register, (uint)value);
            _mmio.Write32(register + 4, (uint)(value >> 32));
        }
        _mmio.Write32(0x044, 1);
        Assert.Equal(0u, _mmio.Read32(0x044));
        Assert.NotEqual(0u, _mmio.Read32(0x070) & 64);
        _mmio.Write32(0x070, 0);
        Assert.Equal(0u, _mmio.Read32(0x070));
    }

    [Fact]
    public void More_requests_than_the_ring_has_are_not_taken()
    {
        var disk = new MemoryDisk(65536);
        Arrange(disk);
        disk.Hold();
        var request = Ram + 0x20_0000;
        _queue.WriteDescriptor(_queue.Descriptors, 0, request, 16, 1, 1);
        _queue.WriteDescriptor(_queue.Descriptors, 1, request + 16, 513, 2, 0);
        for (ushort index = 1; index <= 2 * QueueSize; index++)
        {
            _memory.TryWrite(new GuestAddress(_queue.Available + 2), index); // always chain 0
            _mmio.Write32(0x050, 0);
        }
        SpinWait.SpinUntil(() => (_mmio.Read32(0x070) & 64) != 0, TimeSpan.FromSeconds(60));
        Assert.NotEqual(0u, _mmio.Read32(0x070) & 64);
        Assert.True(disk.MostAtOnce <= QueueSize);
        disk.LetGo();
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Random_rings_do_no_harm(int seed, bool legacy)
    {
        var random = new Random(seed);
        var devices = new Func<VirtioDevice>[]
        {
            () => new VirtioBlock("disk", new MemoryDisk(65536) { Asynchronous = random.Next(2) == 0 }, new() { QueueCount = 2 }, _memory, MachineLog.Silent),
            () => new VirtioEntropy("rng", this, _memory, MachineLog.Silent),
            () => new VirtioConsole("console", new FakeConsole(), _memory, MachineLog.Silent),
        };
        for (var round = 0; round < 300; round++)
        {
            var device = devices[random.Next(devices.Length)]();
            var mmio = new VirtioMmio("slot", device, _wires.Lines[0], legacy, MachineLog.Silent);
            try
            {
                Attack(mmio, device.Queues.Count, random, legacy);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, round {round}, {device.Name}", e);
            }
        }
    }

    void IEntropySource.Fill(Span<byte> destination) => destination.Fill(0x42);

    private void Attack(VirtioMmio mmio, int queues, Random random, bool legacy)
    {
        var driver = new VirtioDriver(mmio, _memory, legacy);
        driver.Begin(random.Next(2) == 0 ? Features : 0);
        var rings = Enumerable.Range(0, queues).Select(i => driver.AddQueue(i, 1 << random.Next(7))).ToArray();
        driver.Go();
        for (var step = 0; step < 20; step++)
        {
            var ring = rings[random.Next(queues)];
            for (var i = 0; i < 64; i++)
            {
                // Mostly plausible, so that some chains get far.
                var address = random.Next(8) == 0 ? (ulong)random.NextInt64() : Ram + (ulong)random.Next((int)VirtioDriver.RamLength);
                var length = random.Next(8) == 0 ? (uint)random.NextInt64() : (uint)random.Next(2000);
                var table = random.Next(10) == 0;
                if (table) (address, length) = (ring.Descriptors, (uint)(16 * random.Next(20)));
                var flags = random.Next(16) == 0 ? random.Next(65536) : random.Next(4) | (table ? 4 : 0);
                ring.WriteDescriptor(ring.Descriptors, i, address, length, (ushort)flags, (ushort)random.Next(random.Next(8) == 0 ? 65536 : 64));
            }
            for (var i = 0; i < 64; i++) _memory.TryWrite(new GuestAddress(ring.Available + 4 + 2 * (ulong)i), (ushort)random.Next(random.Next(20) == 0 ? 65536 : 16));
            _memory.TryWrite(new GuestAddress(ring.Available + 2), (ushort)random.Next(random.Next(4) == 0 ? 65536 : 64));
            mmio.Write32(0x050, (uint)random.Next(queues + 1));
            if (random.Next(4) == 0) mmio.Write32((ulong)random.Next(0x40) * 4, (uint)random.Next(100));
            if ((mmio.Read32(0x070) & 64) != 0) break;
        }
        mmio.Drain();
        RecordingVisitor.Restore(mmio, RecordingVisitor.Save(mmio));
        mmio.Reset();
        Assert.False(_wires[0]);
    }

    private void Arrange(MemoryDisk? disk = null)
    {
        var block = new VirtioBlock("disk", disk ?? new MemoryDisk(65536), new(), _memory, new MachineLog(_log, LogItems.GuestErrors));
        _mmio = new VirtioMmio("slot", block, _wires.Lines[0], legacy: false, MachineLog.Silent);
        var driver = new VirtioDriver(_mmio, _memory, legacy: false);
        driver.Begin(Features);
        _queue = driver.AddQueue(0, QueueSize);
        driver.Go();
    }
}
