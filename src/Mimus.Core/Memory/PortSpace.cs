using Mimus.Core.Devices;

namespace Mimus.Core.Memory;

/// <summary>
/// The I/O ports of a machine that has them: 64 Ki addresses beside those of memory. Where nothing answers, a read gives all ones
/// and a write is lost. An access that is not inside one device is made of accesses to single bytes, as buses of that kind do.
/// </summary>
public sealed class PortSpace
{
    /// <summary>How many ports there are.</summary>
    public const int Count = 0x10000;

    private readonly AddressSpace _map = new();

    /// <summary>The map behind it, for who finds regions by itself.</summary>
    public AddressSpace Space => _map;

    /// <summary>All regions in the order of their addresses.</summary>
    public IReadOnlyList<IoRegion> Regions => _map.Regions;

    /// <param name="first">The first port.</param>
    /// <param name="count">How many ports.</param>
    /// <param name="device">Whose registers they are.</param>
    /// <param name="offset">The device's offset that the first port stands for.</param>
    /// <param name="widest">The widest access that the device takes, in bytes: on the PC most devices take single bytes.</param>
    public IoRegion Map(int first, int count, IMmioDevice device, ulong offset = 0, int widest = 1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + count, Count);
        return _map.Map(new AddressRange((ulong)first, (ulong)count), device, offset, widest);
    }

    /// <summary>The same, but null where something else is already: for places that the guest chooses.</summary>
    public IoRegion? TryMap(int first, int count, IMmioDevice device, ulong offset = 0, int widest = 1) => first + count > Count
        ? null
        : _map.TryMap(new AddressRange((ulong)first, (ulong)count), device, offset, widest);

    public void Unmap(IoRegion region) => _map.Unmap(region);

    /// <summary>The region at a port, or null where nothing answers.</summary>
    public IoRegion? Find(ushort port) => _map.Find(port);

    /// <summary>Reads 1, 2 or 4 bytes.</summary>
    public uint Read(ushort port, int size)
    {
        var region = _map.Find(port);
        if (region is not null && region.Range.Contains(port, (ulong)size)) return (uint)region.Read(port, size);
        if (size == 1) return byte.MaxValue;
        uint value = 0;
        for (var i = 0; i < size; i++) value |= (port + i < Count ? Read((ushort)(port + i), 1) : byte.MaxValue) << (8 * i);
        return value;
    }

    /// <summary>Writes 1, 2 or 4 bytes.</summary>
    public void Write(ushort port, int size, uint value)
    {
        var region = _map.Find(port);
        if (region is not null && region.Range.Contains(port, (ulong)size))
        {
            region.Write(port, size, value);
            return;
        }
        for (var i = 0; size > 1 && i < size && port + i < Count; i++) Write((ushort)(port + i), 1, (byte)(value >> (8 * i)));
    }
}
