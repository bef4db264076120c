using Mimus.Boards;
using Mimus.Storage;
using Mimus.Storage.Operations;

namespace Mimus.Cli.Images;

/// <summary>Puts an image onto another backing file, so that it still reads the same; or only changes the name.</summary>
internal static class RebaseVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("rebase", words, "f: u b: B: F: p q t: T: U c follow");
        arguments.RequireOperands(1, 1, "a file");
        var path = arguments.Operands[0];
        var name = (arguments.Get("b") ?? arguments.Get("B")) ?? throw new ConfigurationException("rebase: the new backing file belongs to it: -b FILE, or -b \"\" for none");
        var format = arguments.Get("F");
        var backing = name.Length == 0 ? null : name;
        if (backing is not null && format is null) throw new ConfigurationException("rebase: the backing file's format belongs to it: -F raw or -F qcow2");
        if (!arguments.Has("u"))
        {
            using var disk = DiskImages.Open(path, ImageSource.Options(arguments, readOnly: false));
            using var below = backing is null ? null : DiskImages.Open(ImageReference.Parse(backing).PathFrom(path), ImageSource.Options(arguments, readOnly: true) with { Format = ImageSource.Format(arguments, format) });
            var progress = new ProgressBar(arguments.Has("p"));
            ImageRebaser.KeepContents(disk, below, progress.Show);
        }
        using var image = ImageSource.OpenQcow2(arguments, path, readOnly: false, alone: true);
        image.SetBacking(backing, format);
        return 0;
    }
}
