using Mimus.Storage.Files;
using Mimus.Storage.Formats;
using Mimus.Storage.Qcow2;

namespace Mimus.Storage;

/// <summary>Opens images: finds the format, and what is below it.</summary>
public static class DiskImages
{
    /// <summary>More layers than this are taken for a mistake.</summary>
    private const int LongestChain = 200;

    /// <exception cref="DiskImageException">The image cannot be used as asked.</exception>
    public static ImageDisk Open(string path, ImageOptions options) => Open(HostFile.Open(path, options.IsReadOnly, options.Cache, options.IsShared), options, [FullPath(path)]);

    /// <summary>Opens an image in a file that is open already, and disposes of it with the disk, or when that fails.</summary>
    public static ImageDisk Open(IImageFile file, ImageOptions options) => Open(file, options, [FullPath(file.Name)]);

    /// <summary>The format of an open file, by how it begins.</summary>
    public static string? Probe(IImageFile file)
    {
        var sector = new byte[ImageDisk.SectorSize];
        file.Read(0, sector);
        return ImageFormats.Recognize(sector);
    }

    private static ImageDisk Open(IImageFile file, ImageOptions options, List<string> chain)
    {
        try
        {
            var format = options.Format ?? Probe(file);
            switch (format)
            {
                case null or ImageFormats.Raw:
                    return new RawDisk(file, isGuess: format is null);
                case ImageFormats.Qcow2:
                    return OpenQcow2(file, options, chain);
                default:
                    throw new DiskImageException($"disk image '{file.Name}' has the format {format}, which cannot be opened; {string.Join(" and ", ImageFormats.Known)} can");
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static Qcow2Disk OpenQcow2(IImageFile file, ImageOptions options, List<string> chain)
    {
        var header = Qcow2Header.Read(file);
        if (!file.IsReadOnly)
        {
            if ((header.Incompatible & Qcow2Header.Corrupt) != 0)
                throw new DiskImageException($"disk image '{file.Name}' is marked as damaged; repair it with 'mimus-img check -r all', or open it read-only");
            if ((header.Incompatible & Qcow2Header.Dirty) != 0 && !header.HasDataFile)
            {
                var result = Qcow2Checker.Repair(file, header, leaksOnly: false);
                if (result.Corruptions > 0) throw new DiskImageException($"disk image '{file.Name}' was not closed, and is damaged; look at it with 'mimus-img check'");
            }
        }
        IImageFile? data = null;
        ImageDisk? backing = null;
        try
        {
            if (header.HasDataFile && !options.IsAlone) data = OpenData(file, header, options);
            if (options.IsAlone && header.HasDataFile) data = new NoFile();
            if (!options.IsAlone && (options.BackingPath ?? header.BackingName) is { Length: > 0 }) backing = OpenBacking(file, header, options, chain);
            return new Qcow2Disk(file, header, data, backing);
        }
        catch
        {
            data?.Dispose();
            backing?.Dispose();
            throw;
        }
    }

    private static HostFile OpenData(IImageFile file, Qcow2Header header, ImageOptions options)
    {
        var name = header.DataFileName ?? throw new DiskImageException($"disk image '{file.Name}' keeps its data in another file, and does not say in which");
        CheckFollow(file, "data file", name, options);
        return HostFile.Open(ImageReference.Parse(name).Path, file.IsReadOnly, options.Cache, options.IsShared);
    }

    private static ImageDisk OpenBacking(IImageFile file, Qcow2Header header, ImageOptions options, List<string> chain)
    {
        string path;
        string? format;
        if (options.BackingPath is not null) (path, format) = (options.BackingPath, options.BackingFormat);
        else
        {
            CheckFollow(file, "backing file", header.BackingName!, options);
            var reference = ImageReference.Parse(header.BackingName!);
            (path, format) = (reference.PathFrom(file.Name), reference.Format ?? header.BackingFormat);
        }
        var full = FullPath(path);
        if (chain.Contains(full)) throw new DiskImageException($"disk image '{path}' is below itself: {string.Join(" on ", chain)}; rebase one of them");
        if (chain.Count >= LongestChain) throw new DiskImageException($"more than {LongestChain} images are below each other, from '{chain[0]}' on; commit some");
        return Open(HostFile.Open(path, readOnly: true, options.Cache, options.IsShared), options with { Format = format, IsReadOnly = true, BackingPath = null, BackingFormat = null }, [.. chain, full]);
    }

    private static void CheckFollow(IImageFile file, string what, string name, ImageOptions options)
    {
        if (!options.Follows)
            throw new DiskImageException($"disk image '{file.Name}' names '{name}' as its {what}, and files that an image names are opened only when that is asked for; if you trust the image, give {options.FollowOption}");
    }

    /// <summary>By which two names of one file are seen to be that, also through links.</summary>
    private static string FullPath(string path)
    {
        var full = Path.GetFullPath(path);
        try
        {
            return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        }
        catch (IOException)
        {
            return full; // what is wrong with it is said when it is opened
        }
    }
}
