using Mimus.Storage.Files;

namespace Mimus.Storage;

/// <summary>How an image is to be opened.</summary>
public sealed record ImageOptions
{
    /// <summary>The format; null to look how the file begins.</summary>
    public string? Format { get; init; }

    public bool IsReadOnly { get; init; }

    /// <summary>
    /// Other files that the image names, a backing file or a file of its data, are opened. Without this it is an error that it names
    /// one: whoever made the image could otherwise have any file of the host shown to a guest.
    /// </summary>
    public bool Follows { get; init; }

    /// <summary>How a person asks for <see cref="Follows"/>, for the error.</summary>
    public string FollowOption { get; init; } = "--follow";

    /// <summary>The image's layer only: what it names is left closed, and reads as zeroes.</summary>
    public bool IsAlone { get; init; }

    /// <summary>This file is the backing file, whatever the image names.</summary>
    public string? BackingPath { get; init; }

    public string? BackingFormat { get; init; }

    public CacheMode Cache { get; init; }

    /// <summary>Nobody is kept from using the file at the same time.</summary>
    public bool IsShared { get; init; }
}
