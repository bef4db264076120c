using System.Buffers.Binary;
using Mimus.Core.Memory;

namespace Mimus.Boards.Acpi;

/// <summary>The resources of a device, as _CRS gives them (ACPI 6.5, 6.4).</summary>
internal sealed class ResourceTemplate
{
    private const byte Ports = 0x47, Irq = 0x22, Dma = 0x2a, FixedMemory = 0x86, DwordSpace = 0x87, WordSpace = 0x88, QwordSpace = 0x8a, End = 0x79;
    private const byte SpaceOfMemory = 0, SpaceOfPorts = 1, SpaceOfBuses = 2;
    private const byte ExtendedIrq = 0x89, Consumer = 1;
    private const byte FixedRange = 0x0c, ReadWrite = 1, EntireRange = 3, Decodes16Bits = 1;

    private readonly List<byte> _bytes = [];

    public byte[] ToAml() => AmlWriter.Buffer([.. _bytes, End, 0]);

    public ResourceTemplate Port(int first, int count)
    {
        _bytes.AddRange([Ports, Decodes16Bits, .. Little((ulong)first, 2), .. Little((ulong)first, 2), 1, (byte)count]);
        return this;
    }

    public ResourceTemplate Interrupt(int irq)
    {
        _bytes.AddRange([Irq, .. Little(1ul << irq, 2)]);
        return this;
    }

    /// <summary>An interrupt by its number at the I/O APIC, a level that is active when it is high (6.4.3.6).</summary>
    public ResourceTemplate WideInterrupt(int number)
    {
        _bytes.AddRange([ExtendedIrq, 6, 0, Consumer, 1, .. Little((ulong)number, 4)]);
        return this;
    }

    public ResourceTemplate DmaChannel(int channel)
    {
        _bytes.AddRange([Dma, (byte)(1 << channel), 0]);
        return this;
    }

    public ResourceTemplate Memory(AddressRange range)
    {
        _bytes.AddRange([FixedMemory, 9, 0, ReadWrite, .. Little(range.Start, 4), .. Little(range.Length, 4)]);
        return this;
    }

    /// <summary>Bus numbers that a bridge passes on.</summary>
    public ResourceTemplate Buses(int first, int last) => Space(WordSpace, sizeof(ushort), SpaceOfBuses, 0, (ulong)first, (ulong)last);

    /// <summary>Ports that a bridge passes on.</summary>
    public ResourceTemplate PortWindow(int first, int last) => Space(WordSpace, sizeof(ushort), SpaceOfPorts, EntireRange, (ulong)first, (ulong)last);

    /// <summary>Addresses that a bridge passes on.</summary>
    public ResourceTemplate MemoryWindow(AddressRange range) =>
        range.Last <= uint.MaxValue ? Space(DwordSpace, sizeof(uint), SpaceOfMemory, ReadWrite, range.Start, range.Last)
        : Space(QwordSpace, sizeof(ulong), SpaceOfMemory, ReadWrite, range.Start, range.Last);

    /// <summary>An address space descriptor (6.4.3.5): granularity, first, last, translation and length.</summary>
    private ResourceTemplate Space(byte descriptor, int width, byte kind, byte flags, ulong first, ulong last)
    {
        var length = 3 + (5 * width);
        _bytes.AddRange([descriptor, .. Little((ulong)length, 2), kind, FixedRange, flags, .. Little(0, width), .. Little(first, width), .. Little(last, width),
            .. Little(0, width), .. Little(last - first + 1, width)]);
        return this;
    }

    private static byte[] Little(ulong value, int width)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes[..width];
    }
}
