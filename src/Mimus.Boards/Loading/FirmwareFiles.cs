namespace Mimus.Boards.Loading;

/// <summary>Finds firmware by its name, where systems and people keep it.</summary>
internal static class FirmwareFiles
{
    private static readonly string[] s_usualFolders = ["/usr/share/seabios", "/usr/share/qemu", "/usr/local/share/qemu", "/usr/share/vgabios"];

    /// <summary>The path of a file, or null.</summary>
    public static string? Find(string name, IEnumerable<string> folders) =>
        folders.Concat(s_usualFolders).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
