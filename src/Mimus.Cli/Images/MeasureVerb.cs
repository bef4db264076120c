using System.Text.Json.Nodes;
using Mimus.Boards;
using Mimus.Storage;
using Mimus.Storage.Operations;

namespace Mimus.Cli.Images;

/// <summary>Tells how long the file of a new image would be.</summary>
internal static class MeasureVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("measure", words, "f: O: o: l: output: size: U follow");
        var json = arguments.WantsJson;
        var size = arguments.Get("size") is { } text ? ImageArguments.Size("--size", text) : (long?)null;
        arguments.RequireOperands(size is null ? 1 : 0, size is null ? 1 : 0, "a file or --size");
        var options = CreationOptions.Parse(arguments, arguments.Get("O") ?? "raw", null, null);
        long required, whole;
        if (size is { } length) (required, whole) = ImageMeasure.Empty(options.Format, length, options.Qcow2);
        else
        {
            using var disk = ImageSource.Open(arguments, arguments.Operands[0], readOnly: true);
            (required, whole) = ImageMeasure.Copy(disk, options.Format, options.Qcow2);
        }
        if (json) JsonAnswer.Write(new JsonObject { ["required"] = required, ["fully-allocated"] = whole });
        else HostOutput.Write($"required size: {required}\nfully allocated size: {whole}\n");
        return 0;
    }
}
