using Mimus.Boards;
using Mimus.Cli.Qemu;

namespace Mimus.Cli.Images;

/// <summary>Changes options of an image that exists.</summary>
internal static class AmendVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("amend", words, "f: o: p q t: force follow");
        arguments.RequireOperands(1, 1, "a file");
        if (!arguments.Has("o")) throw new ConfigurationException("amend: what shall change belongs to it, for instance -o compat=1.1");
        var properties = PropertyList.Parse("-o", string.Join(',', arguments.GetAll("o")));
        int? version = properties.TakeOneOf("compat", "", "", "1.1", "v3", "0.10", "v2") switch { "" => null, "1.1" or "v3" => 3, _ => 2 };
        bool? lazy = properties.Take("lazy_refcounts") switch
        {
            null => null,
            "on" => true,
            "off" => false,
            var other => throw new ConfigurationException($"-o lazy_refcounts is on or off, not '{other}'"),
        };
        var size = properties.Take("size");
        var (backing, backingFormat) = (properties.Take("backing_file"), properties.Take("backing_fmt"));
        properties.Finish();
        using var disk = ImageSource.OpenQcow2(arguments, arguments.Operands[0], readOnly: false, alone: size is null);
        if (version is not null || lazy is not null) disk.Amend(version, lazy);
        if (size is not null) disk.Resize(ImageArguments.Size("-o size", size));
        if (backing is not null) disk.SetBacking(backing.Length == 0 ? null : backing, backingFormat ?? disk.Details.BackingFormat);
        return 0;
    }
}
