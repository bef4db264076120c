using System.Text;

namespace Mimus.Devices.Display;

/// <summary>Writes a picture as a portable pixel map (Netpbm, "PPM Format Specification": magic number P6, a byte for each colour).</summary>
public static class PpmWriter
{
    public static void Write(Stream stream, ScreenImage image)
    {
        stream.Write(Encoding.ASCII.GetBytes($"P6\n{image.Width} {image.Height}\n255\n"));
        var line = new byte[3 * image.Width];
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var pixel = image.Pixels[y * image.Width + x];
                (line[3 * x], line[3 * x + 1], line[3 * x + 2]) = ((byte)(pixel >> 16), (byte)(pixel >> 8), (byte)pixel);
            }
            stream.Write(line);
        }
    }
}
