namespace Mimus.Storage.Files;

/// <summary>The cache modes by the names that QEMU gives them; the page cache is used in all of them.</summary>
public static class CacheModes
{
    public static IReadOnlyDictionary<string, CacheMode> ByName { get; } = new Dictionary<string, CacheMode>
    {
        ["writeback"] = CacheMode.WriteBack,
        ["none"] = CacheMode.WriteBack,
        ["writethrough"] = CacheMode.WriteThrough,
        ["directsync"] = CacheMode.WriteThrough,
        ["unsafe"] = CacheMode.Unsafe,
    };
}
