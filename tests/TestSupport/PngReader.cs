using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Mimus.TestSupport;

/// <summary>Reads the one kind of PNG that screens are written as (ISO/IEC 15948): 24 bits a pixel, unfiltered, in one piece.</summary>
public static class PngReader
{
    public static (int Width, int Height, uint[] Pixels) Read(byte[] png)
    {
        if (!png.AsSpan(0, 8).SequenceEqual((ReadOnlySpan<byte>)[137, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10])) throw new InvalidDataException("no PNG");
        byte[] header = [], data = [];
        for (var at = 8; at < png.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            var body = png[(at + 8)..(at + 8 + length)];
            switch (Encoding.ASCII.GetString(png, at + 4, 4))
            {
                case "IHDR": header = body; break;
                case "IDAT": data = [.. data, .. body]; break;
            }
            at += 12 + length;
        }
        if (!header.AsSpan(8).SequenceEqual((ReadOnlySpan<byte>)[8, 2, 0, 0, 0])) throw new InvalidDataException("another kind of PNG");
        var (width, height) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4)));
        using var lines = new ZLibStream(new MemoryStream(data), CompressionMode.Decompress);
        var pixels = new uint[width * height];
        var line = new byte[1 + 3 * width];
        for (var y = 0; y < height; y++)
        {
            lines.ReadExactly(line);
            if (line[0] != 0) throw new InvalidDataException("a filtered PNG");
            for (var x = 0; x < width; x++) pixels[y * width + x] = (uint)(line[1 + 3 * x] << 16 | line[2 + 3 * x] << 8 | line[3 + 3 * x]);
        }
        return (width, height, pixels);
    }
}
