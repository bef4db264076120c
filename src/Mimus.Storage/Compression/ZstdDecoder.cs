using System.Buffers.Binary;

namespace Mimus.Storage.Compression;

/// <summary>
/// Decompresses Zstandard frames (RFC 8878) into memory whose size is known: what has been written is the window, and a frame that
/// would write more, or refer to more, is refused. Dictionaries are not known; checksums are not compared, as who asks has none.
/// </summary>
internal static class ZstdDecoder
{
    private const uint Magic = 0xFD2FB528, SkippableMagic = 0x184D2A50, SkippableMask = 0xFFFFFFF0;
    private const int LongestBlock = 128 << 10;

    /// <summary>Fills the destination from one or more frames; false when the data are not such, or end before it is full.</summary>
    public static bool Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var written = 0;
        var block = new ZstdBlock();
        while (written < destination.Length)
        {
            if (source.Length < 8) return false;
            var magic = BinaryPrimitives.ReadUInt32LittleEndian(source);
            if ((magic & SkippableMask) == SkippableMagic)
            {
                var skipped = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
                if (skipped > source.Length - 8) return false;
                source = source[(8 + (int)skipped)..];
                continue;
            }
            if (magic != Magic || !TryReadHeader(ref source, out var hasChecksum) || !DecodeBlocks(ref source, destination, ref written, block)) return false;
            if (hasChecksum) source = source[Math.Min(4, source.Length)..];
        }
        return true;
    }

    private static bool TryReadHeader(ref ReadOnlySpan<byte> source, out bool hasChecksum)
    {
        // "Frame_Header_Descriptor" of section 3.1.1.1.1.
        var descriptor = source[4];
        var isSingleSegment = (descriptor & 0x20) != 0;
        hasChecksum = (descriptor & 4) != 0;
        var dictionaryLength = (descriptor & 3) switch { 3 => 4, var n => n };
        var sizeLength = (descriptor >> 6) switch { 0 => isSingleSegment ? 1 : 0, var n => 1 << n };
        var length = 5 + (isSingleSegment ? 0 : 1) + dictionaryLength + sizeLength;
        if ((descriptor & 8) != 0 || source.Length < length) return false;
        var hasDictionary = source.Slice(5 + (isSingleSegment ? 0 : 1), dictionaryLength).ContainsAnyExcept((byte)0);
        source = source[length..];
        return !hasDictionary;
    }

    private static bool DecodeBlocks(ref ReadOnlySpan<byte> source, Span<byte> destination, ref int written, ZstdBlock block)
    {
        block.StartFrame();
        var frameStart = written;
        while (true)
        {
            if (source.Length < 3) return false;
            var header = source[0] | (source[1] << 8) | (source[2] << 16);
            source = source[3..];
            var isLast = (header & 1) != 0;
            var size = header >> 3;
            switch (header >> 1 & 3)
            {
                case 0: // raw
                    if (size > source.Length || size > destination.Length - written) return false;
                    source[..size].CopyTo(destination[written..]);
                    source = source[size..];
                    written += size;
                    break;
                case 1: // one byte many times
                    if (source.IsEmpty || size > destination.Length - written) return false;
                    destination.Slice(written, size).Fill(source[0]);
                    source = source[1..];
                    written += size;
                    break;
                case 2:
                    if (size > source.Length || size > LongestBlock) return false;
                    if (!block.Decode(source[..size], destination, frameStart, ref written)) return false;
                    source = source[size..];
                    break;
                default:
                    return false;
            }
            if (isLast) return true;
            if (written == destination.Length && source.Length < 3) return true; // nothing more is asked for
        }
    }
}
