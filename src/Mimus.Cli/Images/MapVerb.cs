using System.Globalization;
using System.Text;
using Mimus.Storage.Operations;

namespace Mimus.Cli.Images;

/// <summary>Lists where the parts of a disk are.</summary>
internal static class MapVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("map", words, "f: output: s: start-offset: l: max-length: U follow");
        arguments.RequireOperands(1, 1, "a file");
        var json = arguments.WantsJson;
        using var disk = ImageSource.Open(arguments, arguments.Operands[0], readOnly: true);
        var start = (arguments.Get("s") ?? arguments.Get("start-offset")) is { } s ? ImageArguments.Size("--start-offset", s) : 0;
        var length = (arguments.Get("l") ?? arguments.Get("max-length")) is { } l ? ImageArguments.Size("--max-length", l) : long.MaxValue;
        start = Math.Min(start, disk.Length);
        length = Math.Min(length, disk.Length - start);
        var text = new StringBuilder();
        if (!json) text.Append("Offset          Length          Mapped to       File\n");
        var isFirst = true;
        foreach (var (offset, extent, depth) in DiskLayers.Walk(disk, start, length))
        {
            if (json)
            {
                text.Append(isFirst ? "[" : ",\n").Append(CultureInfo.InvariantCulture, $"{{ \"start\": {offset}, \"length\": {extent.Length}, \"depth\": {depth}, \"present\": {Word(extent.IsPresent)}, \"zero\": {Word(extent.IsZero)}, \"data\": {Word(extent.IsData)}, \"compressed\": {Word(extent.IsCompressed)}");
                if (extent.FileOffset is { } at) text.Append(CultureInfo.InvariantCulture, $", \"offset\": {at}");
                text.Append('}');
            }
            else if (extent.IsData && !extent.IsZero)
            {
                if (extent.FileOffset is not { } place) throw new Storage.DiskImageException("the disk has compressed parts, which are nowhere as they are; use --output=json");
                text.Append(CultureInfo.InvariantCulture, $"{"0x" + offset.ToString("x", CultureInfo.InvariantCulture),-16}{"0x" + extent.Length.ToString("x", CultureInfo.InvariantCulture),-16}{"0x" + place.ToString("x", CultureInfo.InvariantCulture),-16}{FileAt(disk, depth, arguments.Operands[0])}\n");
            }
            isFirst = false;
            if (text.Length < 1 << 16) continue;
            HostOutput.Write(text.ToString());
            text.Clear();
        }
        if (json) text.Append(isFirst ? "[]\n" : "]\n");
        HostOutput.Write(text.ToString());
        return 0;
    }

    private static string FileAt(Storage.ImageDisk disk, int depth, string top)
    {
        var name = top;
        for (; depth > 0; depth--)
        {
            if (disk is Storage.Qcow2.Qcow2Disk { Details.BackingName: { } below }) name = Storage.ImageReference.Parse(below).PathFrom(name);
            disk = disk.Backing!;
        }
        return name;
    }

    private static string Word(bool value) => value ? "true" : "false";
}
