namespace Mimus.Cli.Qemu;

/// <summary>A node of <c>-blockdev</c>: a host file, or a view on another node.</summary>
/// <param name="Path">The host file; null for a view.</param>
/// <param name="Below">The node that it is a view on; null for a file.</param>
/// <param name="IsReadOnly">Nothing is written through it.</param>
internal sealed record BlockNode(string? Path, string? Below, bool IsReadOnly)
{
    /// <summary>The format that the view takes it for; null where it takes none.</summary>
    public string? Format { get; init; }

    /// <summary>Files that the image names are opened.</summary>
    public bool Follows { get; init; }
}
