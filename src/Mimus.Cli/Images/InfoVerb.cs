using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Mimus.Host;
using Mimus.Storage;
using Mimus.Storage.Qcow2;

namespace Mimus.Cli.Images;

/// <summary>Tells what an image is. Files that it names are not opened, unless the whole chain is asked for.</summary>
internal static class InfoVerb
{
    private const int LongestChain = 200;

    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("info", words, "f: output: backing-chain U follow limits");
        arguments.RequireOperands(1, 1, "a file");
        var json = arguments.WantsJson;
        var chain = new JsonArray();
        var text = new StringBuilder();
        string? path = arguments.Operands[0];
        var options = ImageSource.Options(arguments, readOnly: true) with { IsAlone = true };
        for (var seen = new HashSet<string>(); path is not null;)
        {
            if (!seen.Add(Path.GetFullPath(path)) || seen.Count > LongestChain) throw new DiskImageException($"disk image '{path}' is below itself; rebase one of the images");
            using var disk = DiskImages.Open(path, options);
            var details = (disk as Qcow2Disk)?.Details;
            var below = details?.BackingName is { } name ? ImageReference.Parse(name).PathFrom(path) : null;
            if (json) chain.Add((JsonNode)ToJson(disk, details, path, below));
            else text.Append(text.Length > 0 ? "\n" : "").Append(Describe(disk, details, path, below));
            path = arguments.Has("backing-chain") ? below : null;
            options = options with { Format = ImageSource.Format(arguments, details?.BackingFormat) };
        }
        if (json) JsonAnswer.Write(arguments.Has("backing-chain") ? chain : chain[0]!);
        else HostOutput.Write(text.ToString());
        return 0;
    }

    public static string HumanSize(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        double value = bytes;
        var unit = 0;
        while (value >= 1000 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }
        // Three digits, as people read sizes.
        var text = value >= 100 ? value.ToString("0", CultureInfo.InvariantCulture) : value.ToString(value >= 10 ? "0.#" : "0.##", CultureInfo.InvariantCulture);
        return $"{text} {units[unit]}";
    }

    private static JsonObject ToJson(ImageDisk disk, Qcow2Details? details, string path, string? below)
    {
        var space = FileSpace.BytesUsed(path);
        var answer = new JsonObject
        {
            ["children"] = new JsonArray((JsonNode)new JsonObject
            {
                ["name"] = "file",
                ["info"] = new JsonObject
                {
                    ["children"] = new JsonArray(), ["virtual-size"] = WholeSectors(new FileInfo(path).Length), ["filename"] = path, ["format"] = "file", ["actual-size"] = space,
                    ["format-specific"] = new JsonObject { ["type"] = "file", ["data"] = new JsonObject() }, ["dirty-flag"] = false,
                },
            }),
        };
        if (below is not null)
        {
            answer["backing-filename-format"] = details!.BackingFormat;
            if (details.BackingFormat is null) answer.Remove("backing-filename-format");
            answer["full-backing-filename"] = below;
            answer["backing-filename"] = details.BackingName;
        }
        answer["virtual-size"] = disk.Length;
        answer["filename"] = path;
        if (disk.ClusterSize > 0) answer["cluster-size"] = disk.ClusterSize;
        answer["format"] = disk.Format;
        answer["actual-size"] = space;
        if (details is not null)
        {
            answer["format-specific"] = new JsonObject { ["type"] = "qcow2", ["data"] = Specific(details) };
            if (disk is Qcow2Disk { Snapshots: { Count: > 0 } snapshots }) answer["snapshots"] = new JsonArray([.. snapshots.Select(ToJson)]);
        }
        answer["dirty-flag"] = details?.IsDirty ?? false;
        return answer;
    }

    private static JsonNode ToJson(Qcow2Snapshot snapshot)
    {
        var answer = new JsonObject
        {
            ["vm-clock-nsec"] = snapshot.ClockNanoseconds % 1_000_000_000, ["name"] = snapshot.Name, ["date-sec"] = snapshot.Seconds, ["date-nsec"] = snapshot.Nanoseconds,
            ["vm-clock-sec"] = snapshot.ClockNanoseconds / 1_000_000_000, ["id"] = snapshot.Id, ["vm-state-size"] = snapshot.StateSize,
        };
        if (snapshot.InstructionCount != ulong.MaxValue) answer["icount"] = snapshot.InstructionCount;
        return answer;
    }

    private static JsonObject Specific(Qcow2Details details)
    {
        var data = new JsonObject { ["compat"] = details.Version == 3 ? "1.1" : "0.10", ["compression-type"] = details.IsZstd ? "zstd" : "zlib" };
        if (details.Version == 2)
        {
            data["refcount-bits"] = details.RefcountBits;
            return data;
        }
        data["lazy-refcounts"] = details.HasLazyRefcounts;
        data["refcount-bits"] = details.RefcountBits;
        data["corrupt"] = details.IsCorrupt;
        data["extended-l2"] = details.HasExtendedL2;
        if (details.DataFileName is null) return data;
        data["data-file"] = details.DataFileName;
        data["data-file-raw"] = details.IsDataFileRaw;
        return data;
    }

    private static string Describe(ImageDisk disk, Qcow2Details? details, string path, string? below)
    {
        var text = $"image: {path}\nfile format: {disk.Format}\nvirtual size: {HumanSize(disk.Length)} ({disk.Length} bytes)\ndisk size: {HumanSize(FileSpace.BytesUsed(path))}\n";
        if (details?.IsDirty == true) text += "cleanly shut down: no\n";
        if (disk.ClusterSize > 0) text += $"cluster_size: {disk.ClusterSize}\n";
        if (below is not null)
        {
            text += $"backing file: {details!.BackingName}{(below == details.BackingName ? "" : $" (actual path: {below})")}\n";
            if (details.BackingFormat is not null) text += $"backing file format: {details.BackingFormat}\n";
        }
        if (disk is Qcow2Disk { Snapshots: { Count: > 0 } snapshots }) text += "Snapshot list:\n" + SnapshotVerb.Table(snapshots);
        if (details is not null)
        {
            text += "Format specific information:\n";
            foreach (var (name, value) in Specific(details)) text += $"    {name.Replace('-', ' ')}: {value}\n";
        }
        var length = WholeSectors(new FileInfo(path).Length);
        return text + $"Child node '/file':\n    filename: {path}\n    protocol type: file\n    file length: {HumanSize(length)} ({length} bytes)\n    disk size: {HumanSize(FileSpace.BytesUsed(path))}\n";
    }

    private static long WholeSectors(long length) => (length + ImageDisk.SectorSize - 1) / ImageDisk.SectorSize * ImageDisk.SectorSize;
}
