using Mimus.Boards;
using Mimus.Storage;

namespace Mimus.Cli.Images;

/// <summary>Makes a new image.</summary>
internal static class CreateVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("create", words, "f: b: F: o: q u follow");
        arguments.RequireOperands(1, 2, "a file and its size");
        var path = arguments.Operands[0];
        var options = CreationOptions.Parse(arguments, arguments.Get("f") ?? "raw", arguments.Get("b"), arguments.Get("F"));
        var size = arguments.Operands.Count > 1 ? ImageArguments.Size("create", arguments.Operands[1]) : options.Size;
        if (options.Qcow2.BackingName is { } backing)
        {
            if (options.Qcow2.BackingFormat is null) throw new ConfigurationException("create: the backing file's format belongs to it: -F raw or -F qcow2");
            if (size is null || !arguments.Has("u"))
            {
                using var below = DiskImages.Open(ImageReference.Parse(backing).PathFrom(path), ImageSource.Options(arguments, readOnly: true) with { Format = ImageSource.Format(arguments, options.Qcow2.BackingFormat), IsAlone = true });
                size ??= below.Length;
            }
        }
        if (size is not { } length) throw new ConfigurationException("create: the image needs a size, for instance 10G");
        length = (length + ImageDisk.SectorSize - 1) / ImageDisk.SectorSize * ImageDisk.SectorSize;
        if (!arguments.Has("q")) HostOutput.WriteLine(options.Describe(path, length));
        options.Create(path, length);
        return 0;
    }
}
