namespace Mimus.Core.Memory;

/// <summary>
/// What <see cref="AddressSpace"/> last found for somebody, who is likely to ask for the same region again. It holds as long as
/// the map is the same.
/// </summary>
public readonly struct RegionHint
{
    internal readonly IoRegion[]? Map;
    internal readonly IoRegion? Region;
    internal readonly ulong Start, Length;

    internal RegionHint(IoRegion[] map, IoRegion region)
    {
        Map = map;
        Region = region;
        Start = region.Range.Start;
        Length = region.Range.Length;
    }
}
