using System.Runtime.CompilerServices;
using Mimus.Core.Devices;

namespace Mimus.Core.Memory;

/// <summary>
/// What a vCPU sees at each physical address: RAM or a device's registers. The map is an immutable sorted array that is
/// swapped as a whole, so readers need no lock.
/// </summary>
public sealed class AddressSpace
{
    private readonly Lock _changes = new();
    private volatile IoRegion[] _regions = [];

    /// <summary>All regions in the order of their addresses.</summary>
    public IReadOnlyList<IoRegion> Regions => _regions;

    /// <summary>The map is another one. Raised on the thread that changed it, one change after the other; who is called changes nothing here.</summary>
    public event Action? Changed;

    /// <param name="range">Where the registers are.</param>
    /// <param name="device">Whose they are.</param>
    /// <param name="offset">The device's offset that the range begins with: a device may have registers in several places.</param>
    /// <param name="widest">The widest access that the device takes: 1, 2, 4 or 8 bytes.</param>
    public IoRegion Map(AddressRange range, IMmioDevice device, ulong offset = 0, int widest = sizeof(ulong)) =>
        Add(new IoRegion(range, device, offset, widest));

    public IoRegion Map(RamBlock block) => Map(block.Range, block, offset: 0, isReadOnly: false);

    /// <param name="range">Where the memory is seen.</param>
    /// <param name="block">The memory.</param>
    /// <param name="offset">The offset in it that the range begins with.</param>
    /// <param name="isReadOnly">Stores have no effect here, even if they have elsewhere.</param>
    public IoRegion Map(AddressRange range, RamBlock block, ulong offset, bool isReadOnly) => Add(new IoRegion(range, block, offset, isReadOnly));

    /// <summary>The same as <see cref="Map(AddressRange, IMmioDevice, ulong, int)"/>, but null where something else is already: for places that the guest chooses.</summary>
    public IoRegion? TryMap(AddressRange range, IMmioDevice device, ulong offset = 0, int widest = sizeof(ulong))
    {
        var region = new IoRegion(range, device, offset, widest);
        lock (_changes)
        {
            if (Insert(region) is not null) return null;
            Changed?.Invoke();
        }
        return region;
    }

    public void Unmap(IoRegion region)
    {
        lock (_changes)
        {
            _regions = [.. _regions.Where(r => r != region)];
            Changed?.Invoke();
        }
    }

    /// <summary>The region at an address, or null where nothing answers.</summary>
    public IoRegion? Find(ulong address) => Find(_regions, address);

    /// <summary>The same, looking first where the caller found something the last time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public IoRegion? Find(ulong address, ref RegionHint hint) =>
        hint.Map == _regions && address - hint.Start < hint.Length ? hint.Region : FindAnew(address, ref hint);

    private IoRegion? FindAnew(ulong address, ref RegionHint hint)
    {
        var regions = _regions;
        if (Find(regions, address) is not { } region) return null;
        hint = new RegionHint(regions, region);
        return region;
    }

    private static IoRegion? Find(IoRegion[] regions, ulong address)
    {
        int low = 0, high = regions.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var range = regions[middle].Range;
            if (address < range.Start) high = middle - 1;
            else if (address > range.Last) low = middle + 1;
            else return regions[middle];
        }
        return null;
    }

    private IoRegion Add(IoRegion region)
    {
        lock (_changes)
        {
            if (Insert(region) is { } other) throw new ArgumentException($"{region.Name} at {region.Range} overlaps {other.Name} at {other.Range}", nameof(region));
            Changed?.Invoke();
        }
        return region;
    }

    /// <summary>Puts a region in its place; where it overlaps another, nothing changes, and that one is returned.</summary>
    private IoRegion? Insert(IoRegion region)
    {
        foreach (var other in _regions)
        {
            if (other.Range.Overlaps(region.Range)) return other;
        }
        var before = 0;
        while (before < _regions.Length && _regions[before].Range.Start < region.Range.Start) before++;
        _regions = [.. _regions[..before], region, .. _regions[before..]];
        return null;
    }
}
