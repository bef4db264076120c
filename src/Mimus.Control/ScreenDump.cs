using Mimus.Boards;
using Mimus.Devices.Display;

namespace Mimus.Control;

/// <summary>Writes a picture of a machine's screen to a file.</summary>
internal static class ScreenDump
{
    /// <summary>The formats by name; the first is meant where none is.</summary>
    private static readonly (string Name, Action<Stream, ScreenImage> Write)[] s_formats = [("ppm", PpmWriter.Write), ("png", PngWriter.Write)];

    public static string StandardFormat => s_formats[0].Name;

    /// <summary>The format that a file's name ends in, or the standard one.</summary>
    public static string FormatOf(string path) =>
        s_formats.FirstOrDefault(f => path.EndsWith("." + f.Name, StringComparison.OrdinalIgnoreCase)).Name ?? StandardFormat;

    public static VgaAdapter DisplayOf(Vm vm) =>
        vm.Machine.Display ?? throw new ConfigurationException($"machine '{vm.Machine.Board}' has no display");

    public static void Write(Vm vm, string path, string format)
    {
        var write = s_formats.FirstOrDefault(f => f.Name == format).Write
            ?? throw new FormatException($"'{format}' is no format of pictures; there are {string.Join(" and ", s_formats.Select(f => f.Name))}");
        var picture = DisplayOf(vm).Picture;
        using var file = File.Create(path);
        write(file, picture);
    }
}
