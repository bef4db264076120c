using System.Buffers.Binary;
using Mimus.Core.Diagnostics;
using Mimus.Core.Memory;
using Mimus.Devices.Tests.Pci;
using Mimus.Devices.Tests.Support;
using Mimus.Devices.Virtio;

namespace Mimus.Devices.Tests.Virtio;

public sealed class VirtioPciTests : IDisposable
{
    private const int Slot = 3, Size = 16;
    private const ulong Modern = 0x4_0000_0000, Messages = 0xe0000000, Ram = VirtioDriver.RamStart;
    private const ushort Ports = 0xc000;
    private const ulong Interrupt = Modern + 0x1000, Configuration = Modern + 0x2000, Notify = Modern + 0x3000;
    private const ulong Descriptors = Ram + 0x10000, Available = Descriptors + 16 * Size, Used = Descriptors + 0x1000, Header = Ram + 0x1000, Data = Ram + 0x2000, Status = Ram + 0x3000;

    private readonly GuestMemory _memory = VirtioDriver.NewMemory();
    private readonly MemoryDisk _disk = new(65536);
    private readonly PciSystem _system = new();
    private readonly VirtioPci _virtio;

    public VirtioPciTests()
    {
        new Random(5).NextBytes(_disk.Contents);
        _virtio = Plug(transitional: true, Slot);
    }

    [Fact]
    public void Modern_and_transitional_devices_have_other_numbers()
    {
        Plug(transitional: false, 4);
        Assert.Equal(0x10011af4u, _system.Read(Slot, 0));
        Assert.Equal(0x00021af4u, _system.Read(Slot, 0x2c));
        Assert.Equal(0x00u, _system.Read(Slot, 8, 1));
        Assert.Equal(0x10421af4u, _system.Read(4, 0));
        Assert.Equal(0x01u, _system.Read(4, 8, 1));
        Assert.Equal(0u, _system.Read(4, 0x10)); // no ports
    }

    [Fact]
    public void Capabilities_say_where_the_parts_are()
    {
        var parts = new Dictionary<int, (uint Bar, uint Offset)>();
        var messages = 0;
        for (var at = _system.Read(Slot, 0x34, 1); at != 0; at = _system.Read(Slot, (int)at + 1, 1))
        {
            var id = _system.Read(Slot, (int)at, 1);
            if (id == 0x11) messages++;
            if (id == 0x09) parts.Add((int)_system.Read(Slot, (int)at + 3, 1), (_system.Read(Slot, (int)at + 4, 1), _system.Read(Slot, (int)at + 8)));
        }
        Assert.Equal(1, messages);
        Assert.Equal([1, 2, 3, 4, 5], parts.Keys.Order());
        Assert.Equal((4u, 0x0000u), parts[1]);
        Assert.Equal((4u, 0x3000u), parts[2]);
        Assert.Equal((4u, 0x1000u), parts[3]);
        Assert.Equal((4u, 0x2000u), parts[4]);
    }

    [Fact]
    public void A_modern_driver_reads_a_disk_with_the_interrupt_pin()
    {
        var queue = StartModern();
        Assert.Equal(128ul, Peek(Configuration, 8)); // sectors
        Read(queue, 7);
        Assert.True(_system.Wires[3]);
        Assert.Equal(1ul, Peek(Interrupt, 1));
        Assert.False(_system.Wires[3]);
        Assert.Equal(0ul, Peek(Interrupt, 1));
        Assert.Equal(_disk.Contents[(7 * 512)..(8 * 512)], Bytes(Data, 512));
    }

    [Fact]
    public void A_modern_driver_gets_messages()
    {
        Poke(Messages + 16, 8, 0xfee01000);
        Poke(Messages + 16 + 8, 8, 0x55);
        var capability = FindMessages();
        _system.Write(Slot, capability + 2, 0x8000, 2);
        var queue = StartModern(vector: 1);
        Read(queue, 3);
        Assert.Equal([(0xfee01000ul, 0x55u)], _system.Messages);
        Assert.False(_system.Wires[3]);
        Poke(Modern + 0x16, 2, 0);
        Assert.Equal(1ul, Peek(Modern + 0x1a, 2));
        Poke(Modern + 0x1a, 2, 99);
        Assert.Equal(0xfffful, Peek(Modern + 0x1a, 2)); // there is no such vector
        Assert.Equal(0xfffful, Peek(Modern + 0x10, 2));
    }

    [Fact]
    public void A_driver_of_before_1_0_uses_the_ports()
    {
        Out(18, 1, 0);
        Out(18, 1, 3);
        var offered = In(0, 4);
        Assert.Equal(1u << 27, offered & (1u << 27)); // any layout, which only that interface has
        Out(4, 4, offered & ~(1u << 29));
        Out(14, 2, 0);
        Assert.True(In(12, 2) >= Size);
        var size = In(12, 2);
        Out(8, 4, (uint)(Descriptors >> 12));
        Out(18, 1, 7);
        Assert.Equal(7u, In(18, 1));
        Assert.Equal(128u, In(20, 4));
        var available = Descriptors + 16 * size;
        var used = (available + 4 + 2 * (size + 1) + 4095) & ~4095ul;
        var queue = new DriverQueue(() => Out(16, 2, 0), () => { }, _memory, (int)size, Descriptors, available, used, offered & ~(1u << 29));
        Read(queue, 9);
        Assert.True(_system.Wires[3]);
        Assert.Equal(1u, In(19, 1));
        Assert.False(_system.Wires[3]);
        Assert.Equal(_disk.Contents[(9 * 512)..(10 * 512)], Bytes(Data, 512));
        Out(18, 1, 0);
        Assert.Equal(0u, In(8, 4));
    }

    [Fact]
    public void With_messages_the_ports_have_two_vectors_more()
    {
        var capability = FindMessages();
        _system.Write(Slot, capability + 2, 0x8000, 2);
        Out(20, 2, 1);
        Assert.Equal(1u, In(20, 2));
        Assert.Equal(128u, In(24, 4));
    }

    [Fact]
    public void The_interface_that_the_driver_uses_decides_the_features()
    {
        Out(18, 1, 1);
        In(0, 4);
        Poke(Modern, 4, 1);
        Assert.Equal(1ul, Peek(Modern + 4, 4) & 1); // version 1 for a modern driver
        Poke(Modern, 4, 0);
        Assert.Equal(0ul, Peek(Modern + 4, 4) & (1 << 27));
        _virtio.Reset();
        Assert.Equal(0u, _system.Read(Slot, 4, 2));
    }

    [Fact]
    public void Windows_are_reached_through_the_configuration_space_too()
    {
        var access = 0;
        for (var at = (int)_system.Read(Slot, 0x34, 1); at != 0; at = (int)_system.Read(Slot, at + 1, 1))
        {
            if (_system.Read(Slot, at, 1) == 9 && _system.Read(Slot, at + 3, 1) == 5) access = at;
        }
        _system.Write(Slot, access + 4, 4, 1);
        _system.Write(Slot, access + 8, 0x2000);
        _system.Write(Slot, access + 12, 4);
        Assert.Equal(128u, _system.Read(Slot, access + 16));
        _system.Write(Slot, access + 8, 0x14);
        _system.Write(Slot, access + 12, 1);
        _system.Write(Slot, access + 16, 1, 1);
        Assert.Equal(1ul, Peek(Modern + 0x14, 1));
        _system.Write(Slot, access + 8, uint.MaxValue);
        _system.Read(Slot, access + 16);
        _system.Write(Slot, access + 4, 9, 1);
        _system.Read(Slot, access + 16);
    }

    [Fact]
    public void A_restored_device_goes_on_with_its_queue()
    {
        var queue = StartModern();
        Read(queue, 1);
        _virtio.Drain();
        var saved = RecordingVisitor.Save(_virtio);
        _virtio.Reset();
        Assert.False(_system.Wires[3]);
        RecordingVisitor.Restore(_virtio, saved);
        Assert.True(_system.Wires[3]);
        Peek(Interrupt, 1);
        Read(queue, 2);
        Assert.Equal(_disk.Contents[(2 * 512)..(3 * 512)], Bytes(Data, 512));
    }

    [Fact]
    public void A_type_without_a_transitional_form_is_refused() =>
        Assert.Throws<ArgumentException>(() => new VirtioPci("x", new OddDevice(_memory), isTransitional: true, MachineLog.Silent));

    public void Dispose() => _memory.Dispose();

    /// <summary>Hostile class: virtio chains, behind PCI.</summary>
    [Theory]
    [MemberData(nameof(HostileVirtioTests.Broken), MemberType = typeof(HostileVirtioTests))]
    [MemberData(nameof(InRegisters))]
    public void A_broken_ring_stops_the_device_until_it_is_reset(string what, ulong[] descriptors, ushort index)
    {
        var queue = StartModern(features: (uint)VirtioDriver.IndirectFeature);
        for (var i = 0; i < descriptors.Length / 4; i++)
        {
            var d = descriptors.AsSpan(4 * i, 4);
            queue.WriteDescriptor(Descriptors, i, d[0], (uint)d[1], (ushort)d[2], (ushort)d[3]);
        }
        // An indirect table at the start of memory contains one more of its kind.
        queue.WriteDescriptor(Ram, 0, Ram, 16, 4, 0);
        _memory.TryWrite(new GuestAddress(Available + 2), index);
        Poke(Notify, 2, 0);
        _virtio.Drain();
        Assert.True((Peek(Modern + 0x14, 1) & 64) != 0, $"{what} was let pass");
        Poke(Modern + 0x14, 1, 0);
        Assert.True(_memory.TryWrite(new GuestAddress(Descriptors), new byte[0x2000]));
        Read(StartModern(), 7);
        Assert.Equal(_disk.Contents[(7 * 512)..(8 * 512)], Bytes(Data, 512));
    }

    /// <summary>Hostile class: DMA to a device's own registers.</summary>
    public static TheoryData<string, ulong[], ushort> InRegisters => new()
    {
        { "its own notification register", [Notify, 16, 0, 0], 1 },
        { "its own configuration", [Modern, 64, 2, 0], 1 },
        { "its table of messages", [Messages, 16, 2, 0], 1 },
        { "an indirect table in its registers", [Modern, 32, 4, 0], 1 },
    };

    private VirtioPci Plug(bool transitional, int slot)
    {
        var device = new VirtioBlock($"disk{slot}", _disk, new() { QueueCount = 2 }, _memory, MachineLog.Silent);
        var virtio = _system.Bus.Add(new VirtioPci($"virtio{slot}", device, transitional, MachineLog.Silent), slot);
        if (slot != Slot) return virtio;
        _system.Write(slot, 0x10, Ports);
        _system.Write(slot, 0x14, (uint)Messages);
        _system.Write(slot, 0x20, 0);
        _system.Write(slot, 0x24, (uint)(Modern >> 32));
        _system.Write(slot, 4, 7, 2);
        return virtio;
    }

    /// <summary>3.1.1 and 4.1.5.1: sets the device up with its first queue.</summary>
    private DriverQueue StartModern(int vector = 0xffff, uint features = 0)
    {
        Poke(Modern + 0x14, 1, 0);
        Poke(Modern + 0x14, 1, 3);
        Poke(Modern + 0x08, 4, 0);
        Poke(Modern + 0x0c, 4, features);
        Poke(Modern + 0x08, 4, 1);
        Poke(Modern + 0x0c, 4, 1);
        Poke(Modern + 0x14, 1, 11);
        Assert.Equal(11ul, Peek(Modern + 0x14, 1));
        Assert.Equal(2ul, Peek(Modern + 0x12, 2));
        Poke(Modern + 0x16, 2, 0);
        Poke(Modern + 0x18, 2, Size);
        Poke(Modern + 0x1a, 2, (ulong)vector);
        Poke(Modern + 0x20, 4, unchecked((uint)Descriptors));
        Poke(Modern + 0x24, 4, Descriptors >> 32);
        Poke(Modern + 0x28, 8, Available);
        Poke(Modern + 0x30, 8, Used);
        Poke(Modern + 0x1c, 2, 1);
        Assert.Equal(1ul, Peek(Modern + 0x1c, 2));
        Assert.Equal(0ul, Peek(Modern + 0x1e, 2));
        Poke(Modern + 0x14, 1, 15);
        return new DriverQueue(() => Poke(Notify, 2, 0), () => { }, _memory, Size, Descriptors, Available, Used, VirtioDriver.Version1Feature);
    }

    private void Read(DriverQueue queue, ulong sector)
    {
        var header = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(header.AsSpan(8), sector);
        Assert.True(_memory.TryWrite(new GuestAddress(Header), header));
        queue.Add([new Part(Header, 16, false), new Part(Data, 512, true), new Part(Status, 1, true)]);
        queue.Kick();
        _virtio.Drain();
        Assert.True(queue.TryTake(out _, out var written));
        Assert.Equal(513u, written);
        Assert.Equal([0], Bytes(Status, 1));
    }

    private int FindMessages()
    {
        var at = (int)_system.Read(Slot, 0x34, 1);
        while (_system.Read(Slot, at, 1) != 0x11) at = (int)_system.Read(Slot, at + 1, 1);
        return at;
    }

    private ulong Peek(ulong address, int size) => _system.Memory.Find(address)!.Read(address, size);

    private void Poke(ulong address, int size, ulong value) => _system.Memory.Find(address)!.Write(address, size, value);

    private uint In(int register, int size) => _system.Ports.Read((ushort)(Ports + register), size);

    private void Out(int register, int size, uint value) => _system.Ports.Write((ushort)(Ports + register), size, value);

    private byte[] Bytes(ulong address, int length)
    {
        var bytes = new byte[length];
        Assert.True(_memory.TryRead(new GuestAddress(address), bytes));
        return bytes;
    }

    private sealed class OddDevice(GuestMemory memory) : VirtioDevice("odd", 40, 1, 8, memory, MachineLog.Silent)
    {
        protected override ulong TypeFeatures => 0;

        protected override ReadOnlySpan<byte> Configuration => [];

        protected override void OnNotify(VirtQueue queue)
        {
        }
    }
}
