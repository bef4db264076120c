using Mimus.Boards;
using Mimus.Storage;
using Mimus.Storage.Formats;
using Mimus.Storage.Qcow2;

namespace Mimus.Cli.Images;

/// <summary>Makes a disk longer or shorter.</summary>
internal static class ResizeVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        // A size may begin with a minus, which is no option's.
        var size = words.Length > 0 ? words[^1] : "";
        var arguments = new ImageArguments("resize", words.Length > 0 ? words[..^1] : words, "f: preallocation: shrink q follow");
        arguments.RequireOperands(1, 1, "a file and a size");
        var preallocation = arguments.Get("preallocation") switch
        {
            null or "off" => Preallocation.Off,
            "metadata" => Preallocation.Metadata,
            "falloc" => Preallocation.Falloc,
            "full" => Preallocation.Full,
            var other => throw new ConfigurationException($"resize: preallocation is off, metadata, falloc or full, not '{other}'"),
        };
        using var disk = ImageSource.Open(arguments, arguments.Operands[0], readOnly: false);
        var amount = ImageArguments.Size("resize", size.TrimStart('+', '-'));
        var length = size.StartsWith('+') ? disk.Length + amount : size.StartsWith('-') ? disk.Length - amount : amount;
        if (length <= 0) throw new ConfigurationException($"resize: the disk has {disk.Length} bytes, so it cannot lose {amount}");
        length = (length + ImageDisk.SectorSize - 1) / ImageDisk.SectorSize * ImageDisk.SectorSize;
        if (length < disk.Length && !arguments.Has("shrink")) throw new ConfigurationException($"resize: the disk would lose what is behind {length}; give --shrink if it shall");
        var before = disk.Length;
        if (disk is Qcow2Disk qcow2)
        {
            qcow2.Resize(length);
            if (preallocation != Preallocation.Off) qcow2.Preallocate(before, preallocation);
        }
        else
        {
            if (preallocation is not Preallocation.Off) throw new ConfigurationException("resize: --preallocation is for qcow2 images");
            ((RawDisk)disk).Resize(length);
        }
        if (!arguments.Has("q")) HostOutput.WriteLine("Image resized.");
        return 0;
    }
}
