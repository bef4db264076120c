using System.Buffers.Binary;
using Mimus.Core.Memory;
using Mimus.Devices.Tests.Support;
using Mimus.Devices.Virtio;

namespace Mimus.Devices.Tests.Virtio;

/// <summary>A small virtio-mmio driver, written from the driver's paragraphs of virtio 1.2, for one device and its queues.</summary>
internal sealed class VirtioDriver
{
    public const ulong RamStart = 0x8000_0000, RamLength = 8 << 20;
    public const ulong IndirectFeature = 1ul << 28, EventIndexFeature = 1ul << 29, Version1Feature = 1ul << 32;

    private readonly VirtioMmio _mmio;
    private readonly GuestMemory _memory;
    private readonly bool _legacy;
    private ulong _nextFree = RamStart + 0x1000;

    public VirtioDriver(VirtioMmio mmio, GuestMemory memory, bool legacy)
    {
        _mmio = mmio;
        _memory = memory;
        _legacy = legacy;
    }

    public ulong Features { get; private set; }

    public static GuestMemory NewMemory()
    {
        var memory = new GuestMemory();
        memory.Add("ram", new AddressRange(RamStart, RamLength));
        return memory;
    }

    /// <summary>3.1.1: the steps until FEATURES_OK.</summary>
    public void Begin(ulong wantedFeatures)
    {
        Assert.Equal(0x74726976u, _mmio.Read32(0x000));
        Assert.Equal(_legacy ? 1u : 2u, _mmio.Read32(0x004));
        _mmio.Write32(0x070, 0);
        _mmio.Write32(0x070, 1);
        _mmio.Write32(0x070, 3);
        _mmio.Write32(0x014, 0);
        ulong offered = _mmio.Read32(0x010);
        _mmio.Write32(0x014, 1);
        offered |= (ulong)_mmio.Read32(0x010) << 32;
        Features = offered & (wantedFeatures | (_legacy ? 0 : Version1Feature));
        _mmio.Write32(0x024, 0);
        _mmio.Write32(0x020, (uint)Features);
        _mmio.Write32(0x024, 1);
        _mmio.Write32(0x020, (uint)(Features >> 32));
        if (_legacy)
        {
            _mmio.Write32(0x028, 4096);
            return;
        }
        _mmio.Write32(0x070, 11);
        Assert.Equal(11u, _mmio.Read32(0x070));
    }

    /// <summary>4.2.3.2, 4.2.4.1: gives the device a queue.</summary>
    public DriverQueue AddQueue(int index, int size)
    {
        _mmio.Write32(0x030, (uint)index);
        Assert.True(_mmio.Read32(0x034) >= size);
        _mmio.Write32(0x038, (uint)size);
        // A ring begins empty, whatever an earlier driver has left there: the device may look as soon as it is enabled.
        var descriptors = Allocate(0x10000, 4096);
        Assert.True(_memory.TryWrite(new GuestAddress(descriptors), new byte[0x10000]));
        var available = descriptors + 16 * (ulong)size;
        var used = (available + 4 + 2 * ((ulong)size + 1) + 4095) & ~4095ul;
        if (_legacy)
        {
            Assert.Equal(0u, _mmio.Read32(0x040));
            _mmio.Write32(0x03c, 4096);
            _mmio.Write32(0x040, (uint)(descriptors / 4096));
            Assert.Equal((uint)(descriptors / 4096), _mmio.Read32(0x040));
        }
        else
        {
            Assert.Equal(0u, _mmio.Read32(0x044));
            foreach (var (register, value) in new[] { (0x080ul, descriptors), (0x090ul, available), (0x0a0ul, used) })
            {
                _mmio.Write32(register, (uint)value);
                _mmio.Write32(register + 4, (uint)(value >> 32));
            }
            _mmio.Write32(0x044, 1);
            Assert.Equal(1u, _mmio.Read32(0x044));
        }
        return new DriverQueue(() => _mmio.Write32(0x050, (uint)index), Acknowledge, _memory, size, descriptors, available, used, Features);
    }

    private void Acknowledge()
    {
        _mmio.Write32(0x064, _mmio.Read32(0x060));
        Assert.Equal(0u, _mmio.Read32(0x070) & 64);
    }

    public void Go() => _mmio.Write32(0x070, _legacy ? 7u : 15u);

    public ulong Allocate(ulong length, ulong alignment = 16)
    {
        var address = (_nextFree + alignment - 1) & ~(alignment - 1);
        _nextFree = address + length;
        Assert.True(_nextFree <= RamStart + RamLength);
        return address;
    }

    public ulong Allocate(ReadOnlySpan<byte> contents)
    {
        var address = Allocate((ulong)contents.Length);
        Assert.True(_memory.TryWrite(new GuestAddress(address), contents));
        return address;
    }

    public byte[] Bytes(ulong address, int length)
    {
        var bytes = new byte[length];
        Assert.True(_memory.TryRead(new GuestAddress(address), bytes));
        return bytes;
    }
}

/// <summary>One buffer of a request.</summary>
internal readonly record struct Part(ulong Address, uint Length, bool Writable);

/// <summary>The driver's end of one virtqueue (2.7.13, 2.7.14).</summary>
internal sealed class DriverQueue(
    Action notify, Action acknowledge, GuestMemory memory, int size, ulong descriptors, ulong available, ulong used, ulong features)
{
    private readonly Stack<ushort> _free = new(Enumerable.Range(0, size).Reverse().Select(i => (ushort)i));
    private readonly Dictionary<ushort, ushort[]> _chains = [];
    private ushort _nextAvailable, _nextUsed;

    public ulong Descriptors => descriptors;

    public ulong Available => available;

    public ulong Used => used;

    public int Kicks { get; private set; }

    private bool EventIndex => (features & VirtioDriver.EventIndexFeature) != 0;

    /// <summary>Makes one request available, through an indirect table where one is given.</summary>
    public ushort Add(ReadOnlySpan<Part> parts, ulong indirectTable = 0)
    {
        var indices = new ushort[indirectTable != 0 ? 1 : parts.Length];
        for (var i = 0; i < indices.Length; i++) indices[i] = _free.Pop();
        for (var i = 0; i < parts.Length; i++)
        {
            var last = i == parts.Length - 1;
            var flags = (ushort)((last ? 0 : 1) | (parts[i].Writable ? 2 : 0));
            if (indirectTable != 0) WriteDescriptor(indirectTable, i, parts[i].Address, parts[i].Length, flags, (ushort)(i + 1));
            else WriteDescriptor(descriptors, indices[i], parts[i].Address, parts[i].Length, flags, last ? (ushort)0 : indices[i + 1]);
        }
        if (indirectTable != 0) WriteDescriptor(descriptors, indices[0], indirectTable, (uint)(16 * parts.Length), 4, 0);
        _chains.Add(indices[0], indices);
        Write(available + 4 + 2 * (ulong)(_nextAvailable % size), indices[0]);
        Write(available + 2, ++_nextAvailable);
        return indices[0];
    }

    /// <summary>Notifies the device of the last <paramref name="added"/> requests if it wants that.</summary>
    public void Kick(int added = 1)
    {
        Interlocked.MemoryBarrier();
        bool wanted;
        if (EventIndex)
        {
            var passed = Read(used + 4 + 8 * (ulong)size);
            wanted = unchecked((ushort)(_nextAvailable - passed - 1)) < added;
        }
        else
        {
            wanted = (Read(used) & 1) == 0;
        }
        if (!wanted) return;
        Kicks++;
        notify();
    }

    /// <summary>Asks for an interrupt once so many more requests are used; only with event indices.</summary>
    public void InterruptAfter(int count) => Write(available + 4 + 2 * (ulong)size, unchecked((ushort)(_nextUsed + count - 1)));

    public void NoInterrupts() => Write(available, 1);

    /// <summary>Takes a used request back.</summary>
    public bool TryTake(out ushort head, out uint written)
    {
        head = 0;
        written = 0;
        if (Read(used + 2) == _nextUsed) return false;
        var entry = used + 4 + 8 * (ulong)(_nextUsed % size);
        Assert.True(memory.TryRead<uint>(new GuestAddress(entry), out var id));
        Assert.True(memory.TryRead(new GuestAddress(entry + 4), out written));
        head = (ushort)id;
        Assert.True(_chains.Remove(head, out var indices), $"request {id} was not the device's");
        foreach (var i in indices) _free.Push(i);
        _nextUsed++;
        return true;
    }

    /// <summary>Waits for the next used request by its interrupt.</summary>
    public (ushort Head, uint Written) Take(Wires wires)
    {
        while (true)
        {
            if (EventIndex) InterruptAfter(1);
            Interlocked.MemoryBarrier();
            if (TryTake(out var head, out var written)) return (head, written);
            wires.WaitHigh(0);
            acknowledge();
        }
    }

    public void WriteDescriptor(ulong table, int i, ulong address, uint length, ushort flags, ushort next)
    {
        Span<byte> descriptor = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(descriptor, address);
        BinaryPrimitives.WriteUInt32LittleEndian(descriptor[8..], length);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[12..], flags);
        BinaryPrimitives.WriteUInt16LittleEndian(descriptor[14..], next);
        Assert.True(memory.TryWrite(new GuestAddress(table + 16 * (ulong)i), descriptor));
    }

    private ushort Read(ulong address)
    {
        Assert.True(memory.TryRead<ushort>(new GuestAddress(address), out var value));
        return value;
    }

    private void Write(ulong address, ushort value) => Assert.True(memory.TryWrite(new GuestAddress(address), value));
}
