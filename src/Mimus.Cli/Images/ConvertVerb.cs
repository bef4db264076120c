using Mimus.Boards;
using Mimus.Storage;
using Mimus.Storage.Files;
using Mimus.Storage.Operations;
using Mimus.Storage.Qcow2;

namespace Mimus.Cli.Images;

/// <summary>Copies a disk into an image of another format.</summary>
internal static class ConvertVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("convert", words, "f: O: o: B: F: c l: m: n p q U W t: T: S: C r: follow target-is-zero salvage bitmaps image-opts target-image-opts");
        arguments.RequireOperands(2, int.MaxValue, "at least one file and the output");
        foreach (var unsupported in new[] { "salvage", "bitmaps", "image-opts", "target-image-opts", "r" })
        {
            if (arguments.Has(unsupported)) throw new ConfigurationException($"convert: {(unsupported.Length > 1 ? "--" : "-")}{unsupported} is not supported");
        }
        var output = arguments.Operands[^1];
        using var source = OpenSource(arguments);
        var (backing, backingFormat) = (arguments.Get("B"), arguments.Get("F"));
        if (backing is not null && backingFormat is null) throw new ConfigurationException("convert: the backing file's format belongs to it: -F raw or -F qcow2");
        var format = arguments.Get("O") ?? "raw";
        var options = CreationOptions.Parse(arguments, format, backing, backingFormat);
        var compresses = arguments.Has("c");
        if (compresses && (format == "raw" || options.Qcow2.DataFileName is not null)) throw new ConfigurationException("convert: -c compresses only into a qcow2 image without a data file");
        if (compresses && options.Qcow2.IsZstd) throw new ConfigurationException("convert: zstd is read, not written; leave compression_type=zstd out, or -c");
        if (!arguments.Has("n")) options.Create(output, options.Size ?? source.Length);
        using var target = DiskImages.Open(output, new ImageOptions
        {
            Format = format, Cache = arguments.Get("t") is null ? CacheMode.Unsafe : ImageSource.Options(arguments, false).Cache,
            Follows = true, BackingPath = backing is null ? null : ImageReference.Parse(backing).PathFrom(output), BackingFormat = backingFormat,
        });
        if (target.Length < source.Length) throw new DiskImageException($"the output '{output}' has {target.Length} bytes, and {source.Length} are to be copied");
        var workers = arguments.Get("m") is { } m ? (int)Math.Clamp(ImageArguments.Number("-m", m), 1, 16) : 0;
        var progress = new ProgressBar(arguments.Has("p") && !arguments.Has("q"));
        new ImageCopier(source, target)
        {
            Compresses = compresses, Workers = workers, Progress = progress.Show,
            IsLayer = backing is not null,
            WritesZeroes = backing is not null || (arguments.Has("n") && !arguments.Has("target-is-zero")),
        }.Run();
        return 0;
    }

    private static ImageDisk OpenSource(ImageArguments arguments)
    {
        if (arguments.Operands.Count > 2) throw new ConfigurationException("convert: several inputs are not supported; convert them one by one");
        if (arguments.Get("l") is not { } snapshot) return ImageSource.Open(arguments, arguments.Operands[0], readOnly: true);
        var disk = ImageSource.OpenQcow2(arguments, arguments.Operands[0], readOnly: true, alone: false);
        try
        {
            disk.View(ImageSource.Snapshot(disk, SnapshotName(snapshot)));
            return disk;
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    private static string SnapshotName(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return text.StartsWith("snapshot.", StringComparison.Ordinal) && equals > 0 ? text[(equals + 1)..] : text;
    }
}
