namespace Mimus.Devices.Storage;

/// <summary>How the sectors of a diskette are laid out; all have 512 bytes.</summary>
internal readonly record struct FloppyGeometry(int Cylinders, int Heads, int Sectors)
{
    public const int SectorLength = 512;

    private static ReadOnlySpan<(int Cylinders, int Heads, int Sectors)> Known =>
        new[] { (80, 2, 18), (80, 2, 36), (80, 2, 15), (80, 2, 9), (40, 2, 9), (40, 2, 8), (40, 1, 9), (40, 1, 8), (80, 2, 21) };

    public long Length => (long)Cylinders * Heads * Sectors * SectorLength;

    /// <summary>The layout of a diskette with so many bytes; a shorter image is a 1.44 MB one whose rest is missing.</summary>
    public static FloppyGeometry Of(long length)
    {
        foreach (var (cylinders, heads, sectors) in Known)
        {
            var geometry = new FloppyGeometry(cylinders, heads, sectors);
            if (geometry.Length == length) return geometry;
        }
        return new FloppyGeometry(80, 2, 18);
    }

    public long Offset(int cylinder, int head, int sector) => (((long)cylinder * Heads + head) * Sectors + sector - 1) * SectorLength;
}
