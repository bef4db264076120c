namespace Mimus.Boards.Loading;

/// <summary>
/// Where bytes for guest memory come from. A file stays open and is read again at each reset, so that a machine does not keep a second
/// copy of its kernel; what can be read only once is kept.
/// </summary>
public sealed class ImageSource : IDisposable
{
    private readonly Stream _stream;
    private readonly string _name;

    private ImageSource(Stream stream, string name)
    {
        _stream = stream;
        _name = name;
        Length = stream.Length;
    }

    public long Length { get; }

    public static ImageSource Open(string path, string role)
    {
        var name = $"{role} '{path}'";
        try
        {
            // Whoever writes the file meanwhile may: a lock would be for .NET programs only.
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (file.CanSeek && file.Length > 0) return new ImageSource(file, name);
            using (file)
            {
                var copy = new MemoryStream();
                file.CopyTo(copy);
                return new ImageSource(copy, name);
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"{name} does not exist; check the path");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{name} cannot be read: {e.Message}");
        }
    }

    public static ImageSource FromBytes(byte[] bytes, string role, string path) => new(new MemoryStream(bytes, writable: false), $"{role} '{path}'");

    /// <summary>The bytes from an offset on, as many as asked for or as there are.</summary>
    public byte[] Read(long offset, int length)
    {
        var bytes = new byte[Math.Clamp(Length - offset, 0, length)];
        Read(offset, bytes);
        return bytes;
    }

    public byte[] ReadAll() => Read(0, int.MaxValue);

    public void Read(long offset, Span<byte> destination)
    {
        try
        {
            _stream.Position = offset;
            _stream.ReadExactly(destination);
        }
        catch (IOException e)
        {
            throw new ConfigurationException($"{_name} cannot be read: {e.Message}");
        }
    }

    public void Dispose() => _stream.Dispose();

    /// <summary>As messages call it.</summary>
    public override string ToString() => _name;
}
