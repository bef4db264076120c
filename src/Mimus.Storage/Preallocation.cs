namespace Mimus.Storage;

/// <summary>How much of an image's space is taken when it is made.</summary>
public enum Preallocation
{
    Off,

    /// <summary>Every cluster has its place, which the file has as a hole.</summary>
    Metadata,

    /// <summary>The file system keeps the space free.</summary>
    Falloc,

    /// <summary>The space is written.</summary>
    Full,
}
