using Mimus.Storage;
using Mimus.Storage.Operations;

namespace Mimus.Cli.Images;

/// <summary>Compares what two images read as.</summary>
internal static class CompareVerb
{
    private const int Different = 1, CannotOpen = 2, CannotRead = 4;

    public static int Run(ReadOnlySpan<string> words)
    {
        var arguments = new ImageArguments("compare", words, "f: F: p q s U T: follow");
        arguments.RequireOperands(2, 2, "two files");
        ImageDisk? first = null, second = null;
        try
        {
            try
            {
                first = ImageSource.Open(arguments, arguments.Operands[0], readOnly: true);
                second = ImageSource.Open(arguments, arguments.Operands[1], readOnly: true, "F");
            }
            catch (IOException e)
            {
                HostOutput.ErrorLine($"mimus-img: {e.Message}");
                return CannotOpen;
            }
            if (first.Length != second.Length)
            {
                if (arguments.Has("s")) return Say(arguments, "Strict mode: Image size mismatch!", Different);
                Say(arguments, "Warning: Image size mismatch!", 0);
            }
            var progress = new ProgressBar(arguments.Has("p"));
            return ImageComparer.FirstDifference(first, second, progress.Show) is { } offset
                ? Say(arguments, $"Content mismatch at offset {offset}!", Different)
                : Say(arguments, "Images are identical.", 0);
        }
        catch (IOException e)
        {
            HostOutput.ErrorLine($"mimus-img: {e.Message}");
            return CannotRead;
        }
        finally
        {
            first?.Dispose();
            second?.Dispose();
        }
    }

    private static int Say(ImageArguments arguments, string text, int status)
    {
        if (!arguments.Has("q")) HostOutput.WriteLine(text);
        return status;
    }
}
