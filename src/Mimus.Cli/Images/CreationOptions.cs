using Mimus.Boards;
using Mimus.Cli.Qemu;
using Mimus.Storage;
using Mimus.Storage.Operations;
using Mimus.Storage.Qcow2;

namespace Mimus.Cli.Images;

/// <summary>What <c>-o</c> says about a new image.</summary>
internal sealed record CreationOptions
{
    public required string Format { get; init; }

    public long? Size { get; init; }

    public required Qcow2Options Qcow2 { get; init; }

    public static CreationOptions Parse(ImageArguments arguments, string format, string? backing, string? backingFormat)
    {
        if (!ImageCreation.Formats.Contains(format)) throw new ConfigurationException($"{arguments.Verb}: images of format '{format}' cannot be made{Suggestion.For(format, ImageCreation.Formats)}; there are {string.Join(" and ", ImageCreation.Formats)}");
        var properties = PropertyList.Parse("-o", string.Join(',', arguments.GetAll("o")));
        var size = properties.Take("size") is { } text ? ImageArguments.Size("-o size", text) : (long?)null;
        var preallocation = properties.TakeOneOf("preallocation", "off", "off", "metadata", "falloc", "full") switch
        {
            "metadata" => Preallocation.Metadata,
            "falloc" => Preallocation.Falloc,
            "full" => Preallocation.Full,
            _ => Preallocation.Off,
        };
        var options = new Qcow2Options { Preallocation = preallocation };
        if (format == "raw")
        {
            if (preallocation == Preallocation.Metadata) throw new ConfigurationException("-o: a raw image has no metadata to preallocate; preallocation is off, falloc or full");
            if (backing is not null) throw new ConfigurationException($"{arguments.Verb}: a raw image cannot have a backing file; make it qcow2");
        }
        else
        {
            var extended = properties.TakeSwitch("extended_l2", false);
            options = options with
            {
                Version = properties.TakeOneOf("compat", "1.1", "1.1", "v3", "0.10", "v2") is "1.1" or "v3" ? 3 : 2,
                ClusterSize = (int)Math.Min(int.MaxValue, properties.Take("cluster_size") is { } cluster ? ImageArguments.Size("-o cluster_size", cluster) : 65536),
                RefcountBits = properties.TakeCount("refcount_bits", 16),
                HasLazyRefcounts = properties.TakeSwitch("lazy_refcounts", false),
                HasExtendedL2 = extended,
                IsZstd = properties.TakeOneOf("compression_type", "zlib", "zlib", "zstd") == "zstd",
                BackingName = properties.Take("backing_file") ?? backing,
                BackingFormat = properties.Take("backing_fmt") ?? backingFormat,
                DataFileName = properties.Take("data_file"),
                IsDataFileRaw = properties.TakeSwitch("data_file_raw", false),
            };
        }
        properties.Finish();
        return new CreationOptions { Format = format, Size = size, Qcow2 = options };
    }

    public void Create(string path, long size)
    {
        if (Format == "raw") ImageCreation.CreateRaw(path, size, Qcow2.Preallocation);
        else ImageCreation.CreateQcow2(path, size, Qcow2);
    }

    /// <summary>What is made, as <c>qemu-img</c> says it.</summary>
    public string Describe(string path, long size)
    {
        var text = $"Formatting '{path}', fmt={Format}";
        if (Format == "raw") return $"{text} size={size}";
        text += $" cluster_size={Qcow2.ClusterSize} extended_l2={OnOff(Qcow2.HasExtendedL2)}";
        if (Qcow2.Preallocation != Preallocation.Off) text += $" preallocation={Qcow2.Preallocation.ToString().ToLowerInvariant()}";
        text += $" compression_type={(Qcow2.IsZstd ? "zstd" : "zlib")} size={size}";
        if (Qcow2.BackingName is not null) text += $" backing_file={Qcow2.BackingName}";
        if (Qcow2.BackingFormat is not null) text += $" backing_fmt={Qcow2.BackingFormat}";
        if (Qcow2.DataFileName is not null) text += $" data_file={Qcow2.DataFileName}";
        return $"{text} lazy_refcounts={OnOff(Qcow2.HasLazyRefcounts)} refcount_bits={Qcow2.RefcountBits}";
    }

    private static string OnOff(bool value) => value ? "on" : "off";
}
