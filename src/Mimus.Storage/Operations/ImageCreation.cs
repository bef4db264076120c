using Mimus.Storage.Files;
using Mimus.Storage.Formats;
using Mimus.Storage.Qcow2;

namespace Mimus.Storage.Operations;

/// <summary>Makes new images.</summary>
public static class ImageCreation
{
    /// <exception cref="DiskImageException">The image cannot be made as asked; nothing was touched then, or it cannot be written.</exception>
    public static void CreateQcow2(string path, long size, Qcow2Options options)
    {
        Qcow2Creator.Check(options, size);
        using var data = options.DataFileName is null ? null : HostFile.Create(options.DataFileName);
        using var file = HostFile.Create(path);
        Qcow2Creator.Create(file, data, size, options);
    }

    public static void CreateRaw(string path, long size, Preallocation preallocation)
    {
        using var file = HostFile.Create(path);
        file.SetLength(size);
        if (preallocation is Preallocation.Falloc or Preallocation.Full && !Qcow2Creator.ReservationOf(preallocation)(file, 0, size))
            throw new DiskImageException("the file system cannot give space out without writing it; use preallocation=full or off");
    }

    /// <summary>The formats in which images can be made.</summary>
    public static IReadOnlyList<string> Formats { get; } = [ImageFormats.Raw, ImageFormats.Qcow2];
}
