using System.Buffers.Binary;
using System.IO.Compression;

namespace Mimus.Devices.Display;

/// <summary>Writes a picture as a PNG file (ISO/IEC 15948): 24-bit colour, unfiltered, compressed.</summary>
public static class PngWriter
{
    private const byte BitDepth = 8, TrueColor = 2; // 11.2.2
    private const uint CrcPolynomial = 0xedb88320;  // annex D

    private static readonly uint[] s_crcTable = CreateCrcTable();

    private static ReadOnlySpan<byte> Signature => [137, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]; // 5.2

    public static void Write(Stream stream, ScreenImage image)
    {
        stream.Write(Signature);
        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, image.Width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], image.Height);
        header[8] = BitDepth;
        header[9] = TrueColor;
        WriteChunk(stream, "IHDR"u8, header);
        WriteChunk(stream, "IDAT"u8, Compress(image));
        WriteChunk(stream, "IEND"u8, []);
    }

    private static ReadOnlySpan<byte> Compress(ScreenImage image)
    {
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var line = new byte[1 + 3 * image.Width]; // the first byte says that there is no filter (9.2)
            for (var y = 0; y < image.Height; y++)
            {
                for (var x = 0; x < image.Width; x++)
                {
                    var pixel = image.Pixels[y * image.Width + x];
                    line[1 + 3 * x] = (byte)(pixel >> 16);
                    line[2 + 3 * x] = (byte)(pixel >> 8);
                    line[3 + 3 * x] = (byte)pixel;
                }
                zlib.Write(line);
            }
        }
        return compressed.GetBuffer().AsSpan(0, (int)compressed.Length);
    }

    private static void WriteChunk(Stream stream, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        stream.Write(number);
        stream.Write(type);
        stream.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        stream.Write(number);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (var value in data) crc = s_crcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] CreateCrcTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? CrcPolynomial ^ (crc >> 1) : crc >> 1;
            table[i] = crc;
        }
        return table;
    }
}
