using System.Text.Json;

namespace Mimus.Storage;

/// <summary>How an image names another file: a path, <c>file:PATH</c>, or <c>json:{...}</c> with a driver and a file.</summary>
/// <param name="Path">The path as it is written.</param>
/// <param name="Format">The format that goes with it; null when none is said.</param>
public sealed record ImageReference(string Path, string? Format)
{
    private const string Json = "json:", Plain = "file:";

    private static readonly string[] s_protocols = ["nbd", "nbd+unix", "nbds", "http", "https", "ftp", "ftps", "ssh", "rbd", "iscsi", "nfs", "gluster", "fat"];

    /// <exception cref="DiskImageException">It names something that is no file.</exception>
    public static ImageReference Parse(string text)
    {
        if (text.StartsWith(Plain, StringComparison.Ordinal)) return new ImageReference(text[Plain.Length..], null);
        if (text.StartsWith(Json, StringComparison.Ordinal)) return ParseJson(text);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && s_protocols.Contains(text[..colon])) throw new DiskImageException($"'{text}' is not a file: the protocol {text[..colon]} cannot be used");
        return new ImageReference(text, null);
    }

    /// <summary>The path of a backing file, which may be relative to the folder of the image that names it; that of a data file is as it stands.</summary>
    public string PathFrom(string image) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(image) ?? "", Path);

    private static ImageReference ParseJson(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text.AsMemory(Json.Length), new JsonDocumentOptions { MaxDepth = 8 });
            var root = document.RootElement;
            var driver = Get(root, "driver");
            if (driver is "file") return new ImageReference(Get(root, "filename") ?? throw Unknown(text), "raw");
            var path = Get(root, "file.filename");
            if (path is null && root.TryGetProperty("file", out var file) && file.ValueKind == JsonValueKind.Object && Get(file, "driver") is null or "file") path = Get(file, "filename");
            return new ImageReference(path ?? throw Unknown(text), driver);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new DiskImageException($"'{text}' is not understood: {e.Message}", e);
        }
    }

    private static string? Get(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DiskImageException Unknown(string text) => new($"'{text}' does not say which file it is; it needs a driver and file.filename");
}
