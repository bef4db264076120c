using Mimus.Storage;
using Mimus.Storage.Files;
using Mimus.Storage.Formats;
using Mimus.Storage.Qcow2;

namespace Mimus.Cli.Images;

/// <summary>Opens the images that a verb is about, by the options that all verbs share.</summary>
internal static class ImageSource
{
    public const string FollowVariable = "MIMUS_FOLLOW";

    public static ImageOptions Options(ImageArguments arguments, bool readOnly, string formatOption = "f") => new()
    {
        Format = Format(arguments, arguments.Get(formatOption)),
        IsReadOnly = readOnly,
        Follows = arguments.Has("follow") || Environment.GetEnvironmentVariable(FollowVariable) == "1",
        FollowOption = $"--follow (or set {FollowVariable}=1)",
        IsShared = arguments.Has("U"),
        Cache = !arguments.Has("t") ? CacheMode.WriteBack : CacheModes.ByName.TryGetValue(arguments.Get("t")!, out var mode) ? mode
            : throw new Boards.ConfigurationException($"{arguments.Verb}: '{arguments.Get("t")}' is not a cache mode; there are {string.Join(", ", CacheModes.ByName.Keys)}"),
    };

    public static ImageDisk Open(ImageArguments arguments, string path, bool readOnly, string formatOption = "f") =>
        DiskImages.Open(path, Options(arguments, readOnly, formatOption));

    /// <summary>Opens an image that has to be qcow2 for what is to be done with it.</summary>
    public static Qcow2Disk OpenQcow2(ImageArguments arguments, string path, bool readOnly, bool alone)
    {
        var disk = DiskImages.Open(path, Options(arguments, readOnly) with { IsAlone = alone });
        if (disk is Qcow2Disk qcow2) return qcow2;
        disk.Dispose();
        throw new DiskImageException($"disk image '{path}' has the format {disk.Format}, which cannot do that; qcow2 can");
    }

    public static string? Format(ImageArguments arguments, string? name) => name is null || ImageFormats.Known.Contains(name)
        ? name
        : throw new Boards.ConfigurationException($"{arguments.Verb}: format '{name}' is not known{Boards.Suggestion.For(name, ImageFormats.Known)}; there are {string.Join(" and ", ImageFormats.Known)}");

    /// <summary>A snapshot by its number or name, as <c>qemu-img</c> finds them.</summary>
    public static Qcow2Snapshot Snapshot(Qcow2Disk disk, string name) =>
        disk.Snapshots.FirstOrDefault(s => s.Id == name) ?? disk.Snapshots.FirstOrDefault(s => s.Name == name)
        ?? throw new DiskImageException($"there is no snapshot '{name}'{Boards.Suggestion.For(name, disk.Snapshots.Select(s => s.Name))}");
}
