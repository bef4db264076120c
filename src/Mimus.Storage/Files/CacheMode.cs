namespace Mimus.Storage.Files;

/// <summary>When what is written to a host file has to outlive a loss of power.</summary>
public enum CacheMode
{
    /// <summary>After a flush, as on a disk with a cache of its own.</summary>
    WriteBack,

    /// <summary>When the write returns.</summary>
    WriteThrough,

    /// <summary>Sometime; flushes do nothing. For images that are made anew if something happens meanwhile.</summary>
    Unsafe,
}
