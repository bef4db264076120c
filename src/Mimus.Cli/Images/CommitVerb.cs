using Mimus.Boards;
using Mimus.Storage;
using Mimus.Storage.Formats;
using Mimus.Storage.Operations;
using Mimus.Storage.Qcow2;

namespace Mimus.Cli.Images;

/// <summary>Writes what an image has into the one below it, and empties it.</summary>
internal static class CommitVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("commit", words, "f: b: d p q t: follow");
        arguments.RequireOperands(1, 1, "a file");
        var path = arguments.Operands[0];
        string name, basePath;
        string? baseFormat;
        using (var alone = ImageSource.OpenQcow2(arguments, path, readOnly: true, alone: true))
        {
            name = alone.Details.BackingName ?? throw new DiskImageException($"disk image '{path}' has no backing file into which it could be committed");
            var reference = ImageReference.Parse(name);
            (basePath, baseFormat) = (reference.PathFrom(path), reference.Format ?? alone.Details.BackingFormat);
        }
        if (arguments.Get("b") is { } wanted && wanted != name) throw new ConfigurationException($"commit: only into the image right below, '{name}'; commit those between first");
        var options = ImageSource.Options(arguments, readOnly: false);
        if (!options.Follows) throw new DiskImageException($"disk image '{path}' names '{name}' as its backing file, and files that an image names are opened only when that is asked for; if you trust the image, give {options.FollowOption}");
        using var below = DiskImages.Open(basePath, options with { Format = ImageSource.Format(arguments, baseFormat) });
        // What is to be copied is in the image itself: below it, zeroes stand for what must not be touched.
        using var top = ImageSource.OpenQcow2(arguments, path, readOnly: false, alone: true);
        if (top.Length > below.Length)
        {
            if (below is Qcow2Disk qcow2) qcow2.Resize(top.Length);
            else ((RawDisk)below).Resize(top.Length);
        }
        var progress = new ProgressBar(arguments.Has("p"));
        new ImageCopier(top, below) { IsLayer = true, WritesZeroes = true, Progress = progress.Show }.Run();
        below.Flush();
        if (!arguments.Has("d"))
        {
            top.Empty();
            top.Flush();
        }
        if (!arguments.Has("q")) HostOutput.WriteLine("Image committed.");
        return 0;
    }
}
