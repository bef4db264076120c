namespace Mimus.Storage;

/// <summary>A disk image cannot be used; the message says which, why, and what to do, for people.</summary>
public sealed class DiskImageException : IOException
{
    public DiskImageException(string message)
        : base(message)
    {
    }

    public DiskImageException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
