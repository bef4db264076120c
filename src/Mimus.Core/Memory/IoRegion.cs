using System.Buffers.Binary;
using Mimus.Core.Devices;

namespace Mimus.Core.Memory;

/// <summary>One region of an address space: a device's registers, or a block of RAM.</summary>
public sealed class IoRegion
{
    internal IoRegion(AddressRange range, string name, IMmioDevice? device, RamBlock? ram)
    {
        Range = range;
        Name = name;
        Device = device;
        Ram = ram;
    }

    public AddressRange Range { get; }

    public string Name { get; }

    /// <summary>The device whose registers these are; null for RAM.</summary>
    public IMmioDevice? Device { get; }

    public RamBlock? Ram { get; }

    /// <summary>Reads device registers, little-endian; the access must be inside the region.</summary>
    public ulong Read(ulong address, int size)
    {
        Span<byte> data = stackalloc byte[8];
        data.Clear();
        Device!.Read(address - Range.Start, data[..size]);
        return BinaryPrimitives.ReadUInt64LittleEndian(data);
    }

    /// <summary>Writes device registers, little-endian; the access must be inside the region.</summary>
    public void Write(ulong address, int size, ulong value)
    {
        Span<byte> data = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(data, value);
        Device!.Write(address - Range.Start, data[..size]);
    }
}
