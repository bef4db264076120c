using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mimus.Core.Devices;

namespace Mimus.Core.Memory;

/// <summary>One region of an address space: a device's registers, or a block of RAM.</summary>
public sealed unsafe class IoRegion
{
    private readonly ulong _origin; // the address that would be offset 0 of the device or the block

    internal IoRegion(AddressRange range, IMmioDevice device, ulong offset, int widest)
    {
        Range = range;
        Name = device.Name;
        Device = device;
        Widest = widest;
        _origin = unchecked(range.Start - offset);
    }

    internal IoRegion(AddressRange range, RamBlock ram, ulong offset, bool isReadOnly)
    {
        Range = range;
        Name = ram.Name;
        Ram = ram;
        IsReadOnly = isReadOnly || ram.ReadOnly;
        _origin = unchecked(range.Start - offset);
    }

    public AddressRange Range { get; }

    public string Name { get; }

    /// <summary>The device whose registers these are; null for RAM.</summary>
    public IMmioDevice? Device { get; }

    public RamBlock? Ram { get; }

    /// <summary>Stores to this RAM have no effect.</summary>
    public bool IsReadOnly { get; }

    /// <summary>The widest access that the device's bus carries, in bytes; wider ones reach it in pieces, the lowest address first.</summary>
    public int Widest { get; } = sizeof(ulong);

    /// <summary>The offset in the block of RAM of an address in the region.</summary>
    public ulong OffsetOf(ulong address) => unchecked(address - _origin);

    /// <summary>Where the host keeps the RAM at an address in the region.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* HostOf(ulong address) => Ram!.Pointer + OffsetOf(address);

    /// <summary>Reads device registers, little-endian; the access must be inside the region.</summary>
    public ulong Read(ulong address, int size)
    {
        ulong word = 0;
        var data = MemoryMarshal.AsBytes(new Span<ulong>(ref word));
        var offset = unchecked(address - _origin);
        if (size > Widest)
        {
            for (var i = 0; i < size; i += Widest) Device!.Read(offset + (ulong)i, data.Slice(i, Math.Min(Widest, size - i)));
            return BinaryPrimitives.ReadUInt64LittleEndian(data);
        }
        Device!.Read(offset, data[..size]);
        // Not more than what has just been written: the host would wait until that is in its cache.
        return size switch
        {
            sizeof(byte) => data[0],
            sizeof(ushort) => BinaryPrimitives.ReadUInt16LittleEndian(data),
            sizeof(uint) => BinaryPrimitives.ReadUInt32LittleEndian(data),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(data),
        };
    }

    /// <summary>Writes device registers, little-endian; the access must be inside the region.</summary>
    public void Write(ulong address, int size, ulong value)
    {
        Span<byte> data = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(data, value);
        var offset = unchecked(address - _origin);
        if (size <= Widest)
        {
            Device!.Write(offset, data[..size]);
            return;
        }
        for (var i = 0; i < size; i += Widest) Device!.Write(offset + (ulong)i, data.Slice(i, Math.Min(Widest, size - i)));
    }
}
