using Mimus.Boards;
using Mimus.Storage;
using Mimus.Storage.Files;
using Mimus.Storage.Operations;

namespace Mimus.Cli.Images;

/// <summary>Copies a part of a disk into a new image, by <c>dd</c>'s words.</summary>
internal static class DdVerb
{
    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("dd", words, "f: O: U follow");
        var operands = new Dictionary<string, string>();
        foreach (var word in arguments.Operands)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || word[..equals] is not ("if" or "of" or "bs" or "count" or "skip")) throw new ConfigurationException($"dd: '{word}' is none of if=, of=, bs=, count= and skip=");
            operands[word[..equals]] = word[(equals + 1)..];
        }
        if (!operands.TryGetValue("if", out var input) || !operands.TryGetValue("of", out var output)) throw new ConfigurationException("dd: both if= and of= belong to it");
        var block = operands.TryGetValue("bs", out var bs) ? ImageArguments.Size("bs", bs) : 512;
        if (block is < 1 or > int.MaxValue) throw new ConfigurationException($"dd: bs={bs} cannot be; blocks have 1 to {int.MaxValue} bytes");
        using var source = ImageSource.Open(arguments, input, readOnly: true);
        var skipped = operands.TryGetValue("skip", out var skip) ? ImageArguments.Size("skip", skip) : 0;
        var start = skipped > source.Length / block ? source.Length : skipped * block;
        var length = source.Length - start;
        if (operands.TryGetValue("count", out var count) && ImageArguments.Size("count", count) is var blocks && blocks <= length / block) length = blocks * block;
        var options = CreationOptions.Parse(arguments, arguments.Get("O") ?? "raw", null, null);
        options.Create(output, length);
        using var target = DiskImages.Open(output, new ImageOptions { Format = options.Format, Cache = CacheMode.Unsafe });
        new ImageCopier(new DiskPart(source, start, length), target).Run();
        return 0;
    }
}
